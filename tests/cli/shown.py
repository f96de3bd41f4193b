# Is an output what a document shows of it? A line "..." stands for any number of
# lines, "..." inside of a line for any text.
# usage: shown.py DOCUMENT OUTPUT: the first block "text" of the document is compared
import re
import sys


def matches(shown, printed):
    """Is what was printed what the document shows?"""
    pattern = []
    for line in shown.splitlines():
        if line == "...":
            pattern.append(r"(?:.*\n)*?")
        else:
            pattern.append(".*".join(map(re.escape, line.split("..."))) + r"\n")
    return re.fullmatch("".join(pattern), printed) is not None


def main():
    document, output = sys.argv[1:]
    with open(document, encoding="utf-8") as f:
        shown = re.search(r"^```text\n(.*?)^```$", f.read(), re.S | re.M)
    if not shown:
        sys.exit("%s: no block \"text\"" % document)
    with open(output, encoding="utf-8", errors="replace") as f:
        if not matches(shown.group(1), f.read()):
            sys.exit("%s shows another output than %s" % (document, output))


if __name__ == "__main__":
    main()
