# docs/SCALE.md: its table is what its formula gives, and what it names is there.
. "$ROOT/tests/cli/lib.sh"
page=$ROOT/docs/SCALE.md
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$page" >formula
[ -s formula ] || fail "there is no formula"

# seconds MACHINES CORE LINK STORAGE: the page's own command with these numbers
seconds()
{
	sed "s/machines=[0-9.]*/machines=$1/; s/core=[0-9.]*/core=$2/; s/link=[0-9.]*/link=$3/
		s/storage=[0-9.]*/storage=$4/" formula >command
	bash command
}
number() { grep -m 1 "$1" "$page" | grep -o '[0-9.]* GB/s' | head -n 1 | cut -d' ' -f1; }
core=$(number '^| one core, SHA-256 with AVX-512')
disk=$(number '^| one disk')
has "core=$core " formula
has "own disks, $disk GB/s each" "$page"
link=$(sed -n 's/.*link=\([0-9.]*\).*/\1/p' formula)
storage=$(sed -n 's/.*storage=\([0-9.]*\).*/\1/p' formula)
for machines in 1 10 100; do
	echo "| $machines | $(seconds $machines "$core" 999 99999) s |" \
		"$(seconds $machines "$core" 999 "$(awk "BEGIN { print $machines * $disk }")") s |" \
		"$(seconds $machines "$core" "$link" 99999) s |" \
		"$(seconds $machines "$core" "$link" "$storage") s |"
done >want
grep '^| 10*0* | [0-9]* s ' "$page" >got
diff want got || fail "the table is not what the formula gives"

for file in $(grep -o '[a-z/]*/[a-z-]*\.\(sh\|yaml\)' "$page"); do
	[ -e "$ROOT/$file" ] || [ -e "$ROOT/samples/scale/$file" ] || fail "$file is not there"
done
