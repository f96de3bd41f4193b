# Marker secrets show up nowhere but where they belong: every pdk, answer and
# fsk command, its output, argv, environment, temporary files and results.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
need openssl base64 iconv
mkdir tmp out1 out2 out-m out-l
export TMPDIR=$TMP/tmp

secret=Marker-Secret-4711
echo "$secret-admin" >admin
echo "$secret-domain" >domain
echo "$secret-rdp" >rdp
echo "$secret-root" >root
echo "echo $secret-script" >run.ps1
echo "$secret-file" >file
openssl req -x509 -newkey rsa:2048 -nodes -keyout rdp.key -out rdp.pem \
	-subj /CN=rdp -addext extendedKeyUsage=serverAuth 2>/dev/null
openssl pkcs12 -export -inkey rdp.key -in rdp.pem -out rdp.pfx -passout file:rdp
windows="--answer windows --admin-password admin --domain d.example --domain-user u
	--domain-pass-file domain --rdp-cert rdp.pfx --rdp-cert-pass-file rdp --script run.ps1"

# The forms in which a secret could appear: as it is, hexadecimal, base64 and
# UTF-16 of its middle part, whatever stands around it.
for word in "$secret" "$(printf %s "$secret" | od -An -tx1 | tr -d ' \n')" \
	"$(printf %s arker-Secret-4711 | base64 | cut -c2-20)" \
	"$(printf %s "$secret" | base64 | cut -c1-20)"; do
	echo "$word" >>forms
done
printf %s arker-Secret-471 | iconv -t UTF-16LE | tr '\0' '\1' >utf16

# search FILE...: no form of the secret is in there
search()
{
	! grep -rqF -f forms "$@" || fail "a secret is in $(grep -rlF -f forms "$@")"
	cat $(find "$@" -type f) </dev/null | tr '\0' '\1' | grep -qF -f utf16 &&
		fail "a secret in UTF-16 is in $*" || :
}

count=0
# run CODE ARGUMENT...: keep all output
run()
{
	local want=$1 code=0
	shift
	"$SHVM" "$@" >>all 2>&1 || code=$?
	[ $code = "$want" ] || { tail -5 all; fail "exit $code: $*"; }
	count=$((count + 1))
	[ -z "$(ls tmp)" ] || fail "a temporary file is left: $*"
}
run 0 pdk create m.pdk $owner $fabric $trust $windows --file file --verbose
run 0 pdk create x.pdk $owner $fabric $trust $windows --file file --print-plan
run 0 pdk create x.pdk $owner $fabric $trust $windows --file file --print-plan --json
run 0 pdk create l.pdk $owner $fabric $trust --answer linux --root-password root --json
run 2 pdk create x.pdk $owner $fabric $trust --answer windows --admin-password "$secret"
run 2 pdk create x.pdk $owner $fabric $trust --answer windows --admin-password admin \
	--domain d --domain-user u --domain-pass-file "$secret"
for f in m l; do
	for json in '' --json; do
		run 0 pdk show $f.pdk $(key fabric) --verbose $json
		run 0 pdk show $f.pdk $json
		run 0 pdk check $f.pdk --catalog t.vsc $(key fabric) --verbose $json
		run 0 pdk protector $f.pdk --out kp --force $json
		run 0 pdk open $f.pdk $(key fabric) --out out-$f --force $json
		run 0 fsk create v.fsk @ComputerName@=vm --force $json
		run 0 pdk specialize $f.pdk $(key fabric) --fsk v.fsk --out out2 --force $json
		run 0 fsk show v.fsk $json
	done
done
run 0 pdk edit m.pdk $edit --policy Shielded --file b=file --out n.pdk
run 0 pdk grant m.pdk $edit --guardian other.xml --allow-untrusted-root --out n2.pdk
run 0 pdk revoke m.pdk $edit --fingerprint \
	"$("$SHVM" pdk show m.pdk --json | jq -r '.guardians[1].signing.sha256')" --out n3.pdk
cp m.pdk bad.pdk
flip bad.pdk $(($(stat -c %s m.pdk) - 3000))
run 3 pdk show bad.pdk $(key fabric) --verbose
run 0 answer windows out1/u.xml --admin-password admin --force
run 0 answer linux out2/l.xml --root-password root --force --json
search all m.pdk l.pdk n.pdk n2.pdk n3.pdk kp v.fsk
# They are where they belong, or this test would look for nothing.
grep -qF -f forms out-m/file out2/file || fail the markers
cat out-m/unattend.xml >where
grep -qF "$secret-domain" where || fail the domain password
sed -n "s/.*FromBase64String('\(.*\)').*/\1/p" out-m/RDPCertificateConfig.ps1 | base64 -d |
	tr '\0' '\1' | grep -qF -f utf16 || fail the UTF-16 form
for f in out1/* out2/* out-*/* m.pdk; do
	[ "$(stat -c %a "$f")" = 600 ] || fail "mode of $f"
done

# A running command: nothing in argv and environ, no core, a temporary file
# never. It waits for the second secret with the first one in memory.
mkfifo fifo
"$SHVM" pdk create r.pdk $owner $fabric $trust --answer windows --admin-password admin \
	--domain d --domain-user u --domain-pass-file fifo >out3 2>&1 &
pid=$!
exec 8>fifo
tr '\0' '\n' <"/proc/$pid/cmdline" >cmdline
{ tr '\0' '\n' <"/proc/$pid/environ"; } >environ 2>/dev/null || :
grep 'Max core' "/proc/$pid/limits" >limits
[ -z "$(ls tmp)" ] || fail a temporary file while it runs
echo "$secret-domain" >&8
exec 8>&-
wait $pid || fail the command with a pipe
search cmdline environ out3 r.pdk
grep -qE 'Max core file size +0 +0 ' limits || fail cores are not turned off
echo "$count commands searched"
