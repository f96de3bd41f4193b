# A guardian that has renewed its certificates is the same guardian: its key
# opens what was wrapped for the old ones. It is not added twice, and it is
# revoked with the old ones.
. "$ROOT/tests/cli/lib.sh"
need openssl jq

for n in owner fab other; do
	expect 0 "$SHVM" guardian new $n --out-dir g --no-encryption --bits 2048
done
for k in signing encryption; do
	openssl pkcs12 -in g/fab-$k.pfx -nodes -nocerts -passin pass: -out $k.key 2>/dev/null
	usage=keyEncipherment,dataEncipherment
	[ $k = encryption ] || usage=digitalSignature
	openssl req -x509 -new -key $k.key -subj "/CN=renewed $k" -days 30 -out $k.pem \
		-addext keyUsage=$usage
done
expect 0 "$SHVM" guardian export --signing-key signing.key --signing-cert signing.pem \
	--encryption-key encryption.key --encryption-cert encryption.pem --out renewed.xml
keys="--owner g/owner.xml --owner-signing-key g/owner-signing.pfx"
own="--owner-signing-key g/owner-signing.pfx --owner-encryption-key g/owner-encryption.pfx"
lax=--allow-untrusted-root
print()
{
	"$SHVM" guardian show "$1" --json | jq -r ".guardian.$2.sha256"
}

expect 2 "$SHVM" protector new $keys --guardian g/fab.xml --guardian renewed.xml $lax --out kp
has 'given twice' err
expect 0 "$SHVM" protector new $keys --guardian g/fab.xml --guardian g/other.xml $lax --out kp
expect 2 "$SHVM" protector grant kp --owner g/owner.xml $own --guardian renewed.xml $lax --out kp2
has 'wrapping 2 has the same key' err
expect 0 "$SHVM" protector revoke kp --owner g/owner.xml $own --guardian renewed.xml --out kp2 --json
json_is '.removed | length' 1 out
json_is '.removed[0].signing.sha256' "$(print g/fab.xml signing)" out
json_is '.protector.wrappings | length' 2 out
expect 3 "$SHVM" protector check kp2 --key encryption.key
expect 0 "$SHVM" protector check kp2 --key g/other-encryption.pfx

echo x >x
for how in "--guardian renewed.xml" "--guardian g/fab.xml" \
	"--fingerprint $(print g/fab.xml signing)" "--fingerprint $(print g/fab.xml encryption)"; do
	expect 0 "$SHVM" pdk create x.pdk $keys --guardian g/fab.xml --guardian g/other.xml $lax \
		--existing-vm --file x --force --json
	json_is '[.guardians[].role] | join(" ")' 'owner guardian guardian' out
	json_is '.guardians[1].signing.sha256' "$(print g/fab.xml signing)" out
	expect 0 "$SHVM" pdk revoke x.pdk $own $how --out y.pdk --force
	grep -q "^removed: .*wrapping 2, .*$(print g/fab.xml signing)" out || fail "who was removed: $how"
	expect 0 "$SHVM" pdk revoke x.pdk $own $how --out y.pdk --force --json
	json_is '[.removed[].id] | join(" ")' 2 out
	expect 3 "$SHVM" pdk show y.pdk --key encryption.key
	expect 0 "$SHVM" pdk show y.pdk --key g/other-encryption.pfx
done
expect 2 "$SHVM" pdk revoke x.pdk $own --out z.pdk
has 'no guardian to remove: give --guardian or --fingerprint' err
expect 2 "$SHVM" pdk revoke x.pdk $own --guardian g/owner.xml --out z.pdk
has 'the owner cannot be revoked' err
expect 2 "$SHVM" pdk create z.pdk $keys --guardian g/fab.xml --guardian renewed.xml $lax \
	--existing-vm --file x
has 'given twice' err
expect 2 "$SHVM" pdk grant x.pdk $own --guardian renewed.xml $lax --out z.pdk
has 'wrapping 2 has the same key' err
[ ! -e z.pdk ] || fail z.pdk was written
