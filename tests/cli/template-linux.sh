# A Linux template: boot and root are hashed, each by itself.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

linux_disk d.vhdx
new_ca ca
new_signer signer ca
expect 0 "$SHVM" template protect d.vhdx --type linux --name l --version 1.0.0.0 \
	--cert signer.pem --key signer.key --json
json_is .template.disk_type PreprocessedLinux out
json_is '[.volumes[].role] | join(" ")' 'Boot Root' out
boot=$(jq -r '.volumes[0].offset' out) root=$(jq -r '.volumes[1].offset' out)
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem --json
json_is '[.volumes[].match] | join(" ")' 'true true' out

expect 0 "$SHVM" template extract d.vhdx --out d.vsc
qemu-img convert -O raw d.vhdx d.raw
cp d.raw t.raw
flip t.raw $((root + 8))
expect 3 "$SHVM" template verify t.raw --catalog d.vsc --ca ca.pem --json
json_is .reason digest-mismatch out
json_is '[.volumes[].match] | join(" ")' 'true false' out
json_is '.text | contains("volume Root")' true out
cp d.raw t.raw
flip t.raw $((boot + 8))
expect 3 "$SHVM" template verify t.raw --catalog d.vsc --ca ca.pem --json
json_is '.volumes[0].match' false out
json_is '.volumes[1].match' null out
json_is '.volumes[1].actual' null out

# Outside the two nothing is hashed: the ESP may change.
cp d.raw t.raw
flip t.raw $((1048576 + 4096))
expect 0 "$SHVM" template verify t.raw --catalog d.vsc --ca ca.pem
