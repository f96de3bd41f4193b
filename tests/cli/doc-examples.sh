# The commands that the EXAMPLES of the man pages show do what they
# say, word for word; only a passphrase from the terminal comes from a file, and
# the fabric's host and fingerprint are those of this test.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need openssl jq python3
export PATH=${SHVM%/*}:$PATH
ln -s "$ROOT/samples" samples

# examples PAGE: its commands, one a line
examples()
{
	awk '/^\.SH/ { on = /^\.SH EXAMPLES/ } on && !/^\./' "$ROOT/docs/$1" |
		sed -e 's/\\\\$/\\/; s/\\e$/\\/; s/\\-/-/g' | sed -e ':a' -e '/\\$/N; s/ *\\\n */ /; ta'
}

# run_all FILE COUNT: each line is a command that succeeds
run_all()
{
	[ "$(wc -l <"$1")" = "$2" ] || fail "not $2 commands: $(cat "$1")"
	while read -r line; do
		expect 0 bash -o pipefail -c "$line"
	done <"$1"
}

windows_disk disk.vhdx
samples/make-test-ca.sh keys
expect 0 "$SHVM" template protect disk.vhdx --template-name 'Sample Server' --template-version 1.0.0.0 \
	--signing-cert keys/signer.pem --signing-key keys/signer.key

cp disk.vhdx server.vhdx
examples shvm-disk.1 >disk
run_all disk 2
[ "$(jq .yes <("$SHVM" disk info --json server.vhdx))" = true ] || fail "the sample is not ready"

mv disk.vhdx win.vhdx
"$SHVM" template unprotect win.vhdx
cp keys/ca.pem keys/signer.pem keys/signer.key .
echo geheim >pass.txt
examples shvm-template.1 >template
run_all template 5
grep -qF '<VolumeSignatureCatalog' "$TMP/out" || fail "openssl shows no catalog"

# Two guardians; the fabric's is fetched from a server of this test.
echo geheim >pass
chmod 600 pass
mkdir -p www/keyprotection/service/metadata/2014-07
expect 0 "$SHVM" guardian new fabric --out-dir . --pass-file pass --bits 2048
mv fabric.xml www/keyprotection/service/metadata/2014-07/metadata.xml
fingerprint=$("$SHVM" guardian show www/keyprotection/service/metadata/2014-07/metadata.xml --json |
	jq -r .guardian.signing.sha256)
python3 -u -m http.server -b 127.0.0.1 -d www 0 >server 2>&1 &
server=$!
trap 'kill $server' EXIT
for _ in $(seq 600); do
	grep -q 'port [0-9]' server && break
	sleep 0.1
done
port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' server)
examples shvm-guardian.1 | grep -v pkcs11: | # tokens: tests/interop
	sed "s/--pass-file -/--pass-file pass/; s/hgs.example.com/127.0.0.1:$port/
		s/--guardian-fingerprint [0-9a-f]*/--guardian-fingerprint $fingerprint/" >guardian
run_all guardian 2
[ -s fabric.xml ] || fail "no fabric.xml"

openssl pkcs12 -in fabric-signing.pfx -passin file:pass -nokeys -out fabric-ca.pem
examples shvm-protector.1 >protector
run_all protector 2

cp keys/Alice.xml owner.xml
cp keys/Alice-signing.pfx owner-signing.pfx
cp pass fabric.pass
cp win.vsc template.vsc
cp win.vhdx template.vhdx
cp signer.pem author.pem
examples shvm-pdk.1 | sed 's/-pass-file -/-pass-file pass/' >pdk
run_all pdk 2
json_is .verdict provision "$TMP/out"
