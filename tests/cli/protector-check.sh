# The check list: a good protector, and bad ones with the step that failed.
. "$ROOT/tests/cli/lib.sh"
need xmllint openssl

for n in owner fab; do
	"$SHVM" guardian new $n --out-dir g --no-encryption --bits 2048 --quiet >/dev/null
done
"$SHVM" protector new --owner g/owner.xml --owner-signing-key g/owner-signing.pfx --guardian g/fab.xml --allow-untrusted-root --out kp --quiet >/dev/null
tail -c +5 kp >kp.xml
xmllint --noout --relaxng "$ROOT/docs/protector.rng" kp.xml 2>/dev/null || fail schema

expect 0 "$SHVM" protector check kp --json
json_is .verdict good out
json_is '[.checks[] | select(.outcome == "skipped") | .id] | join(",")' transport-key-signature out
expect 0 "$SHVM" protector check kp --key g/owner-encryption.pfx --json
json_is '[.checks[] | select(.outcome != "passed")] | length' 0 out
json_is '.checks | length' 18 out
fingerprint() { openssl pkcs12 -in "$1" -nokeys -passin pass: 2>/dev/null | openssl x509 -outform DER | sha256sum | cut -d ' ' -f 1; }
of_owner=$(fingerprint g/owner-signing.pfx)
of_fab=$(fingerprint g/fab-signing.pfx)

# A good one says whose it is, wherever the owner stands, and who signed it.
# whose PROTECTOR OWNER SIGNER
whose()
{
	expect 0 "$SHVM" protector check "$1" --json
	json_is '.checks[] | select(.id == "owner") | .text' "$2" out
	json_is '.checks[] | select(.id == "guardian-signature") | .text' "$3" out
	expect 0 "$SHVM" protector check "$1"
	grep -q "^passed *owner *$2\$" out || fail "no owner: $(cat out)"
	grep -q "^passed *guardian-signature .*: $3\$" out ||
		fail "no signer: $(cat out)"
}
whose kp "wrapping 1, SHA-256 $of_owner" "by the owner, SHA-256 $of_owner"

bad() # SED-EXPRESSION STEP WRAPPING
{
	sed "$1" kp.xml >bad.xml
	cmp -s kp.xml bad.xml && fail "nothing changed: $1"
	expect 3 "$SHVM" protector check bad.xml --key g/owner-encryption.pfx --json
	json_is .verdict bad out
	json_is .reason bad-protector out
	json_is "[.checks[] | select(.outcome == \"failed\") | \"\(.id)/\(.object)\"] | index(\"$2/$3\") != null" true out
}
bad 's/<Id>2</<Id>1</' wrapping-ids null
bad 's/ParentWrappingId="1"/ParentWrappingId="2"/' owner null
bad 's/<GuardianSignature WrappingId="1"/<GuardianSignature WrappingId="3"/' guardian-signature 'wrapping 3'
bad 's/#hkdf/#other/' transport-key-signature null
bad 's/<Id>2</<Id>3</' guardian-signature 'wrapping 1'
bad 's/<Protector /<Protector  /' exact-form null
bad 's/<Wrapping>/<Wrapper>/' well-formed null
bad 's/xmlenc11#rsa-oaep/xmlenc11#other/' transport-key 'wrapping 1'

# Unknown algorithms are shown and refused by name.
sed 's/xmlenc11#rsa-oaep/xmlenc11#other/' kp.xml >bad.xml
expect 0 "$SHVM" protector show bad.xml
has 'xmlenc11#other' out
expect 3 "$SHVM" protector check bad.xml
has 'unknown algorithm "http://www.w3.org/2009/xmlenc11#other"' out
expect 1 "$SHVM" protector show g/owner.xml
one_line err
