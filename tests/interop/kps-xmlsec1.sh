# xmlsec1 and xmllint, which we did not write, accept what we write and refuse
# a changed byte; we accept what xmlsec1 signs.
. "$ROOT/tests/cli/lib.sh"
need xmlsec1 xmllint openssl

"$SHVM" guardian new fab --out-dir g --no-encryption --bits 2048 --quiet >/dev/null
openssl pkcs12 -in g/fab-signing.pfx -passin pass: -noenc -nocerts -out k.pem 2>/dev/null
openssl pkcs12 -in g/fab-signing.pfx -passin pass: -nokeys -out c.pem 2>/dev/null
xmllint --noout --relaxng "$ROOT/docs/guardian.rng" g/fab.xml || fail xmllint
xmlsec1 --verify --pubkey-cert-pem c.pem g/fab.xml >log 2>&1 || fail "xmlsec1: $(cat log)"

# One byte anywhere in the content.
sed 's/<Version>1</<Version>2</' g/fab.xml >bad.xml
xmlsec1 --verify --pubkey-cert-pem c.pem bad.xml >log 2>&1 && fail xmlsec1 accepts a changed byte

# A document that xmlsec1 signs, with a reference by ID and RSA-SHA512.
python3 - <<'PY'
import re
s = open("g/fab.xml").read()
s = s.replace('<Metadata ', '<Metadata ID="_meta1" ', 1).replace('URI=""', 'URI="#_meta1"')
s = s.replace("<SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"",
              "<SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512\"")
s = s.replace("xmlenc#sha256", "xmlenc#sha512")
s = re.sub(r"<DigestValue>.*?</DigestValue>", "<DigestValue/>", s)
head, tail = s.split("</SignedInfo>")
tail = re.sub(r"<SignatureValue>.*?</SignatureValue>", "<SignatureValue/>", tail)
tail = re.sub(r"<X509Data>.*</X509Data>", "<X509Data/>", tail)
open("template.xml", "w").write(head + "</SignedInfo>" + tail)
PY
xmlsec1 --sign --id-attr:ID Metadata --privkey-pem k.pem,c.pem --output theirs.xml template.xml 2>log || fail "$(cat log)"
expect 0 "$SHVM" guardian import theirs.xml --out y.xml --allow-untrusted-root --json
json_is .guardian.document.algorithm http://www.w3.org/2001/04/xmldsig-more#rsa-sha512 out
sed 's/_meta1/_meta2/' theirs.xml >bad.xml
expect 1 "$SHVM" guardian import bad.xml --out z.xml --allow-untrusted-root
has 'does not refer to the whole document' err

# A signer of an elliptic curve, as some services have.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout ec.key -out ec.crt -subj /CN=node -days 30 2>/dev/null
sed 's/rsa-sha512/ecdsa-sha256/' template.xml >ec-template.xml
xmlsec1 --sign --id-attr:ID Metadata --privkey-pem ec.key,ec.crt --output ec.xml ec-template.xml 2>log || fail "$(cat log)"
print=$(openssl x509 -in ec.crt -outform DER | sha256sum | cut -c1-64)
own=$(openssl x509 -in c.pem -outform DER | sha256sum | cut -c1-64)
expect 3 "$SHVM" guardian import ec.xml --out z.xml --guardian-fingerprint "$own"
has "the document's signer" err
expect 0 "$SHVM" guardian import ec.xml --out z.xml --guardian-fingerprint "$own" --guardian-fingerprint "$print"
