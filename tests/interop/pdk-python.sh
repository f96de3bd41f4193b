# A second implementation, in Python on other libraries, opens our shielding
# data file from the format page alone, and makes one that we open.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need openssl /usr/bin/python3
/usr/bin/python3 -c 'import lxml.etree, cryptography' 2>/dev/null ||
	skip python3-lxml or python3-cryptography is not installed
py="/usr/bin/python3 $ROOT/tests/interop/pdk-python.py"

windows_disk disk.vhdx
openssl req -x509 -newkey rsa:2048 -nodes -keyout signer.key -out signer.pem \
	-subj /CN=signer -addext keyUsage=digitalSignature 2>/dev/null
expect 0 "$SHVM" template protect disk.vhdx --name T --version 1.0.0.0 \
	--cert signer.pem --key signer.key --out t.vsc
umask 077
echo pass >pass
echo 'geheim 47' >admin
head -c 1000 /dev/urandom >noise
for g in owner fabric; do
	expect 0 "$SHVM" guardian new $g --out . --pass-file pass --bits 2048
done

for publish in '' --publish-qualifiers; do
	expect 0 "$SHVM" pdk create our.pdk --owner owner.xml --force $publish \
		--owner-signing-key owner-signing.pfx --owner-signing-key-pass-file pass \
		--guardian fabric.xml --allow-untrusted-root --policy Shielded \
		--trust t.vsc:GreaterThan --signer signer.pem --file x.bin=noise \
		--answer windows --admin-password admin
	for g in owner fabric; do
		expect 0 $py open our.pdk $g-encryption.pfx pass theirs-$g
		has 'T 1.0.0.0 GreaterThan' "$TMP/out"
		cmp noise theirs-$g/x.bin
	done
	expect 0 "$SHVM" pdk open our.pdk --key fabric-encryption.pfx \
		--key-pass-file pass --out ours --force
	cmp ours/unattend.xml theirs-owner/unattend.xml
done
expect 1 $py open our.pdk owner-signing.pfx pass none

expect 0 $py make their.pdk their.pem signer.pem T 1.0.0.0
expect 0 "$SHVM" pdk show their.pdk --key their.pem --json
json_is .signature_good true "$TMP/out"
json_is '.qualifiers[0].rule' GreaterThanOrEquals "$TMP/out"
json_is .answer_file.size 21 "$TMP/out"
expect 0 "$SHVM" pdk open their.pdk --key their.pem --out from-them
[ "$(cat from-them/unattend.xml)" = '<a>@ComputerName@</a>' ] || fail their answer file
[ "$(sha256sum <from-them/other.bin)" = "$(/usr/bin/python3 -c '
import sys; sys.stdout.buffer.write(bytes(range(256)))' | sha256sum)" ] || fail their file
expect 0 "$SHVM" pdk check their.pdk --key their.pem --disk disk.vhdx --json
json_is .verdict provision "$TMP/out"
