# Metadata from a URL: the path is put in, redirects and large answers are
# refused, and a peer that is not there is worth another try.
. "$ROOT/tests/cli/lib.sh"
need python3 openssl

for name in fab own more; do
	"$SHVM" guardian new $name --out-dir g --no-encryption --bits 2048 --quiet >/dev/null
done
cat >server.py <<'PY'
import http.server, sys, time
class H(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a): pass
    def do_GET(self):
        good = open("g/fab.xml", "rb").read()
        p = self.path
        if p in ("/keyprotection/service/metadata/2014-07/metadata.xml", "/own?x=1"):
            self.reply(200, good)
        elif p == "/owner":
            self.reply(200, open("g/own.xml", "rb").read())
        elif p == "/busy":
            self.reply(503, b"")
        elif p == "/moved":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
        elif p == "/large":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(40):
                    self.wfile.write(b" " * 65536)
            except OSError:
                pass
        elif p == "/announced":
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 30))
            self.end_headers()
        elif p == "/short":
            self.send_response(200)
            self.send_header("Content-Length", str(len(good)))
            self.end_headers()
            self.wfile.write(good[:100])
        elif p == "/never":
            time.sleep(600)
        else:
            self.reply(404, b"<html/>")
    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
import ssl, threading
t = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain("tls.crt", "tls.key")
t.socket = c.wrap_socket(t.socket, server_side=True)
t.handle_error = lambda *a: None
threading.Thread(target=t.serve_forever, daemon=True).start()
t.daemon_threads = True
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
print(s.server_port, t.server_port, flush=True)
s.daemon_threads = True
s.serve_forever()
PY
openssl req -x509 -newkey rsa:2048 -noenc -keyout tls.key -out tls.crt -days 3 \
	-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
python3 server.py >port &
server=$!
trap 'kill $server 2>/dev/null' EXIT
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
read -r plain tls <port
url=http://127.0.0.1:$plain

expect 0 "$SHVM" guardian import "$url" --out a.xml --allow-untrusted-root
same g/fab.xml a.xml
expect 0 "$SHVM" guardian import "$url/" --out b.xml --allow-untrusted-root
same g/fab.xml b.xml
expect 0 "$SHVM" guardian import "$url/own?x=1" --out c.xml --allow-untrusted-root
expect 3 "$SHVM" guardian import "$url" --out d.xml
has '--guardian-fingerprint' err
expect 0 "$SHVM" guardian show "$url"

expect 1 "$SHVM" guardian import "$url/nothing" --out d.xml --allow-untrusted-root
has 'HTTP status 404' err
expect 1 "$SHVM" guardian import "$url/moved" --out d.xml --allow-untrusted-root
has 'redirects are not followed' err
expect 1 "$SHVM" guardian import "$url/large" --out d.xml --allow-untrusted-root
has 'larger than 1048576' err
expect 1 "$SHVM" guardian import "$url/announced" --out d.xml --allow-untrusted-root
has 'larger than 1048576' err
expect 75 "$SHVM" guardian import "$url/busy" --out d.xml --allow-untrusted-root
has 'HTTP status 503' err
expect 75 "$SHVM" guardian import "$url/short" --out d.xml --allow-untrusted-root
expect 75 "$SHVM" guardian import http://127.0.0.1:1 --out d.xml --allow-untrusted-root --json
json_is .error.code network out
# The server's certificate is looked at, and no option turns that off.
expect 3 "$SHVM" guardian import "https://127.0.0.1:$tls" --out d.xml --allow-untrusted-root --json
json_is .error.reason tls out
# Whose, an option says: that of a private CA, and no other.
import=("$SHVM" guardian import --out d.xml --allow-untrusted-root)
expect 0 "$SHVM" guardian import "https://127.0.0.1:$tls" --out f.xml --allow-untrusted-root \
	--tls-ca tls.crt
same g/fab.xml f.xml
expect 0 "$SHVM" guardian show "https://127.0.0.1:$tls" --tls-ca tls.crt
# It is read once: a pipe will do, and so will DER.
expect 0 "$SHVM" guardian show "https://127.0.0.1:$tls" --tls-ca <(cat tls.crt)
openssl x509 -in tls.crt -outform DER -out tls.der
expect 0 "$SHVM" guardian show "https://127.0.0.1:$tls" --tls-ca tls.der
expect 3 "$SHVM" guardian show "https://127.0.0.1:$tls"
expect 0 "$SHVM" protector new --owner g/own.xml --owner-signing-key g/own-signing.pfx \
	--guardian "https://127.0.0.1:$tls" --allow-untrusted-root --tls-ca tls.crt --out p
# And so in shielding data files.
by=https://127.0.0.1:$tls
own="--owner-signing-key g/own-signing.pfx --owner-encryption-key g/own-encryption.pfx"
echo x >x
vm="--owner $by/owner --owner-signing-key g/own-signing.pfx --existing-vm --file x"
expect 0 "$SHVM" pdk create x.pdk $vm --guardian "$by" --allow-untrusted-root --tls-ca tls.crt
expect 0 "$SHVM" pdk show x.pdk --key g/fab-encryption.pfx
expect 3 "$SHVM" pdk create y.pdk $vm --guardian "$by" --allow-untrusted-root
has '[tls]' err
expect 2 "$SHVM" pdk grant x.pdk $own --guardian g/more.xml --allow-untrusted-root --tls-ca tls.crt --out y.pdk
has '--tls-ca requires an https:// URL' err
expect 0 "$SHVM" pdk revoke x.pdk $own --guardian "$by" --tls-ca tls.crt --out y.pdk
expect 3 "$SHVM" pdk show y.pdk --key g/fab-encryption.pfx
expect 0 "$SHVM" pdk grant y.pdk $own --guardian "$url" --allow-untrusted-root --out z.pdk
expect 0 "$SHVM" pdk show z.pdk --key g/fab-encryption.pfx
jq -n --arg o "$by/owner" --arg g "$by" '{schema: 2, owner: $o, owner_signing_key: "../g/own-signing.pfx",
	guardians: [$g], tls_ca: "../tls.crt", allow_untrusted_root: true, existing_vm: true,
	files: ["../x"]}' >g/spec.json
expect 0 "$SHVM" pdk create s.pdk --spec g/spec.json
# The owner's document may come that way, too, in each command that wants it.
for command in "new --guardian g/fab.xml --allow-untrusted-root" \
	"grant p --guardian g/more.xml --allow-untrusted-root $own" \
	"revoke p --guardian $by $own"; do
	[ "${command%% *}" != new ] || command="$command --owner-signing-key g/own-signing.pfx"
	# shellcheck disable=SC2086
	expect 0 "$SHVM" protector $command --owner "$by/owner" --tls-ca tls.crt --out q --force
	# shellcheck disable=SC2086
	expect 3 "$SHVM" protector $command --owner "$by/owner" --out q --force
	has '[tls]' err
	command=${command/"$by"/g/fab.xml}
	# shellcheck disable=SC2086
	expect 2 "$SHVM" protector $command --owner g/own.xml --tls-ca tls.crt --out q --force
	has '--tls-ca requires an https:// URL' err
done
openssl req -x509 -newkey rsa:2048 -noenc -keyout other.key -out other.crt -days 3 \
	-subj /CN=localhost 2>/dev/null
expect 3 "${import[@]}" "https://127.0.0.1:$tls" --tls-ca other.crt --json
json_is .error.reason tls out
expect 1 "${import[@]}" "https://127.0.0.1:$tls" --tls-ca server.py
has 'server.py: contains no key or certificate' err
expect 1 "${import[@]}" "https://127.0.0.1:$tls" --tls-ca none
for source in "$url" g/fab.xml; do
	expect 2 "${import[@]}" "$source" --tls-ca tls.crt
	has '--tls-ca requires an https:// URL' err
	expect 2 "$SHVM" guardian show "$source" --tls-ca tls.crt
done

# There is no wait for a service that does not answer.
for command in "guardian import $url/never --out d.xml" "guardian show $url/never" \
	"protector new --owner g/own.xml --owner-signing-key g/own-signing.pfx --guardian $url/never --out d.xml"; do
	# shellcheck disable=SC2086
	env --default-signal=INT "$SHVM" $command >out 2>err &
	interrupt $! "$command" grep -qs ":$(printf %04X "$plain") 01 " /proc/$!/net/tcp
	[ $SECONDS -lt 50 ] || fail "only its own time limit ended the wait"
	has '/never: interrupted' err
	one_line err
done
expect 2 "$SHVM" guardian import "http://me:secret@127.0.0.1/" --out d.xml
hasnt secret err
hasnt secret out
# A proxy of the environment is not asked.
http_proxy=http://127.0.0.1:1 expect 0 "$SHVM" guardian import "$url" --out e.xml --allow-untrusted-root
[ ! -e d.xml ] || fail a failed transfer left a file
