# RULES.md and the man page have every rule of the program with its level, how
# to mend it and its page, and name a test that breaks it.
. "$ROOT/tests/cli/lib.sh"
need python3
cat >rules.py <<'END'
import re, sys, os
root = sys.argv[1]
source = open(root + "/signer/readiness_rules.c").read()
words = r'((?:"(?:[^"\\]|\\.)*"\s*|[A-Z]+_PAGE\s*|GUIDES\s*)+|NULL)\s*'
defines = dict(re.findall(r'#define (\w+)\s((?:.*\\\n)*.*)', source))

def text(s):
    s = re.sub(r"\b(\w+_PAGE|GUIDES)\b", lambda m: text(defines[m[1]]).join('""'), s)
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', s)).replace("\\\\", "\\")

rules = {}
for m in re.finditer(r'\{ "([a-z0-9-]+)", (FOR_\w+), \w+, (\w+),\s*%s,\s*%s,\s*%s,\s*%s\}'
                     % (words, words, words, words), source):
    rules[m[1]] = (m[3].lower(), m[2][4:].lower(), text(m[5]), text(m[6]), text(m[7]))
assert len(rules) == len(re.findall(r"\bFOR_[A-Z]+, NEEDS_", source)), len(rules)

doc = open(root + "/docs/RULES.md").read()
links = dict(re.findall(r"^\[([^]]+)\]: (\S+)$", doc, re.M))
page = open(root + "/docs/shvm-disk.1").read().replace("\\-", "-")
bad = []
seen = set()
for row in re.findall(r"^\| `.*$", doc, re.M):
    cells = [c.strip() for c in row.strip("|").split(" | ")]
    rule, level, kind, expected, mend, link, test = cells
    rule = rule.strip("` ")
    test = test.strip(" |")
    seen.add(rule)
    if rule not in rules:
        bad.append("RULES.md has %s, the program does not" % rule)
        continue
    got = (level, kind.lower(), expected.replace("\\\\", "\\"),
           mend.replace("\\\\", "\\"), links.get(link.strip("[]"), ""))
    if got != rules[rule]:
        bad.append("%s: RULES.md %s, the program %s" % (rule, got, rules[rule]))
    path = root + ("/tests/cli/" if test.endswith(".sh") else "/tests/unit/") + test
    if not os.path.exists(path) or not re.search(
            r"(?<![a-z0-9-])%s(?![a-z0-9-])" % rule, open(path).read()):
        bad.append("%s: %s does not break it" % (rule, test))
bad += ["RULES.md has no " + r for r in rules if r not in seen]
bad += ["shvm-disk.1 has no " + r for r in rules
        if not re.search(r"(?<![a-z0-9-])%s(?![a-z0-9-])" % r, page)]
print("%d rules" % len(rules))
sys.exit("\n".join(bad) if bad or not rules else 0)
END
expect 0 python3 rules.py "$ROOT"
cat "$TMP/out"
