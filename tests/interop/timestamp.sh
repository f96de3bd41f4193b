# RFC 3161 with `openssl ts` as the authority, through a small HTTP server.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

need openssl python3
windows_disk d.vhdx
new_ca ca
new_ca tsa-ca
new_signer signer ca
new_signer tsa tsa-ca 50 'extendedKeyUsage=critical,timeStamping'
echo 01 >serial
cat >ts.conf <<END
[tsa]
default_tsa = t
[t]
serial = $PWD/serial
signer_cert = $PWD/tsa.pem
signer_key = $PWD/tsa.key
certs = $PWD/tsa-ca.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
END
new_signer tls tsa-ca 50 'subjectAltName=IP:127.0.0.1'
python3 "$ROOT/tests/interop/tsa-server.py" ts.conf >port 2>server.log &
servers=$!
python3 "$ROOT/tests/interop/tsa-server.py" ts.conf tls.pem tls.key >tls-port 2>tls-server.log &
servers="$servers $!"
trap 'kill $servers' EXIT
for _ in $(seq 600); do
	[ -s port ] && [ -s tls-port ] && break
	sleep 0.1
done
url=http://127.0.0.1:$(cat port)
tls_url=https://127.0.0.1:$(cat tls-port)
unset http_proxy https_proxy all_proxy ALL_PROXY HTTPS_PROXY
sign=("$SHVM" template sign d.vhdx --template-name n --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key)

expect 0 "${sign[@]}" --out x.vsc --timestamp-url "$url/good" --json
[ "$(jq -r .timestamp out)" != null ] || fail "no timestamp"
expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca ca.pem
expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca ca.pem --tsa-ca tsa-ca.pem
openssl cms -verify -binary -inform DER -in x.vsc -CAfile ca.pem -purpose any \
	-out /dev/null 2>cms.err || fail "$(cat cms.err)"

# After the certificate's end a trusted stamp counts. The authority's own
# certificates are judged now, which is 2040 here: use one that lasts.
expect 3 "$SHVM" template verify d.vhdx --catalog x.vsc --ca ca.pem --at 2040-01-01
has 'certificate-expired' out
has 'is not used without a trusted timestamp authority' out
expect 3 "$SHVM" template verify d.vhdx --catalog x.vsc --ca ca.pem --at 2040-01-01 \
	--tsa-ca ca.pem
has 'the timestamp is not used: timestamp: certificate verify error' out
openssl req -x509 -key tsa-ca.key -out tsa-ca.pem -subj /CN=tsa-ca -days 9000
new_signer tsa tsa-ca 8000 'extendedKeyUsage=critical,timeStamping'
expect 0 "${sign[@]}" --out x.vsc --force --timestamp-url "$url/good"
expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca ca.pem --at 2040-01-01 \
	--tsa-ca tsa-ca.pem
expect 3 "$SHVM" template verify d.vhdx --catalog x.vsc --ca ca.pem --at 2040-01-01

# The same for a shielding data file that trusts this template.
expect 0 "$SHVM" guardian new owner --out-dir . --no-encryption --bits 2048
unattend '' >unattend.xml
expect 0 "$SHVM" pdk create m.pdk --owner owner.xml --owner-signing-key owner-signing.pfx \
	--trust x.vsc:Equals --signer signer.pem --tsa-ca tsa-ca.pem --answer-file unattend.xml
check=("$SHVM" pdk check m.pdk --disk d.vhdx --catalog x.vsc --key owner-encryption.pfx --json)
# The signer has expired then, the owner has not.
later=$(date -u -d "+2 years" +%FT%TZ)
expect 0 "${check[@]}" --at "$later" --tsa-ca tsa-ca.pem
expect 3 "${check[@]}" --at "$later"
json_is .reason certificate-expired out
expect 3 "${check[@]}" --at "$later" --tsa-ca ca.pem
json_is .reason certificate-expired out
has 'the timestamp is not used: timestamp: certificate verify error' out

# Answers that are none: exit 75, no file.
rm x.vsc
cp d.vhdx keep.vhdx
for row in "503:HTTP status 503" "redirect:HTTP status 302" "html:not a timestamp reply" \
	"junk:not a TimeStampResp" "huge:" "refused:refused (PKIStatus 2)" "replay:does not match the request"; do
	expect 75 "${sign[@]}" --out x.vsc --timestamp-url "$url/${row%%:*}"
	has "${row#*:}" err
	has 127.0.0.1 err
	one_line err
	[ ! -e x.vsc ] || fail "x.vsc was written"
	expect 75 "$SHVM" template protect d.vhdx --template-name n --template-version 1.0.0.0 \
		--signing-cert signer.pem --signing-key signer.key --timestamp-url "$url/${row%%:*}"
	same d.vhdx keep.vhdx
done
expect 75 "${sign[@]}" --out x.vsc --timestamp-url http://127.0.0.1:1/

# A server with a certificate of a private CA.
expect 3 "${sign[@]}" --out x.vsc --timestamp-url "$tls_url/good" --json
json_is .error.reason tls out
expect 3 "${sign[@]}" --out x.vsc --timestamp-url "$tls_url/good" --tls-ca ca.pem
has "TLS certificate of the server" err
expect 0 "${sign[@]}" --out x.vsc --timestamp-url "$tls_url/good" --tls-ca tsa-ca.pem
rm x.vsc
expect 1 "${sign[@]}" --out x.vsc --timestamp-url "$tls_url/good" --tls-ca serial
has 'serial: contains no key or certificate' err
expect 2 "${sign[@]}" --out x.vsc --tls-ca tsa-ca.pem
has 'tsa-ca.pem: a CA for the timestamp authority was given, but no URL' err
for bad in http:// https:///path ftp://127.0.0.1/ 127.0.0.1 ''; do
	expect 2 "${sign[@]}" --out x.vsc --timestamp-url "$bad"
	has "\"$bad\": not an http:// or https:// URL" err
done
expect 2 "${sign[@]}" --out x.vsc --timestamp-url 'https://me:geheim@127.0.0.1/'
hasnt geheim err

# There is no wait for an authority that does not answer.
env --default-signal=INT "${sign[@]}" --out x.vsc --timestamp-url "$url/never" >out 2>err &
interrupt $! 'waiting for the authority' \
	grep -qs ":$(printf %04X "$(cat port)") 01 " /proc/$!/net/tcp
[ $SECONDS -lt 50 ] || fail "only its own time limit ended the wait"
has '/never: interrupted' err
[ ! -e x.vsc ] || fail "x.vsc was written"
