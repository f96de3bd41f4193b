# Certificates and keys as people have them: chains in any order, .p7b bundles,
# Windows' text forms; and what was given in the wrong place is named.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need openssl python3 ssh-keygen

windows_disk d.vhdx
new_ca root
new_signer mid root 50 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign'
new_signer leaf mid
new_signer other root
cat root.pem mid.pem leaf.pem >up.pem
cat leaf.pem mid.pem root.pem >down.pem
cat mid.pem leaf.pem root.pem >mixed.pem
cat leaf.pem other.pem >two.pem

bundle() { openssl crl2pkcs7 -nocrl -certfile "$1" -outform "$3" -out "$2"; }
bundle up.pem pem.p7b PEM
bundle up.pem der.p7b DER
# Windows' certificate services write the bundle under this label.
sed 's/PKCS7/CERTIFICATE/' pem.p7b >services.p7b
sed 's/PKCS7/CMS/' pem.p7b >cms.p7b
python3 - <<'PY'
t = open("up.pem").read()
open("utf16.pem", "wb").write(t.encode("utf-16"))
open("big.pem", "wb").write(b"\xfe\xff" + t.encode("utf-16-be"))
open("bom.pem", "wb").write(b"\xef\xbb\xbf" + t.encode())
open("crlf.pem", "wb").write(t.replace("\n", "\r\n").encode())
PY

sign() { expect "$1" "$SHVM" template sign d.vhdx --template-name n --template-version 1.0.0.0 --out x.vsc --force "${@:2}"; }
forms='up.pem down.pem mixed.pem pem.p7b der.p7b services.p7b cms.p7b utf16.pem big.pem bom.pem crlf.pem'
bundle root.pem root.p7b DER

# The certificate of the key signs, and the others come along as its chain.
for f in $forms; do
	sign 0 --signing-cert $f --signing-key leaf.key
	hasnt signer-chain err
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca root.pem
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca root.p7b
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --signer leaf.pem
done
# A pinned signer is the end of the chain in its file, whatever comes first.
for f in $forms; do
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --signer $f
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca $f
done
expect 1 "$SHVM" template verify d.vhdx --catalog x.vsc --signer two.pem
has 'two.pem: contains 2 certificates that are not one chain' err

# Key and certificates in one file, the root first; then PKCS#12.
cat root.pem mid.pem leaf.pem leaf.key >all.pem
cat pem.p7b leaf.key >all-p7b.pem
for f in all.pem all-p7b.pem; do
	sign 0 --signing-key $f
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca root.pem
done
openssl pkcs12 -export -inkey leaf.key -in leaf.pem -certfile up.pem \
	-passout pass:pw -out bag.p12
echo pw >pw
chmod 600 pw
sign 0 --signing-key bag.p12 --signing-key-pass-file pw
expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca root.pem

# Renewed with the same key: the one that is valid now signs.
openssl x509 -x509toreq -in leaf.pem -signkey leaf.key -out l.csr 2>/dev/null
openssl x509 -req -in l.csr -CA mid.pem -CAkey mid.key -CAcreateserial \
	-days -1 -out old.pem 2>/dev/null
cat old.pem leaf.pem mid.pem >renewed.pem
sign 0 --signing-cert renewed.pem --signing-key leaf.key

# refused CODE WORDS OPTIONS...
refused()
{
	rm -f x.vsc
	sign "$1" "${@:3}"
	has "$2" err
	one_line err
	[ ! -e x.vsc ] || fail "x.vsc was written"
}
sign 0 --signing-cert leaf.pem --signing-key leaf.key
cp x.vsc signed.vsc
openssl req -new -key leaf.key -subj /CN=x -out req.pem
openssl pkey -in leaf.key -pubout -out public.pem
openssl pkcs8 -topk8 -in leaf.key -passout pass:pw -out locked.pem
openssl pkey -in leaf.key -outform DER -out key.der
ssh-keygen -q -t ed25519 -N '' -f ssh -C none
printf 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n' >key.ppk
(cat der.p7b; echo) >long.p7b
head -c 500 der.p7b >cut.p7b
sed '3d' pem.p7b >damaged.p7b
: | openssl crl2pkcs7 -nocrl -outform DER -out none.p7b
refused 1 'two.pem: none of its 2 certificates belongs to the private key' --signing-cert two.pem --signing-key mid.key
refused 1 'mid.pem: the private key does not belong to certificate CN=mid' --signing-cert mid.pem --signing-key leaf.key
refused 1 'signed.vsc: is a PKCS#7 message with other content' --signing-cert signed.vsc --signing-key leaf.key
refused 1 'long.p7b: 1 bytes after the PKCS#7 bundle' --signing-cert long.p7b --signing-key leaf.key
refused 1 'cut.p7b: contains no key or certificate' --signing-cert cut.p7b --signing-key leaf.key
refused 1 'damaged.p7b: contains no key or certificate' --signing-cert damaged.p7b --signing-key leaf.key
refused 1 'none.p7b: the PKCS#7 bundle contains no certificates' --signing-cert none.p7b --signing-key leaf.key
# A key as the certificate, and a certificate as the key.
refused 1 'leaf.key: contains no certificate, only a private key' --signing-cert leaf.key --signing-key leaf.key
refused 1 'locked.pem: contains no certificate, only a private key' --signing-cert locked.pem --signing-key leaf.key
refused 1 'key.der: contains no certificate, only a private key' --signing-cert key.der --signing-key leaf.key
refused 1 'public.pem: contains no certificate, only a public key' --signing-cert public.pem --signing-key leaf.key
refused 1 'req.pem: is a certificate request, not a certificate' --signing-cert req.pem --signing-key leaf.key
refused 1 'ssh.pub: is an SSH public key, not a certificate' --signing-cert ssh.pub --signing-key leaf.key
refused 1 'leaf.pem: contains no private key, only a certificate' --signing-cert leaf.pem --signing-key leaf.pem
refused 1 'der.p7b: contains no private key, only certificates' --signing-cert leaf.pem --signing-key der.p7b
refused 1 'public.pem: contains no private key, only a public key' --signing-cert leaf.pem --signing-key public.pem
refused 1 'req.pem: is a certificate request, not a private key' --signing-cert leaf.pem --signing-key req.pem
refused 1 'ssh: is an OpenSSH private key, not a private key in PEM, DER or PKCS#12 (ssh-keygen -p -m PKCS8 converts a copy)' --signing-cert leaf.pem --signing-key ssh
refused 1 'key.ppk: is a PuTTY private key (.ppk), not a private key' --signing-cert leaf.pem --signing-key key.ppk
refused 1 'ssh.pub: is an SSH public key, not a private key' --signing-cert leaf.pem --signing-key ssh.pub

# --tsa-ca too, and a pinned signer that is a key.
expect 0 "$SHVM" template verify d.vhdx --catalog signed.vsc --signer leaf.pem --tsa-ca der.p7b
expect 1 "$SHVM" template verify d.vhdx --catalog signed.vsc --signer leaf.key
has 'leaf.key: contains no certificate, only a private key' err

# Guardians: certificates in any order, bundles, and their authority as one.
openssl req -x509 -newkey rsa:2048 -noenc -keyout gca.key -out gca.pem -subj /CN=gca -days 30 2>/dev/null
new_signer sig gca 50 keyUsage=digitalSignature rsa:2048
new_signer enc gca 50 keyUsage=keyEncipherment rsa:2048
for name in sig enc; do
	cat gca.pem $name.pem >$name-up.pem
	bundle $name-up.pem $name.p7b DER
done
bundle gca.pem gca.p7b PEM
for form in -up.pem .p7b; do
	expect 0 "$SHVM" guardian export --signing-key sig.key --signing-cert sig$form \
		--encryption-key enc.key --encryption-cert enc$form --out g.xml --force
	expect 0 "$SHVM" guardian export --signing-key sig.key --signing-cert sig$form \
		--encryption-cert enc$form --out g2.xml --force
	same g.xml g2.xml
done
for f in gca.pem gca.p7b; do
	expect 0 "$SHVM" guardian import g.xml --out i.xml --force --guardian-ca $f
done
expect 1 "$SHVM" guardian export --signing-key sig.key --signing-cert enc-up.pem \
	--encryption-cert enc.pem --out z.xml
has 'enc-up.pem: none of its 2 certificates belongs to the private key' err

# An SSH key that is not a public one is never put into an answer file.
openssl ecparam -name prime256v1 -genkey -noout -out sec1.pem
ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f pem -C none
ssh-keygen -e -f ssh.pub >rfc4716.pub
cat ssh.pub ssh >both
while read -r file words; do
	expect 2 "$SHVM" answer linux x.xml --ssh-key "$file"
	has "SSH key is $words, not an OpenSSH public key" err
	one_line err
	[ ! -e x.xml ] || fail "$file was put into x.xml"
done <<'END'
ssh an OpenSSH private key
both an OpenSSH private key
pem a private key
sec1.pem a private key
locked.pem a private key
key.ppk a PuTTY private key (.ppk)
rfc4716.pub an SSH public key of RFC 4716
leaf.pem a certificate
public.pem a public key
END
expect 0 "$SHVM" answer linux x.xml --ssh-key ssh.pub
