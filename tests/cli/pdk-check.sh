# Every verdict, in the documented order, with exit 0 or 3.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
pdk_create m.pdk --policy Shielded
pdk_create p.pdk --publish-qualifiers

verdict - - m.pdk --disk disk.vhdx $(key fabric)
json_is .verdict provision "$TMP/out"
json_is .policy Shielded "$TMP/out"
json_is .template.name T "$TMP/out"
json_is '[.checks[] | select(.outcome == "skipped") | .id] | join(" ")' answer-file "$TMP/out"
verdict - - m.pdk --catalog t.vsc $(key owner)
json_is '[.checks[] | select(.outcome == "skipped") | .id] | join(" ")' \
	'layout digest answer-file' "$TMP/out"
has 'no disk was read' "$TMP/out"
json_is .verdict applicable "$TMP/out"
expect 0 "$SHVM" pdk check m.pdk --catalog t.vsc $(key owner)
grep -q '^verdict: *applicable' "$TMP/out" || fail applicable
hasnt provision "$TMP/out"

# A published file can be asked without a key, a sealed one cannot.
verdict - - p.pdk --disk disk.vhdx
has 'the body was not opened' "$TMP/out"
verdict no-guardian-key guardian-key m.pdk --disk disk.vhdx
verdict no-guardian-key guardian-key m.pdk --disk disk.vhdx $(key other)
verdict - - m.pdk --disk disk.vhdx --key other-encryption.pfx --key fabric-encryption.pfx --key-pass-file pass

# The file: cut off, not one at all, another owner, changed.
head -c 1000 m.pdk >cut.pdk
verdict bad-pdk pdk cut.pdk --disk disk.vhdx $(key fabric)
verdict bad-pdk pdk t.vsc --disk disk.vhdx $(key fabric)
cp m.pdk x.pdk
flip x.pdk 2000
verdict bad-protector protector x.pdk --disk disk.vhdx $(key fabric)
cp m.pdk x.pdk
flip x.pdk $(($(stat -c %s x.pdk) - 9))
verdict bad-owner-signature owner-signature x.pdk --disk disk.vhdx $(key fabric)
verdict bad-owner-signature owner-signature m.pdk --disk disk.vhdx $(key fabric) \
	--owner-fingerprint $(printf %064d 0)
verdict - - m.pdk --disk disk.vhdx $(key fabric) \
	--owner-fingerprint "$("$SHVM" pdk show m.pdk --json | jq -r '.guardians[0].signing.sha256')"

owner_print=$("$SHVM" pdk show m.pdk --json | jq -r .owner.signing.sha256)
# With colons and capitals, as openssl prints it.
verdict - - m.pdk --disk disk.vhdx $(key fabric) \
	--owner-fingerprint "$(echo "$owner_print" | tr a-f A-F | sed 's/../&:/g; s/:$//')"
expect 2 "$SHVM" pdk check m.pdk --disk disk.vhdx $(key fabric) --owner-fingerprint 12
has 'is not the SHA-256 of a certificate' "$TMP/err"
verdict owner-certificate owner-certificate m.pdk --disk disk.vhdx $(key fabric) --at 2090-01-01T00:00:00Z
# A reason is printed once.
expect 3 "$SHVM" pdk check m.pdk --disk disk.vhdx $(key other)
[ "$(grep -c 'none of the given keys' "$TMP/out")" = 1 ] || fail a reason twice

# Each command that opens a file can be told whose it must be.
for cmd in "show m.pdk" "open m.pdk --out-dir opened" "specialize m.pdk --out-dir opened"; do
	expect 3 "$SHVM" pdk $cmd $(key fabric) --owner-fingerprint "$(printf %064d 0)"
	has 'the owner is CN=' "$TMP/err"
	[ ! -e opened ] || fail opened for another owner
	expect 2 "$SHVM" pdk $cmd $(key fabric) --owner-fingerprint x
	[ ! -e opened ] || fail opened for no owner
done
expect 0 "$SHVM" pdk show m.pdk $(key fabric) --owner-fingerprint "$owner_print"
expect 0 "$SHVM" pdk open m.pdk $(key fabric) --owner-fingerprint "$owner_print" --out-dir opened

# The disk and its catalog.
windows_disk plain.vhdx
flip plain.vhdx "$(where MARKER-IN-THE-OS plain.vhdx)"
verdict no-catalog catalog m.pdk --disk plain.vhdx $(key fabric)
head -c 5242880 /dev/zero >zeros.raw
verdict no-catalog catalog m.pdk --disk zeros.raw --raw $(key fabric)
# The disk's GUID, three volumes, and three partitions that no catalog knows.
verdict layout-changed 'layout layout layout layout layout layout layout' m.pdk --disk plain.vhdx --catalog t.vsc $(key fabric)
head -c 100 t.vsc >bad.vsc
verdict bad-catalog catalog m.pdk --catalog bad.vsc $(key fabric)
cp t.vsc bad.vsc
flip bad.vsc $(($(stat -c %s bad.vsc) - 5))
verdict bad-signature catalog-signature m.pdk --catalog bad.vsc $(key fabric)
verdict certificate-expired certificate m.pdk --catalog t.vsc $(key fabric) --at "$(date -u -d '+2 years' +%FT%TZ)"
cp disk.vhdx bad.vhdx
flip bad.vhdx "$(where 'NTFS    ' bad.vhdx)"
verdict digest-mismatch digest m.pdk --disk bad.vhdx --catalog t.vsc $(key fabric)

# The template: another name, signer, version, pinned digest; no template.
other()
{
	expect 0 "$SHVM" template sign disk.vhdx "$@" --out o.vsc --force
}
other --template-name T --template-version 1.0.0.1 --signing-cert signer.pem --signing-key signer.key
verdict - - m.pdk --catalog o.vsc $(key fabric)
other --template-name T --template-version 0.65535.0.0 --signing-cert signer.pem --signing-key signer.key
verdict untrusted-template template m.pdk --catalog o.vsc $(key fabric)
has '0.65535.0.0 is not GreaterThanOrEquals 1.0.0.0' "$TMP/out"
other --template-name t --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key
verdict untrusted-template template m.pdk --catalog o.vsc $(key fabric)
has 'name is not' "$TMP/out"
self_signed fake signer
other --template-name T --template-version 1.0.0.0 --signing-cert fake.pem --signing-key fake.key
verdict untrusted-template template m.pdk --catalog o.vsc $(key fabric)
has 'certificate of the signer differs' "$TMP/out"
pdk_create pin.pdk --pin-catalog
verdict - - pin.pdk --disk disk.vhdx $(key fabric)
expect 0 "$SHVM" template sign plain.vhdx --template-name T --template-version 2.0.0.0 --signing-cert signer.pem --signing-key signer.key --out o.vsc --force
verdict untrusted-template template pin.pdk --catalog o.vsc $(key fabric)
has 'catalog is not the pinned one' "$TMP/out"
expect 0 "$SHVM" pdk create e.pdk $owner $fabric --existing-vm
verdict untrusted-template template e.pdk --catalog t.vsc $(key fabric)

# The fabric's values.
expect 0 "$SHVM" fsk create one @Other@=x
verdict answer-file-incomplete answer-file m.pdk --catalog t.vsc $(key fabric) --fsk one.fsk
has '@ComputerName@' "$TMP/out"
expect 0 "$SHVM" fsk create two.fsk @ComputerName@=vm
verdict - - m.pdk --catalog t.vsc $(key fabric) --fsk two.fsk

# What is no verdict is an error.
expect 2 "$SHVM" pdk check m.pdk
expect 1 "$SHVM" pdk check nothing.pdk --disk disk.vhdx
expect 1 "$SHVM" pdk check m.pdk --disk nothing $(key fabric)
expect 1 "$SHVM" pdk check m.pdk --disk disk.vhdx --key nothing
