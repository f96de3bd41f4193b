# openssl cms and ours read each other; a changed byte is refused by both.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

windows_disk d.vhdx
new_ca ca
new_signer rsa ca 50 'keyUsage=digitalSignature\nextendedKeyUsage=codeSigning' rsa:2048
new_signer rsa4096 ca 50 keyUsage=digitalSignature rsa:4096
new_signer pss ca 50 keyUsage=digitalSignature rsa-pss -pkeyopt rsa_keygen_bits:2048
new_signer ec ca
new_signer ec384 ca 50 '' ec -pkeyopt ec_paramgen_curve:P-384
verify() { openssl cms -verify -binary -inform DER -in "$1" -CAfile ca.pem -purpose any "${@:2}" 2>cms.err; }

# What we sign.
for name in rsa rsa4096 pss ec ec384; do
	expect 0 "$SHVM" template sign d.vhdx --template-name n --template-version 1.0.0.0 \
		--signing-cert $name.pem --signing-key $name.key --out $name.vsc
	verify $name.vsc -out $name.xml || fail "$name: $(cat cms.err)"
	has '<Template Name="n" Version="1.0.0.0" DiskType="MicrosoftWindows"/>' $name.xml
	verify $name.vsc -cades -out /dev/null || fail "$name, CAdES: $(cat cms.err)"
	openssl cms -cmsout -print -noout -inform DER -in $name.vsc >print
	for attribute in id-smime-aa-signingCertificateV2 signingTime messageDigest contentType; do
		has "$attribute" print
	done
	hasnt S/MIME print
	openssl cms -verify -binary -inform DER -in $name.vsc -CAfile $name.pem \
		-partial_chain -purpose any -out /dev/null 2>cms.err || fail "$name: $(cat cms.err)"
	flip $name.vsc "$(where 1.0.0.0 $name.vsc)"
	! verify $name.vsc -out /dev/null || fail "$name: openssl takes a changed one"
	expect 3 "$SHVM" template verify d.vhdx --catalog $name.vsc --ca ca.pem
done

# What openssl signs, over our content.
for row in "rsa" "rsa -md sha384" "rsa -md sha512" "ec" "ec384 -md sha384" \
	"rsa -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest" \
	"pss -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest"; do
	read -ra words <<<"$row"
	name=${words[0]}
	openssl cms -sign -binary -nodetach -cades -in ec.xml -outform DER -out o.vsc \
		-signer "$name.pem" -inkey "$name.key" "${words[@]:1}" 2>cms.err ||
		fail "$row: $(cat cms.err)"
	expect 0 "$SHVM" template verify d.vhdx --catalog o.vsc --ca ca.pem
	expect 0 "$SHVM" template verify d.vhdx --catalog o.vsc --signer "$name.pem"
done

# And what of its messages is none of ours.
bad()
{
	local words=$1
	shift
	openssl cms -sign -binary -nodetach -in ec.xml -outform DER -out o.vsc "$@"
	expect 3 "$SHVM" template verify d.vhdx --catalog o.vsc --ca ca.pem --json
	json_is .reason bad-catalog out
	has "$words" out
}
# One salt length, and a chain only where the signer names it.
bad 'signature algorithm is not in the accepted form' -cades -signer rsa.pem -inkey rsa.key \
	-keyopt rsa_padding_mode:pss
bad 'does not list exactly' -cades -certfile ca.pem -signer ec.pem -inkey ec.key
bad 'signing-certificate-v2 attribute is missing' -signer ec.pem -inkey ec.key
bad 'sha1 is not allowed' -cades -signer rsa.pem -inkey rsa.key -md sha1
bad '2 signers' -cades -signer rsa.pem -inkey rsa.key -signer ec.pem -inkey ec.key
bad 'no certificate' -cades -nocerts -signer ec.pem -inkey ec.key
bad 'version number' -cades -keyid -signer ec.pem -inkey ec.key
bad 'not id-data' -cades -econtent_type pkcs7-digestData -signer ec.pem -inkey ec.key
openssl cms -sign -binary -cades -in ec.xml -outform DER -out o.vsc -signer ec.pem -inkey ec.key
expect 3 "$SHVM" template verify d.vhdx --catalog o.vsc --ca ca.pem --json
has 'has no content' out
openssl cms -sign -binary -nodetach -cades -in ec.xml -outform PEM -out o.vsc -signer ec.pem -inkey ec.key
expect 3 "$SHVM" template verify d.vhdx --catalog o.vsc --ca ca.pem --json
has 'not a CMS message' out
openssl cms -sign -binary -nodetach -cades -stream -in ec.xml -outform DER -out o.vsc -signer ec.pem -inkey ec.key
expect 3 "$SHVM" template verify d.vhdx --catalog o.vsc --ca ca.pem --json
has 'not in DER' out
