# A second implementation, in Python on other libraries, opens our shielding
# data file from the format page alone, and makes one that we open.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need openssl /usr/bin/python3
/usr/bin/python3 -c 'import lxml.etree, cryptography' 2>/dev/null ||
	skip python3-lxml or python3-cryptography is not installed
py="/usr/bin/python3 $ROOT/tests/interop/pdk-python.py"

windows_disk disk.vhdx
openssl req -x509 -newkey rsa:2048 -nodes -keyout signer.key -out signer.pem \
	-subj /CN=signer -addext keyUsage=digitalSignature 2>/dev/null
expect 0 "$SHVM" template protect disk.vhdx --template-name T --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --out t.vsc
umask 077
echo pass >pass
echo 'geheim 47' >admin
head -c 1000 /dev/urandom >noise
guardians owner fabric

for publish in '' --publish-qualifiers; do
	expect 0 "$SHVM" pdk create our.pdk --owner owner.xml --force $publish \
		--owner-signing-key owner-signing.pfx --owner-signing-key-pass-file pass \
		--guardian fabric.xml --allow-untrusted-root --policy Shielded \
		--trust t.vsc:GreaterThan --signer signer.pem --file x.bin=noise \
		--answer windows --admin-password admin
	for g in owner fabric; do
		expect 0 $py open our.pdk $g-encryption.pfx pass theirs-$g
		has 'T 1.0.0.0 GreaterThan disk unpinned' "$TMP/out"
		cmp noise theirs-$g/x.bin
	done
	expect 0 "$SHVM" pdk open our.pdk --key fabric-encryption.pfx \
		--key-pass-file pass --out-dir ours --force
	cmp ours/unattend.xml theirs-owner/unattend.xml
done
expect 1 $py open our.pdk owner-signing.pfx pass none

# user-data and an SSH host key: it finds the public key that we print.
printf '#cloud-config\nhostname: a\n' >user-data
expect 0 "$SHVM" pdk create cloud.pdk --owner owner.xml --owner-signing-key owner-signing.pfx \
	--owner-signing-key-pass-file pass --trust t.vsc:Equals --signer signer.pem \
	--answer-file user-data --ssh-host-key new --json
line=$(jq -r .ssh_host_key.public_key "$TMP/out")
expect 0 $py open cloud.pdk owner-encryption.pfx pass theirs-cloud
has "host key ssh_host_ed25519_key $line" "$TMP/out"
cmp user-data theirs-cloud/user-data

# A pinned catalog, the other kind and policy, and what edit, grant and revoke make.
expect 0 "$SHVM" pdk create pinned.pdk --owner owner.xml --pin-catalog --publish-qualifiers \
	--owner-signing-key owner-signing.pfx --owner-signing-key-pass-file pass \
	--trust t.vsc:Equals --signer signer.pem --answer linux --root-password admin
expect 0 $py open pinned.pdk owner-encryption.pfx pass theirs-pinned
# What is pinned is the XML as openssl finds it in the message.
openssl cms -verify -inform DER -in t.vsc -CAfile signer.pem -purpose any -binary -out t.xml
content=$(sha256sum <t.xml | cut -d ' ' -f 1)
has "T 1.0.0.0 Equals disk $content" "$TMP/out"
expect 0 "$SHVM" pdk create vm.pdk --owner owner.xml --existing-vm \
	--owner-signing-key owner-signing.pfx --owner-signing-key-pass-file pass \
	--policy EncryptionSupported --file x.bin=noise
expect 0 $py open vm.pdk owner-encryption.pfx pass theirs-vm
has 'ExistingVM EncryptionSupported' "$TMP/out"
cmp noise theirs-vm/x.bin
edit='--owner-signing-key owner-signing.pfx --owner-signing-key-pass-file pass
	--owner-encryption-key owner-encryption.pfx --owner-encryption-key-pass-file pass'
expect 0 "$SHVM" pdk edit pinned.pdk $edit --file y.bin=noise --no-publish-qualifiers --out e.pdk
expect 0 $py open e.pdk owner-encryption.pfx pass theirs-e
cmp noise theirs-e/y.bin
expect 1 $py open e.pdk fabric-encryption.pfx pass none
expect 0 "$SHVM" pdk grant e.pdk $edit --guardian fabric.xml --allow-untrusted-root --out g.pdk
expect 0 $py open g.pdk fabric-encryption.pfx pass theirs-g
expect 0 "$SHVM" pdk revoke g.pdk $edit --out r.pdk --fingerprint \
	"$("$SHVM" pdk show g.pdk --json | jq -r '.guardians[1].signing.sha256')"
expect 1 $py open r.pdk fabric-encryption.pfx pass none
expect 0 $py open r.pdk owner-encryption.pfx pass theirs-r

# The other way: theirs, and what we make of it.
expect 0 $py make their.pdk their.pem signer.pem T 1.0.0.0
expect 0 "$SHVM" pdk show their.pdk --key their.pem --json
json_is .signature_good true "$TMP/out"
json_is '.qualifiers[0].rule' GreaterThanOrEquals "$TMP/out"
json_is .answer_file.size 78 "$TMP/out"
expect 0 "$SHVM" pdk open their.pdk --key their.pem --out-dir from-them
[ "$(cat from-them/unattend.xml)" = '<unattend xmlns="urn:schemas-microsoft-com:unattend">@ComputerName@</unattend>' ] || fail their answer file
[ "$(sha256sum <from-them/other.bin)" = "$(/usr/bin/python3 -c '
import sys; sys.stdout.buffer.write(bytes(range(256)))' | sha256sum)" ] || fail their file
expect 0 "$SHVM" pdk check their.pdk --key their.pem --disk disk.vhdx --json
json_is .verdict provision "$TMP/out"
theirs='--owner-signing-key their.pem.sign --owner-encryption-key their.pem'
expect 0 "$SHVM" pdk edit their.pdk $theirs --file z.bin=noise --out theirs-edited.pdk
expect 0 "$SHVM" pdk grant theirs-edited.pdk $theirs --guardian fabric.xml --allow-untrusted-root --out both.pdk
for k in their.pem fabric-encryption.pfx; do
	expect 0 $py open both.pdk $k pass back-again
	cmp noise back-again/z.bin
done
expect 0 $py make p.pdk p.pem signer.pem T 1.0.0.0 "pinned:$content"
expect 0 "$SHVM" pdk check p.pdk --disk disk.vhdx
expect 0 "$SHVM" pdk check p.pdk --disk disk.vhdx --key p.pem
expect 0 $py make p.pdk p.pem signer.pem T 1.0.0.0 "pinned:$(printf %064d 7)"
expect 3 "$SHVM" pdk check p.pdk --disk disk.vhdx --key p.pem
has "catalog is not the pinned one (SHA-256 $(printf %064d 7))" "$TMP/out"
expect 0 $py make v.pdk v.pem signer.pem T 1.0.0.0 existing
expect 0 "$SHVM" pdk show v.pdk --key v.pem --json
json_is .kind ExistingVM "$TMP/out"

# Which files the fabric's values go into, from both sides.
echo 'name=@ComputerName@' >conf
expect 0 "$SHVM" pdk edit pinned.pdk $edit --file conf --file kept=conf --substitute conf --out s.pdk
expect 0 $py open s.pdk owner-encryption.pfx pass theirs-s
[ "$(grep substitute out)" = 'substitute conf' ] || fail "which files: $(cat out)"
expect 0 $py make s.pdk s.pem signer.pem T 1.0.0.0 substitute:true
expect 0 "$SHVM" fsk create s.fsk @ComputerName@=web1
expect 0 "$SHVM" pdk specialize s.pdk --key s.pem --fsk s.fsk --out-dir filled
[ "$(cat filled/other.bin)" = name=web1 ] || fail their file was not filled in

# What an owner with bad intentions could sign: refused, and nothing is written.
# hostile VARIANT WORDS
hostile()
{
	expect 0 $py make h.pdk h.pem signer.pem T 1.0.0.0 "$1"
	(ulimit -v 1000000; expect 3 "$SHVM" pdk check h.pdk --disk disk.vhdx --key h.pem --json)
	json_is .reason tampered-body "$TMP/out"
	has "$2" "$TMP/out"
	(ulimit -v 1000000; expect 3 "$SHVM" pdk open h.pdk --key h.pem --out-dir hostile)
	has "$2" "$TMP/err"
	[ ! -e hostile ] && [ ! -e x ] || fail "$1 was written"
}
hostile bomb 'inflates to more than 16777216'
hostile nul 'contains a NUL'
hostile laughs 'document type'
hostile comment 'comment'
hostile substitute:yes 'Substitute is not'
hostile more '1 bytes after'
hostile policy 'the clear policy is EncryptionSupported'
hostile published 'published qualifiers are not the sealed ones'
hostile published-coverage:os 'published qualifiers are not the sealed ones'
hostile no-coverage 'VolumeIDQualifier has no attribute Coverage'
for coverage in '' DISK ' os' disk,os none; do
	hostile "coverage:$coverage" "is neither disk nor os"
done
expect 0 $py make h.pdk h.pem signer.pem T 1.0.0.0 pinned:0
expect 3 "$SHVM" pdk check h.pdk --disk disk.vhdx --json # published as well
json_is .reason bad-pdk "$TMP/out"
has 'ContentSHA256 is not 64 lower-case' "$TMP/out"
for name in ../x /x .. . a/../../x '..\x' ''; do
	hostile "name:$name" 'plain path component'
done
hostile name:UNATTEND.XML "answer file's name"

# Files of other versions are not called damaged.
for version in 1 2 3; do
	expect 0 $py make old.pdk old.pem signer.pem T 1.0.0.0 "version:$version"
	expect 0 "$SHVM" pdk show old.pdk
	expect 3 "$SHVM" pdk check old.pdk --disk disk.vhdx --key old.pem --json
	json_is .reason bad-pdk "$TMP/out"
	json_is '.checks[] | select(.outcome == "failed").id' body "$TMP/out"
	for cmd in show 'open --out-dir hostile' 'specialize --out-dir hostile'; do
		expect 1 "$SHVM" pdk $cmd old.pdk --key old.pem
		has "version $version, but only version 4 is read: make the file again" "$TMP/err"
	done
	expect 0 $py make old.pdk old.pem signer.pem T 1.0.0.0 "published-version:$version"
	expect 1 "$SHVM" pdk show old.pdk
	has "published qualifiers: of version $version, but only" "$TMP/err"
	expect 3 "$SHVM" pdk check old.pdk --disk disk.vhdx --key old.pem --json
	json_is .reason bad-pdk "$TMP/out"
	json_is '.checks[] | select(.outcome == "failed").id' pdk "$TMP/out"
done
[ ! -e hostile ] || fail an old file was opened

# The payload of Linux guests, field by field, clear and encrypted.
expect 0 "$SHVM" fsk create v.fsk @ComputerName@=web1
head -c 32 /dev/urandom >volume.key
mkdir files clear sealed
expect 0 "$SHVM" pdk specialize both.pdk --key their.pem --fsk v.fsk --out-dir files --force
expect 0 "$SHVM" pdk specialize both.pdk --key their.pem --fsk v.fsk --out p
expect 0 $py payload p clear
expect 0 "$SHVM" pdk specialize both.pdk --key their.pem --fsk v.fsk --out q --volume-key volume.key
expect 0 $py payload q sealed volume.key
diff -r files clear
diff -r files sealed
[ "$(ls files | wc -l)" = 3 ] || fail the number of files
