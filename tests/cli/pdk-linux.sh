# Shielding data for a Linux template: the qualifier is that of its catalog,
# and check measures both of its volumes.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"

umask 077
echo pass >pass
echo 'geheim 47' >admin
linux='--answer linux --root-password admin'
guardians owner fabric
self_signed signer
linux_disk disk.vhdx
expect 0 "$SHVM" template protect disk.vhdx --type preprocessed-linux --template-name L --template-version 2.1.0.0 \
	--signing-cert signer.pem --signing-key signer.key --out t.vsc
expect 0 "$SHVM" pdk create l.pdk $owner $fabric $trust $linux

# check CODE REASON ARGUMENTS...
check()
{
	local code=$1 reason=$2
	shift 2
	expect "$code" "$SHVM" pdk check l.pdk $(key fabric) --json "$@"
	json_is '.reason // "-"' "$reason" "$TMP/out"
}
check 0 - --disk disk.vhdx
json_is .template.name L "$TMP/out"
json_is '[.checks[] | select(.outcome == "failed")] | length' 0 "$TMP/out"

qemu-img convert -O raw disk.vhdx disk.raw
for byte in $((65 * 1048576 + 3000000)) $((85 * 1048576 + 3000000)); do
	cp --sparse=always disk.raw t.raw
	flip t.raw "$byte"
	check 3 digest-mismatch --disk t.raw --catalog t.vsc
	json_is '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' \
		digest "$TMP/out"
done
has 'Root' "$TMP/out"

cp disk.vhdx plain.vhdx
expect 0 "$SHVM" template unprotect plain.vhdx
check 3 no-catalog --disk plain.vhdx

# An older version of the same name, and a signer of the same name.
expect 0 "$SHVM" template sign disk.vhdx --type preprocessed-linux --template-name L --template-version 2.0.9.9 \
	--signing-cert signer.pem --signing-key signer.key --out o.vsc
check 3 untrusted-template --catalog o.vsc
self_signed fake signer
expect 0 "$SHVM" template sign disk.vhdx --type preprocessed-linux --template-name L --template-version 2.1.0.0 \
	--signing-cert fake.pem --signing-key fake.key --out o.vsc --force
check 3 untrusted-template --catalog o.vsc

# The catalog of both volumes, pinned.
expect 0 "$SHVM" pdk create pin.pdk $owner $fabric $trust $linux --pin-catalog
expect 0 "$SHVM" pdk check pin.pdk --disk disk.vhdx $(key fabric)
