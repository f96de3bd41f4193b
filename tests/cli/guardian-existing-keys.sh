# Guardians of keys that are there: PEM, PKCS#12, and the refusals.
. "$ROOT/tests/cli/lib.sh"
need openssl

pair()
{
	openssl req -x509 -newkey rsa:2048 -noenc -keyout "$1.key" -out "$1.crt" \
		-subj "/CN=$1" -days 30 -addext "keyUsage=$2" 2>/dev/null
}
pair s digitalSignature
pair e keyEncipherment

expect 0 "$SHVM" guardian new g --out-dir d --signing-key s.key --signing-cert s.crt --encryption-cert e.crt --json
json_is .guardian.signing.subject CN=s out
json_is '.files | keys | join(",")' metadata out
[ "$(ls d)" = g.xml ] || fail "more than the metadata: $(ls d)"
expect 0 "$SHVM" guardian export --signing-key s.key --signing-cert s.crt --encryption-key e.key --encryption-cert e.crt --out x.xml
same d/g.xml x.xml

# PKCS#12: key and certificate together, with a passphrase.
(umask 077; echo pw >pw; echo wrong >wrong)
openssl pkcs12 -export -in s.crt -inkey s.key -passout file:pw -out s.pfx
openssl pkcs12 -export -in e.crt -inkey e.key -passout file:pw -out e.pfx
expect 0 "$SHVM" guardian export --signing-key s.pfx --signing-key-pass-file pw --encryption-key e.pfx --encryption-key-pass-file pw --out y.xml
same d/g.xml y.xml
expect 1 "$SHVM" guardian export --signing-key s.pfx --signing-key-pass-file wrong --encryption-cert e.crt --out z.xml
one_line err
hasnt wrong out

expect 1 "$SHVM" guardian export --signing-key e.key --signing-cert s.crt --encryption-cert e.crt --out z.xml
has 'signing key' err
expect 1 "$SHVM" guardian export --signing-key s.key --signing-cert s.crt --encryption-cert s.crt --out z.xml
has 'neither keyEncipherment nor dataEncipherment' err
expect 1 "$SHVM" guardian export --signing-key e.key --signing-cert e.crt --encryption-cert e.crt --out z.xml
has 'digitalSignature' err
expect 2 "$SHVM" guardian export --signing-key s.key --encryption-cert e.crt --out z.xml
has 'no signing certificate' err
expect 2 "$SHVM" guardian new g --out-dir d --signing-key s.key --signing-cert s.crt --encryption-cert e.crt --bits 2048 --force
has 'existing keys' err
expect 2 "$SHVM" guardian new h --out-dir d --encryption-cert e.crt
has '--signing-key is required' err

openssl req -x509 -newkey rsa:1024 -noenc -keyout w.key -out w.crt -subj /CN=w -days 30 2>/dev/null
expect 1 "$SHVM" guardian export --signing-key w.key --signing-cert w.crt --encryption-cert e.crt --out z.xml
has '1024 bits' err
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout c.key -out c.crt -subj /CN=c -days 30 2>/dev/null
expect 1 "$SHVM" guardian export --signing-key c.key --signing-cert c.crt --encryption-cert e.crt --out z.xml
has 'is EC, not RSA' err
[ ! -e z.xml ] || fail something was written
