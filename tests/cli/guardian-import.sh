# A guardian is imported only when something makes it trusted.
. "$ROOT/tests/cli/lib.sh"
need openssl iconv base64

"$SHVM" guardian new fab --out-dir g --no-encryption --bits 2048 --quiet >/dev/null
sign=$("$SHVM" guardian show g/fab.xml --json | jq -r .guardian.signing.sha256)
enc=$("$SHVM" guardian show g/fab.xml --json | jq -r .guardian.encryption.sha256)

expect 3 "$SHVM" guardian import g/fab.xml --out y.xml
has '--allow-untrusted-root' err
one_line err
[ ! -e y.xml ] || fail written although it was refused
expect 3 "$SHVM" guardian import g/fab.xml --out y.xml --guardian-fingerprint "$enc"
expect 2 "$SHVM" guardian import g/fab.xml --out y.xml --guardian-fingerprint "${sign%?}"
expect 0 "$SHVM" guardian import g/fab.xml --out y.xml --guardian-fingerprint "$sign"
same g/fab.xml y.xml
expect 2 "$SHVM" guardian import g/fab.xml --out y.xml --guardian-fingerprint "$sign"
expect 0 "$SHVM" guardian import g/fab.xml --out y.xml --guardian-fingerprint "$sign" --force
expect 0 "$SHVM" guardian import g/fab.xml --out z.xml --allow-untrusted-root --json
json_is .guardian.signing.sha256 "$sign" out

# As tools of Windows write it: UTF-16, base64, and both.
sed 's/encoding="UTF-8"/encoding="utf-16"/' g/fab.xml >wide.txt
{ printf '\377\376'; iconv -t UTF-16LE wide.txt; } >le.xml
{ printf '\376\377'; iconv -t UTF-16BE wide.txt; } >be.xml
base64 -w 0 g/fab.xml >one.b64
base64 -w 76 g/fab.xml | sed 's/$/\r/' >lines.b64
{ printf '\377\376'; iconv -t UTF-16LE lines.b64; } >le.b64
{ printf '\357\273\277'; cat g/fab.xml; } | base64 >mark.b64
for f in le.xml be.xml one.b64 lines.b64 le.b64 mark.b64; do
	expect 0 "$SHVM" guardian import $f --out form.xml --guardian-fingerprint "$sign" --force
	expect 0 "$SHVM" guardian show form.xml
done
head -c 101 le.xml >odd.xml
expect 1 "$SHVM" guardian show odd.xml
has 'odd.xml: damaged UTF-16' err
sed 's/D/!/' one.b64 >bad.b64
expect 1 "$SHVM" guardian show bad.b64
one_line err
has bad.b64 err

# A CA: the certificate itself is in the file.
openssl pkcs12 -in g/fab-signing.pfx -passin pass: -nokeys -out ca.pem 2>/dev/null
expect 0 "$SHVM" guardian import g/fab.xml --out ca.xml --guardian-ca ca.pem

# A changed byte, a file that is no guardian, one that is too large.
sed 's/<Version>1</<Version>1 </' g/fab.xml >bad.xml
expect 1 "$SHVM" guardian import bad.xml --out b.xml --allow-untrusted-root
sed 's/<Metadata /<Metadata extra="" /' g/fab.xml >bad.xml
expect 3 "$SHVM" guardian import bad.xml --out b.xml --allow-untrusted-root
has 'signature does not verify' err
printf '<a><b></a>' >bad.xml
expect 1 "$SHVM" guardian import bad.xml --out b.xml --allow-untrusted-root
one_line err
truncate -s 100M large.xml
expect 1 "$SHVM" guardian import large.xml --out b.xml --allow-untrusted-root
has 'large.xml' err
expect 1 "$SHVM" guardian import nothere.xml --out b.xml
has 'nothere.xml' err
[ ! -e b.xml ] || fail a bad guardian was written
rm -f large.xml
