#!/usr/bin/env python3
"""An RFC 3161 timestamp authority for tests: openssl ts and HTTP.

usage: timestamp-authority.py FOLDER

Creates a CA and an authority in FOLDER unless they exist, listens on a free
port of 127.0.0.1, and continues in the background. FOLDER then has ca.pem (what
a verifier trusts), url (where it listens) and pid (kill ends it). Not for
production: the keys are not encrypted, and any process may request timestamps.
"""
import http.server
import os
import subprocess
import sys
import tempfile

LARGEST_QUERY = 64 << 10


class Failed(Exception):
    """The error output of openssl."""


CONF = """\
[tsa]
default_tsa = t
[t]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/ca.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


def openssl(*arguments):
    """Run openssl; return what it prints."""
    done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise Failed("openssl %s: %s" % (arguments[0], done.stderr.decode(errors="replace")))
    return done.stdout


def certificate(folder, name, subject, days, *more):
    """A new key in NAME.key and its certificate in NAME.pem."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-sha256", "-days", str(days), "-subj", subject,
            "-keyout", "%s/%s.key" % (folder, name), "-out", "%s/%s.pem" % (folder, name),
            *more)


def make(folder):
    """The CA, the authority, and the configuration of openssl ts."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if not os.path.exists(folder + "/tsa.pem"):
        certificate(folder, "ca", "/O=Sample/CN=Sample timestamp CA", 7300,
                    "-addext", "keyUsage=critical,keyCertSign")
        certificate(folder, "tsa", "/O=Sample/CN=Sample timestamp authority", 3650,
                    "-CA", folder + "/ca.pem", "-CAkey", folder + "/ca.key",
                    "-addext", "basicConstraints=critical,CA:FALSE",
                    "-addext", "keyUsage=critical,digitalSignature",
                    "-addext", "extendedKeyUsage=critical,timeStamping")
        with open(folder + "/serial", "w", encoding="ascii") as f:
            f.write("01\n")
    with open(folder + "/ts.conf", "w", encoding="utf-8") as f:
        f.write(CONF.format(folder=folder))


class Authority(http.server.BaseHTTPRequestHandler):
    """Answers a POST of a timestamp query."""

    folder = None
    timeout = 10  # for a client that sends nothing

    def do_POST(self):  # pylint: disable=invalid-name
        size = self.headers.get("Content-Length", "")
        if self.headers.get("Content-Type") != "application/timestamp-query":
            self.send_error(415)
            return
        if not size.isascii() or not size.isdigit() or not 0 < int(size) <= LARGEST_QUERY:
            self.send_error(413)
            return
        with tempfile.NamedTemporaryFile() as query:
            query.write(self.rfile.read(int(size)))
            query.flush()
            try:
                body = openssl("ts", "-reply", "-config", self.folder + "/ts.conf",
                               "-queryfile", query.name)
            except Failed:
                self.send_error(500)
                return
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: timestamp-authority.py FOLDER")
    folder = os.path.abspath(sys.argv[1])
    os.umask(0o077)
    try:
        make(folder)
    except (Failed, OSError) as e:
        sys.exit("timestamp-authority: %s" % e)
    Authority.folder = folder
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Authority)
    child = os.fork()
    if child:
        with open(folder + "/pid", "w", encoding="ascii") as f:
            f.write("%d\n" % child)
        with open(folder + "/url", "w", encoding="ascii") as f:
            f.write("http://127.0.0.1:%d/\n" % server.server_port)
        return
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in 0, 1, 2:
        os.dup2(nothing, standard)
    server.serve_forever()


if __name__ == "__main__":
    main()
