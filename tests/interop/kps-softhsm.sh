# Both keys of an owner in a real PKCS#11 token: signing and unwrapping, and a
# text of its own for each thing that goes wrong.
. "$ROOT/tests/cli/lib.sh"
need softhsm2-util pkcs11-tool openssl python3
module=/usr/lib/softhsm/libsofthsm2.so
[ -e $module ] || skip "$module is not there"
engine=$(openssl version -e | sed 's/.*"\(.*\)"/\1/')
[ -e "$engine/pkcs11.so" ] || [ -e "$engine/libpkcs11.so" ] || skip 'the PKCS#11 engine is not installed'

mkdir tokens
echo "directories.tokendir = $PWD/tokens" >softhsm2.conf
export SOFTHSM2_CONF=$PWD/softhsm2.conf PKCS11_MODULE_PATH=$module
softhsm2-util --init-token --free --label kps --so-pin 12345678 --pin 4711 >/dev/null
(umask 077; echo 4711 >pin; echo 9999 >wrong)
pkcs11-tool --module $module --login --pin 4711 --token-label kps --keypairgen --key-type rsa:2048 --id 01 --label sign >/dev/null 2>&1
pkcs11-tool --module $module --login --pin 4711 --token-label kps --keypairgen --key-type rsa:2048 --id 02 --label enc >/dev/null 2>&1

# Certificates: the token signs for itself.
cert() # LABEL USAGE
{
	openssl req -x509 -new -engine pkcs11 -keyform engine -sha256 -days 30 \
		-key "pkcs11:token=kps;object=$1;type=private;pin-value=4711" \
		-subj "/CN=token $1" -addext "keyUsage=$2" -out $1.crt 2>log || fail "$(cat log)"
}
cert sign digitalSignature
cert enc keyEncipherment
sign='pkcs11:token=kps;object=sign;type=private'
enc='pkcs11:token=kps;object=enc;type=private'

expect 0 "$SHVM" guardian new tok --out g --signing-key "$sign" --signing-key-pass-file pin --signing-cert sign.crt --encryption-key "$enc" --encryption-key-pass-file pin --encryption-cert enc.crt
"$SHVM" guardian new fab --out g --no-encryption --bits 2048 --quiet >/dev/null
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
pkcs11-tool --module $module --login --pin 4711 --token-label kps --keypairgen --key-type rsa:2048 --id 03 --label only >/dev/null 2>&1
sed 's/0x108/0x105/' "$ROOT/tests/interop/pkcs11-forbid-signing.py" >forbid.py # CKA_DECRYPT
python3 forbid.py $module kps 4711 only
cert only keyEncipherment
only='pkcs11:token=kps;object=only;type=private'
expect 0 "$SHVM" guardian new half --out g --signing-key "$sign" --signing-key-pass-file pin --signing-cert sign.crt --encryption-cert only.crt
expect 0 "$SHVM" protector new --owner g/half.xml --owner-signing-key "$sign" --owner-signing-key-pass-file pin --out kp3
expect 1 "$SHVM" protector check kp3 --key "$only" --key-pass-file pin
has CKR_KEY_FUNCTION_NOT_PERMITTED err
