#!/usr/bin/python3
"""A second implementation of docs/FORMAT-PDK.md, on other libraries.

open FILE.pdk KEY PASSPHRASE-FILE OUT-DIR: check everything, write files
make OUT.pdk OUT-KEY.pem SIGNER.pem NAME VERSION [VARIANT]: an owner, a file
payload FILE OUT-DIR [VOLUME-KEY]: the payload of Linux guests
"""
import base64
import datetime
import hashlib
import itertools
import os
import struct
import subprocess
import sys
import tempfile
import zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from lxml import etree

KPS = "http://schemas.microsoft.com/kps/2014/07"
BODY = "urn:shvm:shielding-data:4"
POLICY = bytes.fromhex("cfc224f01116d8408f4e5792d7e317a1")
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def hkdf(key, salt, info):
    return HKDF(hashes.SHA256(), 32, salt, info).derive(key)


def c14n(element):
    return etree.tostring(element, method="c14n", exclusive=True,
                          with_comments=False)


def sections(data):
    magic, version, count = struct.unpack_from("<8sII", data)
    assert magic == b"SHVM-PDK" and version == 1 and count in (4, 5)
    at, found = 16, {}
    for _ in range(count):
        kind, zero, length = struct.unpack_from("<IIQ", data, at)
        assert zero == 0 and kind not in found
        found[kind] = (at, data[at + 16:at + 16 + length])
        assert len(found[kind][1]) == length
        at += 16 + length
    assert at == len(data) and list(found) == sorted(found)
    return found


def tag(name):
    return "{%s}%s" % (KPS, name)


def b64(element):
    return base64.b64decode(element.text, validate=False)


def check_rsa(cert, signature, data):
    assert signature.get("Algorithm") == RSA_SHA256
    cert.public_key().verify(b64(signature.find(tag("SignatureValue"))), data,
                             padding.PKCS1v15(), hashes.SHA256())


def open_protector(raw, key):
    assert struct.unpack(">I", raw[:4])[0] == len(raw)
    root = etree.fromstring(raw[4:])
    wrappings = root.find(tag("Wrappings"))
    certs = {}
    for w in wrappings:
        certs[w.findtext(tag("Id"))] = (
            x509.load_der_x509_certificate(b64(w.find(tag("SigningCertificate")))),
            x509.load_der_x509_certificate(b64(w.find(tag("EncryptionCertificate")))), w)
    transport = owner = None
    for ident, (signing, encryption, w) in certs.items():
        issued = w.find(tag("SigningCertificateSignature"))
        parent = issued.get("ParentWrappingId")
        der = serialization.Encoding.DER
        check_rsa(certs[parent][0], issued.find(tag("Signature")),
                  signing.public_bytes(der))
        check_rsa(signing, w.find(tag("EncryptionCertificateSignature"))
                  .find(tag("Signature")), encryption.public_bytes(der))
        if parent == ident:
            owner = signing
        if encryption.public_key().public_numbers() == key.public_key().public_numbers():
            data = w.find(tag("TransportKey")).find(tag("EncryptedData"))
            blob = key.decrypt(b64(data.find(tag("CipherValue"))), OAEP)
            size, version, count, length = struct.unpack_from(">IIII", blob)
            assert (size, version, count) == (len(blob), 1, 1)
            transport = blob[16:16 + length]
    assert transport is not None, "no wrapping for this key"
    canonical = c14n(wrappings)
    signed = root.find(tag("GuardianSignature"))
    check_rsa(certs[signed.get("WrappingId")][0], signed.find(tag("Signature")),
              canonical)
    mac = hmac.HMAC(hkdf(transport, b"", b"shvm protector mac 1"), hashes.SHA256())
    mac.update(canonical)
    mac.verify(b64(root.find(tag("TransportKeySignature"))
                   .find(tag("Signature")).find(tag("SignatureValue"))))
    return transport, owner


def check_cms(signature, content, owner):
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("sig", signature), ("content", content), ("owner", owner)):
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)
        subprocess.run(
            ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in",
             folder + "/sig", "-content", folder + "/content", "-certfile",
             folder + "/owner", "-nointern", "-noverify", "-out", "/dev/null"],
            check=True, stderr=subprocess.DEVNULL)


def load_key(path, pass_path):
    with open(path, "rb") as f, open(pass_path, "rb") as p:
        data = f.read()
        if data.startswith(b"-----"):
            return serialization.load_pem_private_key(data, None)
        return pkcs12.load_key_and_certificates(data, p.readline().rstrip(b"\n"))[0]


def qualifiers(element):
    found = []
    for q in element.iter("{%s}VolumeIDQualifier" % BODY):
        assert sorted(q.keys()) == ["Coverage", "Name", "Version", "VersionRule"]
        assert q.get("Coverage") in ("disk", "os")
        pin = q.findtext("{%s}ContentSHA256" % BODY, "unpinned")
        assert [c.tag for c in q][1:] == (
            [] if pin == "unpinned" else ["{%s}ContentSHA256" % BODY])
        found.append((q.get("Name"), q.get("Version"), q.get("VersionRule"),
                      q.get("Coverage"), pin, b64(q.find("{%s}Certificate" % BODY))))
    return found


def open_pdk(path, key_path, pass_path, out):
    with open(path, "rb") as f:
        data = f.read()
    key = load_key(key_path, pass_path)
    parts = sections(data)
    transport, owner = open_protector(parts[1][1], key)
    check_cms(parts[5][1], data[:parts[5][0]],
              owner.public_bytes(serialization.Encoding.PEM))
    guid, length, policy = struct.unpack("<16sII", parts[2][1])
    assert guid == POLICY and length == 4
    at, body = parts[4]
    salt, nonce, sealed = body[:32], body[32:44], body[44:]
    plain = AESGCM(hkdf(transport, salt, b"shvm pdk body 1")).decrypt(
        nonce, sealed, data[:at + 16 + 44])
    root = etree.fromstring(zlib.decompress(plain))
    assert root.tag == "{%s}ShieldingData" % BODY
    assert root.findtext("{%s}Policy" % BODY) == ("EncryptionSupported", "Shielded")[policy]
    os.makedirs(out, exist_ok=True)
    for element in root:
        if element.get("Name"):
            with open(os.path.join(out, element.get("Name")), "wb") as f:
                f.write(b64(element))
            # The fabric's values go into the answer file and into these.
            assert element.get("Substitute") in (None, "true")
            assert not element.get("Substitute") or element.tag == "{%s}OtherFile" % BODY
            if element.get("SSHHostKey"):
                assert element.get("SSHHostKey") == "true"
                assert not element.get("Substitute")
                key = serialization.load_ssh_private_key(b64(element), None)
                line = key.public_key().public_bytes(
                    serialization.Encoding.OpenSSH,
                    serialization.PublicFormat.OpenSSH).decode()
                print("host key", element.get("Name"), line)
            if element.get("Substitute"):
                print("substitute", element.get("Name"))
    if 3 in parts:
        published = etree.fromstring(parts[3][1])
        assert published.tag == "{%s}VolumeIDQualifiers" % BODY
        assert qualifiers(published) == qualifiers(root)
    print(root.get("Kind"), root.findtext("{%s}Policy" % BODY))
    for q in qualifiers(root):
        print(*q[:5])


def open_payload(path, out, key_path=None):
    """lsvmutils/specialize.h, and lsvmload/specialize.h with a key."""
    with open(path, "rb") as f:
        data = f.read()
    if key_path:
        with open(key_path, "rb") as f:
            key = f.read()
        length, version, mode, iv_len, iv, hmac_len, hmac_at, size, at = \
            struct.unpack_from("<9I", data)
        assert (length, version, mode, iv_len, hmac_len, hmac_at) == \
            (len(data), 1, 1, 16, 0, 0)
        assert iv >= 36 and at >= 36 and size % 16 == 0 and at + size == len(data)
        aes = Cipher(algorithms.AES(key), modes.CBC(data[iv:iv + 16])).decryptor()
        data = aes.update(data[at:at + size]) + aes.finalize()
        assert 1 <= data[-1] <= 16 and data.endswith(bytes([data[-1]]) * data[-1])
        data = data[:-data[-1]]
    length, count = struct.unpack_from("<II", data)
    assert length == len(data)
    at = 8
    for _ in range(count):
        kind, name_len, name_at, size, where = struct.unpack_from("<5I", data, at)
        assert (kind, name_at, where) == (0, 20, 20 + name_len) and name_len % 2 == 0
        name = data[at + name_at:at + name_at + name_len].decode("utf-16-le")
        with open(os.path.join(out, name), "wb") as f:
            f.write(data[at + where:at + where + size])
        at += max(name_at + name_len, where + size)
    assert at == len(data)


def der(kind, *parts):
    content = b"".join(parts)
    n = len(content)
    if n < 128:
        return bytes([kind, n]) + content
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([kind, 0x80 | len(size)]) + size + content


def oid(hexadecimal):
    return der(0x06, bytes.fromhex(hexadecimal))


def sign_cms(content, cert, key):
    """The one form that FORMAT-PDK.md allows, put together by hand."""
    raw = cert.public_bytes(serialization.Encoding.DER)
    issuer = cert.issuer.public_bytes()
    serial = cert.serial_number
    serial = der(0x02, serial.to_bytes(serial.bit_length() // 8 + 1, "big"))
    sha256 = der(0x30, oid("608648016503040201"))
    data = oid("2a864886f70d010701")
    now = datetime.datetime.utcnow().strftime("%y%m%d%H%M%SZ").encode()
    name = der(0x30, der(0x30, der(0xa4, issuer)), serial)
    attributes = sorted([
        der(0x30, oid("2a864886f70d010903"), der(0x31, data)),
        der(0x30, oid("2a864886f70d010905"), der(0x31, der(0x17, now))),
        der(0x30, oid("2a864886f70d010904"),
            der(0x31, der(0x04, hashlib.sha256(content).digest()))),
        der(0x30, oid("2a864886f70d010910022f"), der(0x31, der(0x30, der(
            0x30, der(0x30, der(0x04, hashlib.sha256(raw).digest()), name))))),
    ])
    signature = key.sign(der(0x31, *attributes), padding.PKCS1v15(), hashes.SHA256())
    one = der(0x02, b"\1")
    signer = der(0x30, one, der(0x30, issuer, serial), sha256,
                 der(0xa0, *attributes),
                 der(0x30, oid("2a864886f70d010101"), der(0x05)),
                 der(0x04, signature))
    signed = der(0x30, one, der(0x31, sha256), der(0x30, data), der(0xa0, raw),
                 der(0x31, signer))
    return der(0x30, oid("2a864886f70d010702"), der(0xa0, signed))


def new_key(count=itertools.count()):
    """The n-th key of each run is the same one, kept in this folder: a run for
    each variant of a file would spend its time on keys."""
    path = "python-key-%d.pem" % next(count)
    if not os.path.exists(path):
        with open(path, "wb") as f:
            f.write(private_pem(rsa.generate_private_key(65537, 2048)))
    with open(path, "rb") as f:
        return serialization.load_pem_private_key(f.read(), None)


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def new_cert(name, days=100, critical=False, **usage):
    key = new_key()
    flags = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment",
         "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
         "encipher_only", "decipher_only"), False)
    flags.update(usage)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    cert = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=10))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.KeyUsage(**flags), critical=True))
    if critical:  # an extension of which no reader knows
        cert = cert.add_extension(x509.UnrecognizedExtension(
            x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\5\0"), critical=True)
    return cert.sign(key, hashes.SHA256()), key


def new_member(name, **options):
    """A guardian's certificates and keys, the private encryption key last."""
    signing, signing_key = new_cert(name + " signs", digital_signature=True, **options)
    encryption, encryption_key = new_cert(name + " encrypts", key_encipherment=True,
                                          data_encipherment=True)
    return (signing, signing_key, encryption), encryption_key


def text(parent, name, value=None, **attributes):
    element = etree.SubElement(parent, tag(name), attributes)
    if value is not None:
        element.text = value if isinstance(value, str) else base64.b64encode(value).decode()
    return element


def rsa_signature(parent, key, data):
    s = text(parent, "Signature", Algorithm=RSA_SHA256)
    text(s, "SignatureValue", key.sign(data, padding.PKCS1v15(), hashes.SHA256()))


def add_wrapping(wrappings, transport, number, parent, parent_key, member):
    enc = serialization.Encoding.DER
    signing, signing_key, encryption = member
    w = text(wrappings, "Wrapping")
    text(w, "Id", str(number))
    text(w, "SigningCertificate", signing.public_bytes(enc))
    rsa_signature(text(w, "SigningCertificateSignature", ParentWrappingId=str(parent)),
                  parent_key, signing.public_bytes(enc))
    text(w, "EncryptionCertificate", encryption.public_bytes(enc))
    rsa_signature(text(w, "EncryptionCertificateSignature"), signing_key,
                  encryption.public_bytes(enc))
    data = text(text(w, "TransportKey"), "EncryptedData",
                Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep")
    parameters = text(data, "Parameters")
    etree.SubElement(parameters, "{http://www.w3.org/2000/09/xmldsig#}DigestMethod",
                     nsmap={"ds": "http://www.w3.org/2000/09/xmldsig#"},
                     Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
    etree.SubElement(parameters, "{http://www.w3.org/2009/xmlenc11#}MGF",
                     nsmap={"xenc11": "http://www.w3.org/2009/xmlenc11#"},
                     Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256")
    blob = struct.pack(">IIII", 16 + len(transport), 1, 1, len(transport)) + transport
    text(data, "CipherValue", encryption.public_key().encrypt(blob, OAEP))


def make_protector(transport, members, owner=0, signer=0, offline=None):
    """members: (signing, signing_key, encryption); owner and signer are indices."""
    root = etree.Element(tag("Protector"), nsmap={None: KPS})
    if offline:
        root.set("MaxOfflineUnwraps", offline)
    wrappings = text(root, "Wrappings")
    for i, member in enumerate(members):
        add_wrapping(wrappings, transport, i + 1, owner + 1, members[owner][1], member)
    canonical = c14n(wrappings)
    mac = hmac.HMAC(hkdf(transport, b"", b"shvm protector mac 1"), hashes.SHA256())
    mac.update(canonical)
    s = text(root, "TransportKeySignature")
    text(s, "KeyDerivationMethod", Algorithm="http://www.w3.org/2021/04/xmldsig-more#hkdf")
    text(text(s, "Signature", Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
         "SignatureValue", mac.finalize())
    rsa_signature(text(root, "GuardianSignature", WrappingId=str(signer + 1)),
                  members[signer][1], canonical)
    # A protector with these algorithms has exactly one spelling.
    xml = b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root) + b"\n"
    return struct.pack(">I", 4 + len(xml)) + xml


def section(kind, data):
    return struct.pack("<IIQ", kind, 0, len(data)) + data


def make_body(template_signer, name, version, variant):
    kind, _, value = variant.partition(":")
    body = BODY[:-1] + value if kind == "version" else BODY
    ns = "{%s}" % body
    root = etree.Element(ns + "ShieldingData", Kind="Template", nsmap={"s": body})
    etree.SubElement(root, ns + "Policy").text = "Shielded"
    if kind == "existing":
        root.set("Kind", "ExistingVM")
        return root
    q = etree.SubElement(
        etree.SubElement(root, ns + "VolumeIDQualifiers"), ns + "VolumeIDQualifier",
        VersionRule="GreaterThanOrEquals", Version=version, Name=name)
    etree.SubElement(q, ns + "Certificate").text = base64.encodebytes(
        template_signer.public_bytes(serialization.Encoding.DER)).decode()
    if variant != "no-coverage":
        q.set("Coverage", value if kind == "coverage" else "disk")
    if kind == "pinned":
        etree.SubElement(q, ns + "ContentSHA256").text = value
    etree.SubElement(root, ns + "AnswerFile", Name="unattend.xml").text = \
        base64.b64encode(b'<unattend xmlns="urn:schemas-microsoft-com:unattend">@ComputerName@</unattend>').decode()
    other = value if kind == "name" else "other.bin"
    element = etree.SubElement(root, ns + "OtherFile", Name=other)
    element.text = base64.b64encode(bytes(range(256))).decode()
    if kind == "substitute":
        element.set("Substitute", value)
        element.text = base64.b64encode(b"name=@ComputerName@").decode()
    return root


def pack_body(root, variant):
    """As it should be, or what an owner with bad intentions would seal."""
    if variant == "bomb":  # 1 GiB in 1 MiB
        z = zlib.compressobj(9)
        return b"".join([z.compress(bytes(1 << 20)) for _ in range(1024)] + [z.flush()])
    xml = etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")
    if variant == "nul":
        xml = xml.replace(b"other.bin", b"other.sh\0.bin")
    if variant == "laughs":
        xml = xml.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b '
                          b'"&a;&a;&a;&a;&a;&a;&a;&a;">]>', 1)
    if variant == "comment":
        xml = xml.replace(b"</s:ShieldingData>", b"<!-- x --></s:ShieldingData>")
    plain = zlib.compress(xml, 1)
    return plain + b"x" if variant == "more" else plain


def make_pdk(path, key_path, signer_path, name, version, variant=""):
    with open(signer_path, "rb") as f:
        template_signer = x509.load_pem_x509_certificate(f.read())
    kind, _, value = variant.partition(":")
    member, encryption_key = new_member("python owner", days=-5 if kind == "expired" else 100,
                                        critical=kind == "critical")
    signing, signing_key, _ = member
    members = [member]
    owner = signer = 0
    if kind == "owner":  # number VALUE of three
        owner = signer = int(value)
        members = [new_member("python guardian %d" % i)[0] for i in range(3)]
        members[owner] = member
    if kind == "signer":  # a guardian signed the protector, not the owner
        members += [new_member("python guardian")[0]]
        signer = 1
    transport = os.urandom(32)
    protector = make_protector(transport, members, owner, signer,
                               value if kind == "offline" else None)
    if variant == "decimal":
        protector = "\n".join(str(b) for b in protector).encode()
    if variant == "bare":
        protector = protector[4:]
    root = make_body(template_signer, name, version, variant)
    plain = pack_body(root, variant)
    published = b""
    if kind.startswith("published"):  # something else than is sealed
        root = make_body(template_signer, name,
                         "0.0.0.0" if variant == "published" else version,
                         variant.replace("published-", ""))
    if kind == "pinned" or kind.startswith("published"):
        published = section(3, etree.tostring(root[1], xml_declaration=True,
                                              encoding="UTF-8"))
    salt, nonce = os.urandom(32), os.urandom(12)
    head = struct.pack("<8sII", b"SHVM-PDK", 1, 5 if published else 4)
    head += section(1, protector)
    head += section(2, POLICY + struct.pack("<II", 4, 0 if variant == "policy" else 1))
    head += published
    head += struct.pack("<IIQ", 4, 0, 44 + len(plain) + 16) + salt + nonce
    head += AESGCM(hkdf(transport, salt, b"shvm pdk body 1")).encrypt(nonce, plain, head)
    with open(path, "wb") as f:
        f.write(head + section(5, sign_cms(head, signing, signing_key)))
    for to, cert in ((key_path + ".cert", member[2]), (key_path + ".sign.cert", signing)):
        with open(to, "wb") as f:
            f.write(cert.public_bytes(serialization.Encoding.PEM))
    for to, key in ((key_path, encryption_key), (key_path + ".sign", signing_key)):
        with open(to, "wb") as f:
            f.write(private_pem(key))


if __name__ == "__main__":
    {"open": open_pdk, "make": make_pdk, "payload": open_payload}[sys.argv[1]](*sys.argv[2:])
