# Run the commands of a document from top to bottom and compare what it shows.
# usage: tutorial.py DOCUMENT ROOT; in the folder in which the commands run
#
# A fenced block is one of:
#   sh           commands; each succeeds. All of them share one shell.
#   sh exit=N    one command, in a subshell, that ends with N
#   text         what the block of commands before it printed, both streams, in the
#                form of shown.py
#   NAME FILE    FILE, which is in ROOT, word for word
# Any other block is an error, and so is an indented one: nothing that looks like a
# command is left out.
import os
import re
import subprocess
import sys

from shown import matches

document, root = sys.argv[1:]
work = os.path.abspath(".tutorial")


def fail(line, text):
    sys.exit("%s:%d: %s" % (document, line, text))


def blocks():
    """Each (line, words of the fence, text)."""
    fence = None
    with open(document, encoding="utf-8") as f:
        lines = f.read().split("\n")
    for number, line in enumerate(lines, 1):
        if fence is None:
            if line.startswith("```"):
                fence, start, text = line[3:].split(), number, []
            elif line.startswith(("    ", "\t")):
                fail(number, "an indented block is not run: use a fence")
        elif line == "```":
            yield start, fence, "\n".join(text) + "\n"
            fence = None
        else:
            text.append(line)
    if fence is not None:
        fail(start, "the block has no end")


def shell_of(commands):
    """One script: block N with its output in N.out; ends with N in "at"."""
    script = ["set -euo pipefail"]
    for n, (line, code, text) in enumerate(commands):
        with open("%s/%d" % (work, n), "w", encoding="utf-8") as f:
            f.write(text)
        script.append("echo %d >'%s/at'" % (n, work))
        run = ". '%s/%d'" % (work, n)
        out = ">'%s/%d.out' 2>&1 </dev/null" % (work, n)
        if code == 0:
            script.append("%s %s" % (run, out))
            continue
        if text.replace("\\\n", "").count("\n") != 1:
            fail(line, "a block with exit=%d has more than one command" % code)
        script.append("set +e; (set -e; %s) %s; code=$?; set -e" % (run, out))
        script.append("[ $code = %d ] || exit $((code ? code : 200))" % code)
    script.append("echo end >'%s/at'" % work)
    return "\n".join(script) + "\n"


def read(name):
    with open(name, encoding="utf-8", errors="replace") as f:
        return f.read()


def main():
    commands = []  # line, exit status, text
    shown = {}  # index of the commands: line, text
    for line, fence, text in blocks():
        if fence == ["sh"]:
            commands.append((line, 0, text))
        elif len(fence) == 2 and re.fullmatch(r"exit=[1-9]\d*", fence[1]) and fence[0] == "sh":
            commands.append((line, int(fence[1][5:]), text))
        elif fence == ["text"]:
            last = len(commands) - 1
            if last < 0 or last in shown:
                fail(line, "an output without commands before it")
            shown[last] = line, text
        elif len(fence) == 2 and os.path.isfile(os.path.join(root, fence[1])):
            if read(os.path.join(root, fence[1])) != text:
                fail(line, "this is not what %s says" % fence[1])
        else:
            fail(line, "a block that is neither run nor compared: %s" % " ".join(fence))
    if not commands:
        fail(1, "no commands")
    os.mkdir(work)
    script = shell_of(commands)
    code = subprocess.run(["bash", "-c", script], check=False).returncode
    at = read(work + "/at").strip()
    if at != "end":
        line, want, text = commands[int(at)]
        fail(line, "exit %d and not %d:\n%s--- printed:\n%s"
             % (0 if code == 200 and want else code, want, text, read("%s/%s.out" % (work, at))))
    for n, (line, text) in shown.items():
        printed = read("%s/%d.out" % (work, n))
        if not matches(text, printed):
            fail(line, "the output is another one:\n%s" % printed)
    print("%d blocks of commands, %d outputs" % (len(commands), len(shown)))


main()
