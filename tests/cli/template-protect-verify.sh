# The main way: protect, verify, notice a changed sector, unprotect.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
sha=$(openssl x509 -in signer.pem -outform DER | sha256sum | cut -d' ' -f1)

expect 3 "$SHVM" template verify d.vhdx --signer signer.pem --json
json_is .verdict rejected out
json_is .reason no-catalog out
json_is .signer null out

expect 0 "$SHVM" template protect d.vhdx --template-name 'Server "2022"' --template-version 1.2.3.4 \
	--signing-cert signer.pem --signing-key signer.key --out d.vsc --json
json_is .embedded true out
json_is .log_replayed false out
json_is .template.name 'Server "2022"' out
qemu-img check d.vhdx >check.txt || fail "$(cat check.txt)"
qemu-img compare d.raw d.vhdx >/dev/null || fail "the virtual disk changed"

expect 0 "$SHVM" template verify d.vhdx --signer signer.pem --json
json_is .schema 2 out
json_is .verdict trusted out
json_is .reason null out
json_is .template.version 1.2.3.4 out
json_is .signer.sha256 "$sha" out
json_is '[.parts[] | .role // .part] | join(" ")' 'lba0 table gap ESP Reserved OS gap table' out
json_is '[.bytes_covered, .bytes_uncovered] | tostring' '[50331648,0]' out
json_is '[.checks[] | .id + " " + .outcome] | unique | join(", ")' \
	'catalog passed, coverage passed, digest passed, layout passed, signer passed, table passed' out
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem
has trusted out

# The digest is that of disk digest.
digest=$(jq -r '.parts[] | select(.role == "OS") | .expected' <<<"$("$SHVM" template verify d.vhdx \
	--ca ca.pem --json)")
expect 0 "$SHVM" disk digest d.vhdx --json
json_is .digest "$digest" out

# The file and the disk's own are the same; the file serves for the raw disk.
expect 0 "$SHVM" template extract d.vhdx --out e.vsc
same d.vsc e.vsc
expect 0 "$SHVM" template verify d.raw --catalog d.vsc --ca ca.pem
cp d.vhdx keep.vhdx

# One bit inside the volume.
at=$(where FILE0 d.vhdx)
flip d.vhdx $((at + 32))
expect 3 "$SHVM" template verify d.vhdx --signer signer.pem --json
json_is .reason digest-mismatch out
json_is '[.checks[] | select(.outcome == "failed") | .object] | join(" ")' 'partition 3 (OS)' out
json_is '.parts[] | select(.role == "OS") | .actual != .expected' true out
json_is '.parts[] | select(.role == "OS") | .match' false out
expect 3 "$SHVM" template verify d.vhdx --signer signer.pem
has 'rejected, digest-mismatch: ' out
has 'partition 3 (OS)' out

mv keep.vhdx d.vhdx
expect 0 "$SHVM" template unprotect d.vhdx
qemu-img check d.vhdx >check.txt || fail "$(cat check.txt)"
qemu-img compare d.raw d.vhdx >/dev/null || fail "the virtual disk changed"
cp d.vhdx keep.vhdx
expect 1 "$SHVM" template unprotect d.vhdx
has 'contains no catalog' err
same d.vhdx keep.vhdx
