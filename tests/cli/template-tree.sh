#!/bin/bash
# With the tree file verify names the bytes that changed, and can look at a
# sample; a tree file that was not signed is refused.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq veritysetup

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
sign="--name T --version 1.0.0.0 --cert signer.pem --key signer.key"
expect 0 "$SHVM" template protect d.vhdx $sign --tree d.tree --out d.vsc
verify() { "$SHVM" template verify --signer signer.pem "$@"; }

expect 0 verify d.vhdx --tree d.tree --json
json_is .verdict trusted out
json_is '.volumes[0].changes.blocks_changed' 0 out
json_is '.volumes[0].changes.ranges | length' 0 out
expect 0 verify d.vhdx --json
json_is '.volumes[0].changes' null out

# veritysetup takes the file for the volume.
read -r offset size < <(jq -r '.volumes[0] | "\(.offset) \(.size)"' \
	<<<"$("$SHVM" template show d.vhdx --json)")
root=$("$SHVM" disk digest d.vhdx --json | jq -r .root)
dd if=d.raw of=volume bs=1M iflag=skip_bytes,count_bytes skip="$offset" \
	count=$((size / 4096 * 4096)) status=none
if [ $((size % 4096)) = 0 ]; then
	veritysetup verify volume d.tree "$root" || fail "veritysetup says no"
fi

# A sample is never trusted, but exits 0 when nothing is found.
expect 0 verify d.vhdx --tree d.tree --sample 100 --json
json_is .verdict sample-unchanged out
json_is .reason null out
json_is '.volumes[0].changes.blocks_checked' 100 out
json_is '.volumes[0].match' null out
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
json_is '.volumes[0].changes.blocks_changed' 1 out
json_is '.volumes[0].changes.ranges | length' 1 out
json_is '.volumes[0].changes.ranges[0].offset' $(((inside + 32) / 4096 * 4096)) out
json_is '.volumes[0].changes.ranges[0].size' 4096 out
expect 3 verify d.vhdx --tree d.tree
has "4096 bytes at $(((inside + 32) / 4096 * 4096)) of the volume" out

# Where all blocks changed a sample finds it.
cp d.raw other.raw
head -c $((size)) /dev/zero | tr '\0' x | dd of=other.raw bs=1M \
	oflag=seek_bytes seek="$offset" conv=notrunc status=none
expect 0 verify d.raw --catalog d.vsc --tree d.tree --sample 5
expect 3 verify other.raw --catalog d.vsc --tree d.tree --sample 5 --json
json_is .verdict rejected out
json_is .reason digest-mismatch out
json_is '.volumes[0].changes.blocks_checked' 5 out
cp keep.vhdx d.vhdx

cp d.tree bad.tree
flip bad.tree $((4096 + 40))
expect 1 verify d.vhdx --tree bad.tree
has "its root is not the one that was signed" err
cp d.tree bad.tree
flip bad.tree $(($(stat -c %s bad.tree) - 4000))
expect 1 verify d.vhdx --tree bad.tree
has "is not the one that was signed" err
truncate -s 5000 bad.tree
expect 1 verify d.vhdx --tree bad.tree
has "but its tree needs" err
expect 1 verify d.vhdx --tree none.tree
has none.tree err

expect 2 verify d.vhdx --sample 10
has "--sample needs --tree" err
expect 2 "$SHVM" template sign d.vhdx $sign --out x.vsc --tree d.tree
has d.tree err
[ ! -e x.vsc ] || fail "a catalog without its tree"
