#!/bin/bash
# With the tree file verify names the bytes that changed, and can look at a
# sample; a tree file that was not signed is refused.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq python3

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
sign="--template-name T --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key"
expect 0 "$SHVM" template protect d.vhdx $sign --tree-out d.tree --out d.vsc
verify() { "$SHVM" template verify --signer signer.pem "$@"; }

os='(.parts[] | select(.role == "OS"))'
expect 0 verify d.vhdx --tree d.tree --json
json_is .verdict trusted out
json_is '[.parts[] | select(.changes) | .changes.blocks_changed] | add' 0 out
json_is '[.parts[] | select(.changes) | .changes.ranges | length] | add' 0 out
json_is '[.parts[] | select(.part == "volume" or .part == "gap") | .changes != null] | all' true out
expect 0 verify d.vhdx --json
json_is '[.parts[] | .changes] | unique | tostring' '[null]' out

# The file is the one that a second implementation makes from the bytes.
read -r offset size < <(jq -r "$os | \"\(.offset) \(.size)\"" out)
cp out parts.json
mapfile -t parts < <(jq -r '.parts[] | select(.part == "volume" or .part == "gap") |
	"\(.offset):\(.size):sha256:4096:\(.expected)"' out)
[ ${#parts[@]} -ge 4 ] || fail "parts: ${parts[*]}"
expect 0 "$ROOT/tests/interop/tree-python.py" check d.raw d.tree "${parts[@]}"
has "${#parts[@]} parts" out

# A sample is never trusted, but exits 0 when nothing is found.
expect 0 verify d.vhdx --tree d.tree --sample 100 --json
json_is .verdict sample-unchanged out
json_is .reason null out
json_is "$os.changes.blocks_checked" 100 out
json_is '[.checks[] | select(.id == "digest") | .outcome] | unique | tostring' '["passed","unknown"]' out
json_is '[.checks[] | select(.id == "digest" and .outcome == "passed")] | length' 1 out # LBA 0
expect 0 verify d.vhdx --tree d.tree --sample 100
has "sample-unchanged: " out
hasnt trusted out

# One bit: the block in which it is, and no other.
cp d.vhdx keep.vhdx
at=$(where FILE0 d.vhdx)
flip d.vhdx $((at + 32))
inside=$(where FILE0 d.raw)
expect 3 verify d.vhdx --tree d.tree --json
json_is .reason digest-mismatch out
block=$((offset + (inside + 32 - offset) / 4096 * 4096))
json_is "$os.changes.blocks_changed" 1 out
json_is "$os.changes.ranges | length" 1 out
json_is "$os.changes.ranges[0].offset" $block out
json_is "$os.changes.ranges[0].size" 4096 out
expect 3 verify d.vhdx --tree d.tree
has "4096 bytes at $block of the disk" out

# Several places: the first and the last byte, two neighbours, and a block of
# zeros that has data now.
cp d.raw other.raw
zero=$("$SHVM" disk map d.raw --json | jq "first(.extents[] | select(.state !=
	\"data\" and .offset > $offset + 65536 and .size >= 4096)) | .offset")
zero=$(((zero - offset + 4095) / 4096 * 4096))
for at in 0 $((size - 1)) 40967 45056 $zero; do
	flip other.raw $((offset + at))
done
last=$(((size - 1) / 4096 * 4096))
at() { echo $((offset + $1)); }
expect 3 verify other.raw --catalog d.vsc --tree d.tree --json
json_is "$os.changes.blocks_changed" 5 out
json_is "[$os.changes.ranges[] | [.offset, .size]] | tostring" \
	"[[$(at 0),4096],[$(at 40960),8192],[$(at $zero),4096],[$(at $last),$((size - last))]]" out

# Other parts tell their changes, too: the ESP, and a gap that was zeros.
for place in "$(jq '.parts[] | select(.role == "ESP") | .offset + 5000' parts.json)" \
	"$(jq 'last(.parts[] | select(.part == "gap")) | .offset + 3' parts.json)"; do
	cp d.raw other.raw
	flip other.raw "$place"
	expect 3 verify other.raw --catalog d.vsc --tree d.tree --json
	json_is .reason digest-mismatch out
	json_is '[.parts[] | select(.changes) | .changes.blocks_changed] | add' 1 out
	json_is "[.parts[] | select(.changes) | .changes.ranges[]] | length" 1 out
	json_is "[.parts[] | select(.changes) | .changes.ranges[] |
		.offset <= $place and $place < .offset + .size] | all" true out
done

# Where all blocks changed a sample finds it.
cp d.raw other.raw
head -c $((size)) /dev/zero | tr '\0' x | dd of=other.raw bs=1M \
	oflag=seek_bytes seek="$offset" conv=notrunc status=none
expect 0 verify d.raw --catalog d.vsc --tree d.tree --sample 5
expect 3 verify other.raw --catalog d.vsc --tree d.tree --sample 5 --json
json_is .verdict rejected out
json_is .reason digest-mismatch out
json_is "$os.changes.blocks_checked" 5 out
cp keep.vhdx d.vhdx

# bad BYTE WORDS: one bit of the tree file is wrong
bad()
{
	cp d.tree bad.tree
	flip bad.tree "$1"
	expect 1 verify d.vhdx --tree bad.tree
	has "$2" err
	one_line err
}
table=$(od -An -tu8 -j 16 -N 8 d.tree)
bad 0 'does not begin with "shvmtree"'
bad 8 "version 0, not 1"
bad 12 "bytes, but its table of"
bad 16 "bytes, but its table of"
bad 24 "reserved bytes of its header are not 0"
bad 34 "items, 0 of them nodes, for"
bad $((table / 2)) "does not match the signed digest"
bad $((table + 1)) "bytes at"
bad $((table + 20)) "block size 4097"
truncate -s 5000 bad.tree
expect 1 verify d.vhdx --tree bad.tree
has "bytes, but its table of" err
expect 1 verify d.vhdx --tree none.tree
has none.tree err

expect 2 verify d.vhdx --sample 10
has "--sample requires --tree" err
expect 2 "$SHVM" template sign d.vhdx $sign --out x.vsc --tree-out d.tree
has d.tree err
[ ! -e x.vsc ] || fail "a catalog without its tree"
