# Metadata from a URL: the path is put in, redirects and large answers are
# refused, and a peer that is not there is worth another try.
. "$ROOT/tests/cli/lib.sh"
need python3 openssl

"$SHVM" guardian new fab --out g --no-encryption --bits 2048 --quiet >/dev/null
cat >server.py <<'PY'
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a): pass
    def do_GET(self):
        good = open("g/fab.xml", "rb").read()
        p = self.path
        if p in ("/keyprotection/service/metadata/2014-07/metadata.xml", "/own?x=1"):
            self.reply(200, good)
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
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
print(s.server_port, t.server_port, flush=True)
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
has '--fingerprint' err
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
expect 2 "$SHVM" guardian import "http://me:secret@127.0.0.1/" --out d.xml
hasnt secret err
hasnt secret out
# A proxy of the environment is not asked.
http_proxy=http://127.0.0.1:1 expect 0 "$SHVM" guardian import "$url" --out e.xml --allow-untrusted-root
[ ! -e d.xml ] || fail a failed transfer left a file
