#!/bin/bash
# disk digest --plan, --range and --merge: what is planned is hashed, and what
# does not belong together is refused by name.
. "$ROOT/tests/cli/lib.sh"
need jq

head -c 30000000 /dev/zero | tr '\0' 'a' >"$TMP/disk"
truncate -s 200M "$TMP/disk"
head -c 10000000 /dev/zero | tr '\0' 'b' >>"$TMP/disk"
truncate -s $((210 << 20)) "$TMP/disk"
digest() { "$SHVM" disk digest --whole --raw "$@"; }

expect 0 digest --plan 3 --json "$TMP/disk"
json_is '.ranges | length' 3 "$TMP/out"
json_is '[.ranges[].size] | add' $((210 << 20)) "$TMP/out"
json_is '.ranges[0].offset' 0 "$TMP/out"
json_is '.identity | startswith("raw:220200960:")' true "$TMP/out"

for i in 1 2 3; do
	expect 0 digest --range $i/3 --out "$TMP/p$i" "$TMP/disk"
done
expect 0 digest --json "$TMP/disk"
whole=$(jq -r .digest "$TMP/out")
expect 0 "$SHVM" disk digest --merge --json "$TMP/p3" "$TMP/p1" "$TMP/p2"
json_is .digest "$whole" "$TMP/out"
json_is .kernel merge "$TMP/out"

# A part that is made again, in another way, is the same file.
expect 0 digest --range 2/3 --out "$TMP/again" --jobs 1 --kernel openssl \
	"$TMP/disk"
cmp "$TMP/p2" "$TMP/again"

# An existing part is not replaced without --force.
expect 2 digest --range 1/3 --out "$TMP/p1" "$TMP/disk"

merge_refused()
{
	local words=$1 code=$2
	shift 2
	expect "$code" "$SHVM" disk digest --merge "$@"
	has "$words" "$TMP/err"
}
merge_refused "gap of parts between byte" 2 "$TMP/p1" "$TMP/p3"
merge_refused "overlap of parts between byte" 2 "$TMP/p1" "$TMP/p2" "$TMP/p2" \
	"$TMP/p3"
digest --range 1/3 --out "$TMP/sha512" --algorithm sha512 "$TMP/disk" >/dev/null
merge_refused "different parameters" 2 "$TMP/sha512" "$TMP/p2" "$TMP/p3"
cp "$TMP/disk" "$TMP/disk2"
touch -d "2001-01-01" "$TMP/disk2"
digest --range 1/3 --out "$TMP/other" "$TMP/disk2" >/dev/null
merge_refused "parts of different disks" 2 "$TMP/other" "$TMP/p2" "$TMP/p3"

# damage EXPRESSION WORDS: one member of a part is changed by jq
damage()
{
	jq "$1" "$TMP/p1" >"$TMP/bad"
	merge_refused "$2" 1 "$TMP/bad" "$TMP/p2" "$TMP/p3"
}
damage '.bytes_hashed += 1' "its checksum is wrong"
damage '.nodes[0].index += 1' "its checksum is wrong"
damage '.nodes[0].hashes |= sub("^.."; "00")' "its checksum is wrong"
damage '.kind = "part"' 'not a shvm-digest-part'
damage '.schema = 2' '"schema" is 2, not 1'
damage '.algorithm = "md5"' '"algorithm" is neither'
damage '.checksum = "12"' '"checksum" is not 64 hexadecimal digits'
damage '.size = -1' '"size" is not a number from 0 to'
damage '.size = "1"' '"size" is not a number from 0 to'
damage '.block_size = 5000000000' '"block_size" is not a number from 0 to'
damage '.first_block = 0.5' '"first_block" is not a number'
damage '.end_block = null' '"end_block" is not a number'
damage '.identity = 1' '"identity" is not a string'
damage '.nodes = {}' '"nodes" is not an array'
damage '.nodes[0] = 1' 'node 0 does not consist of level, index and hashes'
damage '.nodes[0].more = 1' 'node 0 does not consist of level, index and hashes'
damage '.nodes[0].level = -1' '"level" is not a number'
damage '.nodes[0].hashes = "12"' 'node 0: its hashes have 2 digits'
damage '.nodes[0].hashes |= sub("^."; "x")' 'are not hexadecimal'
damage '.more = 1' 'with 12 members'
damage 'del(.nodes)' 'with 12 members'
damage '[.]' 'with 12 members'
for member in identity offset size first_block end_block; do
	damage ".$member |= (if type == \"number\" then . + 4096 else . + \"x\" end)" \
		"its checksum is wrong"
done
damage '.block_size = 8192' 'its checksum is wrong'
damage '.algorithm = "fs-verity-sha512"' 'its checksum is wrong'
damage '.checksum |= ("0" + .[:63])' 'its checksum is wrong'
echo '{"schema":1' >"$TMP/bad"
merge_refused "$TMP/bad: line" 1 "$TMP/bad"
head -c $(($(stat -c %s "$TMP/p1") / 2)) "$TMP/p1" >"$TMP/bad"
merge_refused "$TMP/bad: line" 1 "$TMP/bad"

# A machine that dies leaves no part, or a whole one.
for delay in 0 0.01 0.02 0.05 0.1; do
	"$SHVM" disk digest --whole --raw --range 1/3 --out "$TMP/killed" \
		"$TMP/disk" >/dev/null &
	sleep $delay
	kill -KILL $! 2>/dev/null || :
	wait $! 2>/dev/null || :
	[ ! -e "$TMP/killed" ] || cmp "$TMP/killed" "$TMP/p1"
	rm -f "$TMP/killed"
done

for words in "--plan 0" "--plan 70000" "--range 1" "--range 0/3" "--range 4/3" \
	"--range 1/99999" "--range a/3" "--range 1/3x"; do
	expect 2 digest $words --out "$TMP/x" "$TMP/disk"
	[ ! -e "$TMP/x" ] || fail "$words wrote a part"
done
expect 2 digest --range 1/3 "$TMP/disk"
has "--range and --out must be given together" "$TMP/err"
expect 2 digest --plan 2 --merge "$TMP/disk"
has "cannot be used together" "$TMP/err"
expect 2 digest "$TMP/disk" "$TMP/disk2"
has "one DISK" "$TMP/err"
expect 2 "$SHVM" disk digest --merge --kernel openssl "$TMP/p1"
has "--merge accepts PARTs and no other option" "$TMP/err"
