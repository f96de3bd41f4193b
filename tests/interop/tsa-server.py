# A timestamp authority for tests: openssl ts through HTTP on 127.0.0.1; the
# path says how it misbehaves. usage: tsa-server.py TS.CONF [CERT KEY]; with the
# two it speaks TLS. Prints its port.
import http.server
import os
import ssl
import subprocess
import sys
import tempfile
import time

conf = sys.argv[1]
last = []


def reply(query, options=()):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "q")
        with open(path, "wb") as f:
            f.write(query)
        return subprocess.run(
            ["openssl", "ts", "-reply", "-config", conf, "-queryfile", path, *options],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


class Handler(http.server.BaseHTTPRequestHandler):
    def send(self, status, kind, body, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # the other side had enough

    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        kind = "application/timestamp-reply"
        if self.headers["Content-Type"] != "application/timestamp-query":
            self.send(415, "text/plain", b"")
        elif self.path == "/good":
            last[:] = [reply(query)]
            self.send(200, kind, last[0])
        elif self.path == "/503":
            self.send(503, "text/html", b"<html>")
        elif self.path == "/redirect":
            self.send(302, kind, b"", [("Location", "/good")])
        elif self.path == "/html":
            self.send(200, "text/html", b"<html>")
        elif self.path == "/junk":
            self.send(200, kind, b"\x30\x03\x02\x01\x00junk")
        elif self.path == "/huge":
            self.send(200, kind, bytes(3 << 20))
        elif self.path == "/refused":
            with tempfile.NamedTemporaryFile() as data:
                other = subprocess.run(
                    ["openssl", "ts", "-query", "-sha1", "-data", data.name],
                    check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout
            self.send(200, kind, reply(other))
        elif self.path == "/replay":
            self.send(200, kind, last[0])
        elif self.path == "/never":
            time.sleep(600)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
