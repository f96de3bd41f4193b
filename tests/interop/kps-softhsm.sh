# Both keys of an owner in a real PKCS#11 token: signing and unwrapping, and a
# text of its own for each thing that goes wrong.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/interop/lib-softhsm.sh"
need python3
new_token kps
pair sign 01 digitalSignature
pair enc 02 keyEncipherment
sign='pkcs11:token=kps;object=sign;type=private'
enc='pkcs11:token=kps;object=enc;type=private'

expect 0 "$SHVM" guardian new tok --out-dir g --signing-key "$sign" --signing-key-pass-file pin --signing-cert sign.crt --encryption-key "$enc" --encryption-key-pass-file pin --encryption-cert enc.crt
"$SHVM" guardian new fab --out-dir g --no-encryption --bits 2048 --quiet >/dev/null
owner="--owner g/tok.xml --owner-signing-key $sign --owner-signing-key-pass-file pin"
both="$owner --owner-encryption-key $enc --owner-encryption-key-pass-file pin"
expect 0 "$SHVM" protector new $owner --guardian g/fab.xml --allow-untrusted-root --out kp
expect 0 "$SHVM" protector check kp --key "$enc" --key-pass-file pin
has 'passed   transport-key-signature' out
expect 0 "$SHVM" protector check kp --key g/fab-encryption.pfx
has 'passed   transport-key-signature' out
expect 0 "$SHVM" protector revoke kp $both --guardian g/fab.xml --out kp2
expect 3 "$SHVM" protector check kp2 --key g/fab-encryption.pfx
expect 0 "$SHVM" protector check kp2 --key "$enc" --key-pass-file pin

# What goes wrong has its own words.
expect 1 "$SHVM" protector check kp --key "$enc" --key-pass-file wrong
has CKR_PIN_INCORRECT err
hasnt 9999 err
expect 1 "$SHVM" protector check kp --key 'pkcs11:token=kps;object=nothing;type=private' --key-pass-file pin
one_line err
expect 2 "$SHVM" protector check kp --key "$enc;pin-value=4711"
hasnt 4711 err
PKCS11_MODULE_PATH=/nonexistent/module.so expect 1 "$SHVM" protector check kp --key "$enc" --key-pass-file pin
has 'module cannot be loaded' err

# A key that may sign and not decrypt.
pair only 03 keyEncipherment
sed 's/0x108/0x105/' "$ROOT/tests/interop/pkcs11-forbid-signing.py" >forbid.py # CKA_DECRYPT
python3 forbid.py $module kps 4711 only
only='pkcs11:token=kps;object=only;type=private'
expect 0 "$SHVM" guardian new half --out-dir g --signing-key "$sign" --signing-key-pass-file pin --signing-cert sign.crt --encryption-cert only.crt
expect 0 "$SHVM" protector new --owner g/half.xml --owner-signing-key "$sign" --owner-signing-key-pass-file pin --out kp3
expect 1 "$SHVM" protector check kp3 --key "$only" --key-pass-file pin
has CKR_KEY_FUNCTION_NOT_PERMITTED err
