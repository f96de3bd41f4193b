# The man page names each rule of RULES.md, which is made from the program's
# rows (make check-generated); rules-tripped.sh breaks each.
. "$ROOT/tests/cli/lib.sh"
sed -n 's/^| `\([^`]*\)` .*/\1/p' "$ROOT/docs/RULES.md" >rules
[ "$(wc -l <rules)" -gt 40 ] || fail "only $(wc -l <rules) rules in RULES.md"
sed 's/\\-/-/g' "$ROOT/docs/shvm-disk.1" >page
while read -r rule; do
	grep -qE "(^|[^a-z0-9-])$rule([^a-z0-9-]|\$)" page || fail "shvm-disk.1 has no $rule"
done <rules
