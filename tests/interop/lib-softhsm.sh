# Sourced by scripts with the keys of an owner or a guardian in a real PKCS#11
# token (SoftHSM2).
need softhsm2-util pkcs11-tool openssl
module=/usr/lib/softhsm/libsofthsm2.so
[ -e $module ] || skip "$module is not there"
engine=$(openssl version -e | sed 's/.*"\(.*\)"/\1/')
[ -e "$engine/pkcs11.so" ] || [ -e "$engine/libpkcs11.so" ] || skip 'the PKCS#11 engine is not installed'

# new_token NAME: a token with the PIN 4711, which is in the file pin; the file
# wrong holds another one
new_token()
{
	token=$1
	mkdir tokens
	echo "directories.tokendir = $PWD/tokens" >softhsm2.conf
	export SOFTHSM2_CONF=$PWD/softhsm2.conf PKCS11_MODULE_PATH=$module
	softhsm2-util --init-token --free --label "$token" --so-pin 12345678 --pin 4711 >/dev/null
	(umask 077; echo 4711 >pin; echo 9999 >wrong)
}

# pair LABEL ID USAGE: a key in the token, and its certificate in LABEL.crt
pair()
{
	pkcs11-tool --module $module --login --pin 4711 --token-label "$token" --keypairgen \
		--key-type rsa:2048 --id "$2" --label "$1" >log 2>&1 || fail "$(cat log)"
	openssl req -x509 -new -engine pkcs11 -keyform engine -sha256 -days 30 \
		-key "pkcs11:token=$token;object=$1;type=private;pin-value=4711" \
		-subj "/CN=token $1" -addext "keyUsage=$3" -out "$1.crt" 2>log || fail "$(cat log)"
}
