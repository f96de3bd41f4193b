# The forms in which protectors are found: raw, XML, and decimal text.
. "$ROOT/tests/cli/lib.sh"
need python3

"$SHVM" guardian new owner --out-dir g --no-encryption --bits 2048 --quiet >/dev/null
new="protector new --owner g/owner.xml --owner-signing-key g/owner-signing.pfx"
expect 0 "$SHVM" $new --out kp
has 'only the owner can open' err
expect 0 "$SHVM" $new --out kp.xml --form xml
head -c 5 kp.xml | grep -q '<?xml' || fail not XML
expect 2 "$SHVM" $new --out kp --form der

python3 - <<'PY'
b = open("kp", "rb").read()
open("text", "w").write("".join("%d\n" % x for x in b))
open("utf16", "wb").write("\r\n".join("%d" % x for x in b).encode("utf-16"))
open("utf16be", "wb").write(b"\xfe\xff" + "\r\n".join("%d" % x for x in b).encode("utf-16-be"))
open("none", "wb").write(b"\0\0\0\4")
open("little", "wb").write(len(b).to_bytes(4, "little") + b[4:])
open("long", "wb").write(b + b"\0")
PY
for f in kp kp.xml text utf16 utf16be; do
	expect 0 "$SHVM" protector check $f --key g/owner-encryption.pfx
done
expect 3 "$SHVM" protector check none
has 'there is no key protector' out
expect 3 "$SHVM" protector check little
has 'little-endian' out
expect 3 "$SHVM" protector check long
has 'the length says' out
expect 3 "$SHVM" protector check /dev/null
expect 1 "$SHVM" protector check nothere

# Base64, as web services and scripts hand it on.
expect 0 "$SHVM" guardian new b64 --out-dir b64 --no-encryption --bits 2048
for form in raw xml; do
	expect 0 "$SHVM" protector new --owner b64/b64.xml --owner-signing-key b64/b64-signing.pfx \
		--out b64.$form --form $form
	for wrap in 0 76; do
		base64 -w $wrap b64.$form >b64.txt
		expect 0 "$SHVM" protector check b64.txt --key b64/b64-encryption.pfx
	done
	base64 b64.$form | tr A B >b64.bad
	expect 3 "$SHVM" protector check b64.bad
done
