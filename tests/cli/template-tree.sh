#!/bin/bash
# With the tree file verify names the bytes that changed, and can look at a
# sample; a tree file that was not signed is refused.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
sign="--template-name T --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key"
expect 0 "$SHVM" template protect d.vhdx $sign --tree-out d.tree --out d.vsc
verify() { "$SHVM" template verify --signer signer.pem "$@"; }

expect 0 verify d.vhdx --tree d.tree --json
json_is .verdict trusted out
json_is '.parts[5].changes.blocks_changed' 0 out
json_is '.parts[5].changes.ranges | length' 0 out
expect 0 verify d.vhdx --json
json_is '.parts[5].changes' null out

read -r offset size < <(jq -r '.volumes[2] | "\(.offset) \(.size)"' \
	<<<"$("$SHVM" template show d.vhdx --json)")

# A sample is never trusted, but exits 0 when nothing is found.
expect 0 verify d.vhdx --tree d.tree --sample 100 --json
json_is .verdict sample-unchanged out
json_is .reason null out
json_is '.parts[5].changes.blocks_checked' 100 out
json_is '.checks[] | select(.object == "partition 3 (OS)") | .outcome' unknown out
json_is '.checks[] | select(.object == "LBA 0") | .outcome' passed out
expect 0 verify d.vhdx --tree d.tree --sample 100
has "sample-unchanged: " out
hasnt trusted out

# One bit: the block in which it is, and no other.
cp d.vhdx keep.vhdx
at=$(where FILE0 d.vhdx)
flip d.vhdx $((at + 32))
inside=$(($(where FILE0 d.raw) - offset))
expect 3 verify d.vhdx --tree d.tree --json
json_is .reason digest-mismatch out
json_is '.parts[5].changes.blocks_changed' 1 out
json_is '.parts[5].changes.ranges | length' 1 out
changed=$((offset + (inside + 32) / 4096 * 4096))
json_is '.parts[5].changes.ranges[0].offset' $changed out
json_is '.parts[5].changes.ranges[0].size' 4096 out
expect 3 verify d.vhdx --tree d.tree
has "4096 bytes at $changed of the disk" out

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
expect 3 verify other.raw --catalog d.vsc --tree d.tree --json
json_is '.parts[5].changes.blocks_changed' 5 out
json_is '[.parts[5].changes.ranges[] | [.offset, .size]] | tostring' \
	"[[$offset,4096],[$((offset + 40960)),8192],[$((offset + zero)),4096],[$((offset + last)),$((size - last))]]" out

# Where all blocks changed a sample finds it.
cp d.raw other.raw
head -c $((size)) /dev/zero | tr '\0' x | dd of=other.raw bs=1M \
	oflag=seek_bytes seek="$offset" conv=notrunc status=none
expect 0 verify d.raw --catalog d.vsc --tree d.tree --sample 5
expect 3 verify other.raw --catalog d.vsc --tree d.tree --sample 5 --json
json_is .verdict rejected out
json_is .reason digest-mismatch out
json_is '.parts[5].changes.blocks_checked' 5 out
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
bad 0 'does not begin with "shvmtree"'
bad 8 "version"
bad 40 "bad-tree"
bad $(($(stat -c %s d.tree) / 2)) "bad-tree"
bad $(($(stat -c %s d.tree) - 32)) "bad-tree"
head -c 5000 d.tree >bad.tree
expect 1 verify d.vhdx --tree bad.tree
one_line err
expect 1 verify d.vhdx --tree none.tree
has none.tree err

expect 2 verify d.vhdx --sample 10
has "--sample needs --tree" err
expect 2 "$SHVM" template sign d.vhdx $sign --out x.vsc --tree-out d.tree
has d.tree err
[ ! -e x.vsc ] || fail "a catalog without its tree"
