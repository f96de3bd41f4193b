# Keys in a PKCS#11 token (SoftHSM2): RSA and EC sign; each failure has its text.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

need softhsm2-util pkcs11-tool openssl python3
module=/usr/lib/softhsm/libsofthsm2.so
[ -r $module ] || skip "$module is not installed"
openssl engine pkcs11 >/dev/null 2>&1 ||
	openssl list -providers 2>/dev/null | grep -q pkcs11 ||
	skip "no PKCS#11 engine or provider for OpenSSL"

mkdir tokens
cat >softhsm2.conf <<END
directories.tokendir = $PWD/tokens
objectstore.backend = file
log.level = ERROR
END
export SOFTHSM2_CONF=$PWD/softhsm2.conf
unset PKCS11_MODULE_PATH

token() { pkcs11-tool --module $module --login --pin "$2" --token-label "$1" "${@:3}" >/dev/null 2>&1; }
for name in one two; do
	softhsm2-util --init-token --free --label $name --so-pin 12345678 \
		--pin "$name-pin" >/dev/null
done
windows_disk d.vhdx
new_ca ca

# Made outside and imported, so that openssl can make the certificates.
import()
{
	local token=$1 id=$2 name=$3
	openssl pkcs8 -topk8 -nocrypt -in "$name.key" -outform DER -out key.der
	openssl x509 -in "$name.pem" -outform DER -out cert.der
	token "$token" "$token-pin" --write-object key.der --type privkey \
		--id "$id" --label "$name" "${@:4}"
	openssl pkey -in "$name.key" -pubout -outform DER -out pub.der
	token "$token" "$token-pin" --write-object pub.der --type pubkey \
		--id "$id" --label "$name"
	token "$token" "$token-pin" --write-object cert.der --type cert \
		--id "$id" --label "$name"
	rm key.der pub.der cert.der
}
new_signer rsa ca 50 keyUsage=digitalSignature rsa:2048
new_signer ec ca
new_signer ec384 ca 50 '' ec -pkeyopt ec_paramgen_curve:P-384
import one 01 rsa
import one 02 ec
import two 03 ec384
echo one-pin >one.pin
echo two-pin >two.pin
echo nonsense >wrong.pin
chmod 600 ./*.pin

sign() { expect "$1" "$SHVM" template sign d.vhdx --template-name n --template-version 1.0.0.0 --out x.vsc --force "${@:2}"; }
where="module-path=$module"

# Each key; the module by the URI and by the environment.
for row in one:rsa one:ec two:ec384; do
	token=${row%:*} name=${row#*:}
	sign 0 --signing-cert $name.pem --signing-key "pkcs11:token=$token;object=$name;type=private?$where" \
		--signing-key-pass-file $token.pin
	hasnt "$token-pin" out
	hasnt "$token-pin" err
	openssl cms -verify -binary -inform DER -in x.vsc -CAfile ca.pem \
		-purpose any -out /dev/null 2>err || fail "$name: $(cat err)"
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --signer $name.pem
	export PKCS11_MODULE_PATH=$module
	sign 0 --signing-cert $name.pem --signing-key "pkcs11:token=$token;object=$name" \
		--signing-key-pass-file $token.pin
	unset PKCS11_MODULE_PATH
done

# The certificate in the token as well.
sign 0 --signing-cert "pkcs11:token=one;object=rsa?$where" --signing-cert-pass-file one.pin \
	--signing-key "pkcs11:token=one;object=rsa?$where" --signing-key-pass-file one.pin
expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --signer rsa.pem
# Key and certificate in two tokens with two PINs.
sign 1 --signing-cert "pkcs11:token=one;object=rsa?$where" --signing-cert-pass-file one.pin \
	--signing-key "pkcs11:token=two;object=ec384?$where" --signing-key-pass-file two.pin
has 'does not belong to certificate' err

# Embedded, in the end.
expect 0 "$SHVM" template protect d.vhdx --template-name n --template-version 1.0.0.0 \
	--signing-cert ec.pem --signing-key "pkcs11:token=one;object=ec?$where" --signing-key-pass-file one.pin
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem

# refused CODE WORDS OPTIONS...
refused()
{
	rm -f x.vsc
	sign "$1" "${@:3}"
	has "$2" err
	hasnt 'nonsense' err
	one_line err
	[ ! -e x.vsc ] || fail "x.vsc was written"
}
refused 1 CKR_PIN_INCORRECT --signing-cert rsa.pem --signing-key "pkcs11:token=one;object=rsa?$where" --signing-key-pass-file wrong.pin
refused 1 'the token requires a PIN' --signing-cert rsa.pem --signing-key "pkcs11:token=one;object=rsa?$where"
refused 1 'no such token' --signing-cert rsa.pem --signing-key "pkcs11:token=none;object=rsa?$where" --signing-key-pass-file one.pin
refused 1 'the token contains no such private key' --signing-cert rsa.pem --signing-key "pkcs11:token=one;object=none?$where" --signing-key-pass-file one.pin
refused 1 'does not belong to certificate' --signing-cert rsa.pem --signing-key "pkcs11:token=one;object=ec?$where" --signing-key-pass-file one.pin
refused 1 '/none.so: cannot open' --signing-cert rsa.pem --signing-key "pkcs11:token=one;object=rsa?module-path=/none.so" --signing-key-pass-file one.pin
refused 2 'pin-source' --signing-cert rsa.pem --signing-key "pkcs11:token=one?pin-source=one.pin" --signing-key-pass-file one.pin
refused 1 'the token contains no such certificate' --signing-cert "pkcs11:token=one;object=none?$where" --signing-cert-pass-file one.pin --signing-key "pkcs11:token=one;object=rsa?$where" --signing-key-pass-file one.pin
refused 2 'contains a PIN' --signing-cert rsa.pem --signing-key "pkcs11:token=one;object=rsa?$where&pin-value=nonsense"

# Attributes that the engine does not know, by name and with what to use.
if openssl engine pkcs11 >/dev/null 2>&1; then
	while IFS='|' read -r attributes words; do
		refused 2 "$words" --signing-cert rsa.pem --signing-key "pkcs11:$attributes?$where" --signing-key-pass-file one.pin
	done <<-END
		tokem=one|the attribute tokem is unknown: token,
		token=one;object=rsa;x-vendor=1|the attribute x-vendor is unknown
		slot-id=0;object=rsa|the attribute slot-id is not supported: use token= or serial= to name the token
		token=one;object=rsa;slot-id=0|the attribute slot-id is not supported
		slot-description=SoftHSM;object=rsa|the attribute slot-description is not supported: use token= or serial=
		slot-manufacturer=SoftHSM;object=rsa|the attribute slot-manufacturer is not supported
		library-version=2;object=rsa|the attribute library-version is not supported: use module-path=
		library-description=2;object=rsa|the attribute library-description is not supported
		library-manufacturer=2;object=rsa|the attribute library-manufacturer is not supported
		token=one;module-path=/x.so|the attribute module-path is not supported: put it after a ?
		token=one;pin-source=one.pin|the attribute pin-source is not supported: put the PIN into the passphrase file
		token=one;object=rsa;token=two|the attribute token appears twice
		token=one;object|"object" is not an attribute with a value
		token=one;;object=rsa|"" is not an attribute with a value
		token=one;object=rsa%zz|invalid percent encoding
		token=one;object=rsa;type=cert|type=cert, but a private key is required (type=private)
		token=one;object=rsa;type=public|type=public, but a private key is required
	END
	refused 2 'type=private, but a certificate is required (type=cert)' --signing-cert "pkcs11:token=one;object=rsa;type=private?$where" --signing-key rsa.key
fi
sign 0 --signing-cert "pkcs11:token=one;object=rsa;type=cert?$where" --signing-cert-pass-file one.pin --signing-key rsa.key

# Two keys, and two certificates, with one label: which one is not guessed.
for name in rsa ec; do
	mkdir -p same-$name
	cp $name.key same-$name/same.key
	cp $name.pem same-$name/same.pem
done
softhsm2-util --init-token --free --label same --so-pin 12345678 --pin same-pin >/dev/null
echo same-pin >same.pin
chmod 600 same.pin
cp same-rsa/same.* .
import same 0a same
cp same-ec/same.* .
import same 0b same
serial=$(pkcs11-tool --module $module --list-slots | sed -n '/: same$/,/serial num/s/.*serial num *: //p')
for token in token=same "serial=$serial" 'token=same;manufacturer=SoftHSM%20project'; do
	refused 1 'same?module-path=' --signing-cert rsa.pem --signing-key "pkcs11:$token;object=same?$where" --signing-key-pass-file same.pin
	has 'matches 2 private keys, expected one: add its id (id=%0' err
	has 'id=%0a' err
	has 'id=%0b' err
done
refused 1 'matches 2 private keys' --signing-cert rsa.pem --signing-key "pkcs11:token=same?$where" --signing-key-pass-file same.pin
refused 1 'matches 2 certificates' --signing-cert "pkcs11:token=same;object=same?$where" --signing-cert-pass-file same.pin --signing-key rsa.key
for row in 0a:rsa 0b:ec; do
	id=%${row%:*} name=${row#*:}
	sign 0 --signing-cert $name.pem --signing-key "pkcs11:token=same;object=same;id=$id?$where" --signing-key-pass-file same.pin
	sign 0 --signing-cert "pkcs11:token=same;id=$id?$where" --signing-cert-pass-file same.pin \
		--signing-key "pkcs11:token=same;id=$id?$where" --signing-key-pass-file same.pin
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --signer $name.pem
done

# A key that the token does not let sign.
new_signer deaf ca 50 keyUsage=digitalSignature rsa:2048
import one 04 deaf
python3 "$ROOT/tests/interop/pkcs11-forbid-signing.py" $module one one-pin deaf
refused 1 'CKR_KEY_FUNCTION_NOT_PERMITTED' --signing-cert deaf.pem --signing-key "pkcs11:token=one;object=deaf?$where" --signing-key-pass-file one.pin

# A module that is none.
cp "$ROOT/Makefile" fake.so
refused 1 'fake.so: invalid ELF header' --signing-cert rsa.pem --signing-key "pkcs11:token=one;object=rsa?module-path=$PWD/fake.so" --signing-key-pass-file one.pin
