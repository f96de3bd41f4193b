# A second implementation of docs/FORMAT-PROTECTOR.md, written from that text,
# with Python's cryptography and a canonical form of its own:
#   kps-python.py open KP KEY.pem       prints ok and the number of wrappings
#   kps-python.py make OUT OWNER FAB...  each NAME has NAME.sign.pem/.crt and
#                                        NAME.enc.pem/.crt
import base64, os, sys
import xml.etree.ElementTree as ET
from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NS = "http://schemas.microsoft.com/kps/2014/07"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)

def b64(data):
    return base64.b64encode(data).decode()

def q(*names):
    return "/".join("{%s}%s" % (NS, n) for n in names)

def mac(key, data):
    derived = HKDF(hashes.SHA256(), 32, None, b"shvm protector mac 1").derive(key)
    h = hmac.HMAC(derived, hashes.SHA256())
    h.update(data)
    return h.finalize()

def check(cert, signature, data):
    cert.public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())

def value(node, *names):
    return base64.b64decode(node.find(q(*names)).text, validate=True)

def cert_of(node, name):
    return x509.load_der_x509_certificate(value(node, name))

def der(cert):
    return cert.public_bytes(serialization.Encoding.DER)

# Exclusive canonical form of Wrappings. C14N 2.0 of ElementTree with rewritten
# prefixes would differ, so the tree is written by hand: it holds no more than
# three namespaces, no comments and no special characters.
PREFIX = {NS: "", DS: "ds", XENC11: "xenc11"}

def canonical(node, seen=()):
    ns, name = node.tag[1:].split("}")
    tag = name if not PREFIX[ns] else PREFIX[ns] + ":" + name
    out = "<" + tag
    if ns not in seen:
        out += ' xmlns%s="%s"' % (":" + PREFIX[ns] if PREFIX[ns] else "", ns)
    for key in sorted(node.attrib):
        out += ' %s="%s"' % (key, node.attrib[key])
    out += ">" + (node.text or "")
    for child in node:
        out += canonical(child, (*seen, ns)) + (child.tail or "")
    return out + "</" + tag + ">"

def open_protector(path, key_file):
    raw = open(path, "rb").read()
    assert int.from_bytes(raw[:4], "big") == len(raw)
    root = ET.fromstring(raw[4:])
    key = serialization.load_pem_private_key(open(key_file, "rb").read(), None)
    wrappings = root.find(q("Wrappings"))
    signed = canonical(wrappings).encode()
    by_id = {w.find(q("Id")).text: w for w in wrappings}
    transport = None
    for w in wrappings:
        own = cert_of(w, "SigningCertificate")
        enc = cert_of(w, "EncryptionCertificate")
        parent = by_id[w.find(q("SigningCertificateSignature")).get("ParentWrappingId")]
        check(cert_of(parent, "SigningCertificate"),
              value(w, "SigningCertificateSignature", "Signature", "SignatureValue"), der(own))
        check(own, value(w, "EncryptionCertificateSignature", "Signature", "SignatureValue"), der(enc))
        if enc.public_key().public_numbers() == key.public_key().public_numbers():
            blob = key.decrypt(value(w, "TransportKey", "EncryptedData", "CipherValue"), OAEP)
            head = [int.from_bytes(blob[i:i + 4], "big") for i in range(0, 16, 4)]
            assert head == [len(blob), 1, 1, 32], head
            transport = blob[16:]
    assert transport, "the key opens no wrapping"
    g = root.find(q("GuardianSignature"))
    check(cert_of(by_id[g.get("WrappingId")], "SigningCertificate"),
          value(g, "Signature", "SignatureValue"), signed)
    assert value(root, "TransportKeySignature", "Signature", "SignatureValue") == mac(transport, signed)
    print("ok", len(by_id))

def load(name):
    pem = lambda kind: open("%s.%s.pem" % (name, kind), "rb").read()
    crt = lambda kind: open("%s.%s.crt" % (name, kind), "rb").read()
    return {kind: (x509.load_pem_x509_certificate(crt(kind)),
                   serialization.load_pem_private_key(pem(kind), None)) for kind in ("sign", "enc")}

def rsa_sign(key, data):
    return '<Signature Algorithm="%s"><SignatureValue>%s</SignatureValue></Signature>' % (
        RSA, b64(key.sign(data, padding.PKCS1v15(), hashes.SHA256())))

def make_protector(path, names):
    people = [load(n) for n in names]
    owner = people[0]["sign"][1]
    transport = os.urandom(32)
    blob = b"".join(n.to_bytes(4, "big") for n in (48, 1, 1, 32)) + transport
    w = ""
    for i, p in enumerate(people, 1):
        sign, enc = der(p["sign"][0]), der(p["enc"][0])
        w += ("<Wrapping><Id>%d</Id><SigningCertificate>%s</SigningCertificate>"
              '<SigningCertificateSignature ParentWrappingId="1">%s</SigningCertificateSignature>'
              "<EncryptionCertificate>%s</EncryptionCertificate>"
              "<EncryptionCertificateSignature>%s</EncryptionCertificateSignature>"
              '<TransportKey><EncryptedData Algorithm="%srsa-oaep"><Parameters>'
              '<ds:DigestMethod xmlns:ds="%s" Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
              '<xenc11:MGF xmlns:xenc11="%s" Algorithm="%smgf1sha256"/></Parameters>'
              "<CipherValue>%s</CipherValue></EncryptedData></TransportKey></Wrapping>") % (
                  i, b64(sign), rsa_sign(owner, sign), b64(enc), rsa_sign(p["sign"][1], enc),
                  XENC11, DS, XENC11, XENC11,
                  b64(p["enc"][0].public_key().encrypt(blob, OAEP)))
    w = "<Wrappings>" + w + "</Wrappings>"
    signed = canonical(ET.fromstring('<P xmlns="%s">%s</P>' % (NS, w))[0]).encode()
    xml = ('<?xml version="1.0" encoding="UTF-8"?>\n<Protector xmlns="%s">%s<TransportKeySignature>'
           '<KeyDerivationMethod Algorithm="http://www.w3.org/2021/04/xmldsig-more#hkdf"/>'
           '<Signature Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256">'
           "<SignatureValue>%s</SignatureValue></Signature></TransportKeySignature>"
           '<GuardianSignature WrappingId="1">%s</GuardianSignature></Protector>\n') % (
               NS, w, b64(mac(transport, signed)), rsa_sign(owner, signed))
    data = xml.encode()
    open(path, "wb").write((len(data) + 4).to_bytes(4, "big") + data)

if sys.argv[1] == "open":
    open_protector(*sys.argv[2:])
else:
    make_protector(sys.argv[2], sys.argv[3:])
