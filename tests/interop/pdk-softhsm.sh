# Shielding data with the owner's signing key and a guardian's encryption key in
# a real PKCS#11 token.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
. "$ROOT/tests/interop/lib-softhsm.sh"
new_token pdk
pair sign 01 digitalSignature
pair enc 02 keyEncipherment
sign='pkcs11:token=pdk;object=sign;type=private'
enc='pkcs11:token=pdk;object=enc;type=private'
expect 0 "$SHVM" guardian new tok --out-dir . --signing-key "$sign" --signing-key-pass-file pin \
	--signing-cert sign.crt --encryption-key "$enc" --encryption-key-pass-file pin \
	--encryption-cert enc.crt
expect 0 "$SHVM" guardian new fab --out-dir . --no-encryption --bits 2048
unattend >unattend.xml
echo secret >file

create="pdk create m.pdk --owner tok.xml --existing-vm --owner-signing-key $sign
	--guardian fab.xml --allow-untrusted-root --file file"
expect 1 "$SHVM" $create --owner-signing-key-pass-file wrong
has CKR_PIN_INCORRECT err
hasnt 9999 err
[ ! -e m.pdk ] || fail written with a wrong PIN
expect 0 "$SHVM" $create --owner-signing-key-pass-file pin
expect 0 "$SHVM" pdk open m.pdk --key "$enc" --key-pass-file pin --out-dir out1
same file out1/file
expect 0 "$SHVM" pdk open m.pdk --key fab-encryption.pfx --out-dir out2
same file out2/file
expect 1 "$SHVM" pdk open m.pdk --key "$enc" --key-pass-file wrong --out-dir out3
has CKR_PIN_INCORRECT err
[ ! -e out3/file ] || fail opened with a wrong PIN
both="--owner-signing-key $sign --owner-signing-key-pass-file pin
	--owner-encryption-key $enc --owner-encryption-key-pass-file pin"
print=$("$SHVM" pdk show m.pdk --json | jq -r '.guardians[1].signing.sha256')
expect 0 "$SHVM" pdk revoke m.pdk $both --fingerprint "$print" --out r.pdk
expect 3 "$SHVM" pdk open r.pdk --key fab-encryption.pfx --out-dir out4
expect 0 "$SHVM" pdk open r.pdk --key "$enc" --key-pass-file pin --out-dir out4
same file out4/file
