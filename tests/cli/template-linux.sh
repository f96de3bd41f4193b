# A Linux template: boot and root are hashed, each by itself. What Microsoft's
# own tests of such templates change: boot, root, the catalog, the certificate.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

linux_disk d.vhdx
new_ca ca
new_ca stranger
new_signer signer ca
new_signer weak ca 50 keyUsage=digitalSignature rsa:1024
protect=("$SHVM" template protect --type preprocessed-linux --template-name l --template-version 1.0.0.0)

# A bad certificate: the disk is left alone.
cp d.vhdx keep.vhdx
expect 1 "${protect[@]}" d.vhdx --signing-cert weak.pem --signing-key weak.key --json
json_is .error.reason weak-key out
expect 1 "${protect[@]}" d.vhdx --signing-cert ca.pem --signing-key signer.key --json
json_is .error.code crypto out
same d.vhdx keep.vhdx

expect 0 "${protect[@]}" d.vhdx --signing-cert signer.pem --signing-key signer.key --json
json_is .template.disk_type PreprocessedLinux out
json_is '[.volumes[].role] | join(" ")' 'ESP Boot Root' out
boot=$(jq -r '.volumes[1].offset' out) root=$(jq -r '.volumes[2].offset' out)
size=$(jq -r '.volumes[2].size' out)
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem --json
json_is '[.checks[] | select(.id == "digest") | select(.object | startswith("partition")) | .object + " " + .outcome] | join(", ")' \
	'partition 1 (ESP) passed, partition 2 (Boot) passed, partition 3 (Root) passed' out
expect 3 "$SHVM" template verify d.vhdx --ca stranger.pem --json
json_is .reason untrusted-signer out
expect 0 "$SHVM" disk info d.vhdx --json
json_is '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' \
	already-protected out

expect 0 "$SHVM" template extract d.vhdx --out d.vsc
qemu-img convert -O raw d.vhdx d.raw

# changed VOLUME BYTE: one bit of the raw disk there; ESP and Boot come first, and
# what is after a mismatch is not looked at.
changed()
{
	cp --sparse=always d.raw t.raw
	flip t.raw "$2"
	expect 3 "$SHVM" template verify t.raw --catalog d.vsc --ca ca.pem --json
	json_is .reason digest-mismatch out
	json_is ".text | contains(\"partition $1\")" true out
	json_is '[.parts[] | select(.part == "volume") | .match] | tostring' "$3" out
}
payload=$((4096 * 512)) # where cryptsetup puts it
changed "3 (Root)" $((root + 8)) "[true,true,false]"
changed "3 (Root)" $((root + payload + 123456)) "[true,true,false]"
changed "3 (Root)" $((root + size - 1)) "[true,true,false]"
changed "2 (Boot)" $((boot + 8)) "[true,false,null]"
changed "2 (Boot)" $((boot + payload + 1024)) "[true,false,null]"
changed "1 (ESP)" $((1048576 + 4096)) "[false,null,null]"

# The same in the disk itself, which carries its catalog.
cp d.vhdx t.vhdx
text=$(dd if=d.raw bs=1 skip=$((root + payload + 4096)) count=16 status=none |
	od -An -tx1 | tr -d ' \n')
at=$(python3 -c "import sys
print(open('t.vhdx', 'rb').read().find(bytes.fromhex('$text')))")
flip t.vhdx "$at"
expect 3 "$SHVM" template verify t.vhdx --ca ca.pem --json
json_is .reason digest-mismatch out
json_is '.text | contains("partition 3 (Root)")' true out

# Where only the two are signed the ESP may change.
expect 0 "$SHVM" template sign d.vhdx --cover os --type preprocessed-linux --template-name l \
	--template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key --out os.vsc --json
json_is '[.volumes[].role] | join(" ")' 'Boot Root' out
cp --sparse=always d.raw t.raw
flip t.raw $((1048576 + 4096))
expect 0 "$SHVM" template verify t.raw --catalog os.vsc --ca ca.pem --require os
expect 3 "$SHVM" template verify t.raw --catalog os.vsc --ca ca.pem --json
json_is .reason coverage out

# The catalog taken out, or never there.
expect 0 "$SHVM" template unprotect d.vhdx
expect 3 "$SHVM" template verify d.vhdx --ca ca.pem --json
json_is .reason no-catalog out
expect 3 "$SHVM" template verify d.raw --ca ca.pem --json
json_is .reason no-catalog out
expect 0 "$SHVM" template verify d.vhdx --catalog d.vsc --ca ca.pem

# All parts have one tree file.
expect 0 "${protect[@]}" d.vhdx --signing-cert signer.pem --signing-key signer.key --tree-out t
[ -s t ] || fail "tree files: $(ls)"
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem --tree t
