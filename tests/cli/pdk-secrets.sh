# Marker secrets show up nowhere but where they belong: every pdk, answer and
# fsk command, when it works and when it fails, its output, argv, environment,
# temporary files, the core-dump setting and its results.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need openssl base64 iconv
secret=Marker-Secret-4711
PASSPHRASE=$secret-pass pdk_setup
mkdir tmp out1 out2 out-m out-l
export TMPDIR=$TMP/tmp

echo "$secret-admin" >admin
echo "$secret-domain" >domain
echo "$secret-rdp" >rdp
echo "$secret-root" >root
echo "echo $secret-script" >run.ps1
echo "$secret-file" >file
unattend "<a>$secret-answer @ComputerName@</a>" >secret.xml
echo "wrong-$secret" >wrong
printf '%s\tbell\n' "$secret" >control
printf '%s' "$secret-volume-32byte" >volume.key # that many
openssl req -x509 -newkey rsa:2048 -nodes -keyout rdp.key -out rdp.pem \
	-subj /CN=rdp -addext extendedKeyUsage=serverAuth 2>/dev/null
openssl pkcs12 -export -inkey rdp.key -in rdp.pem -out rdp.pfx -passout file:rdp
in_windows="--admin-password admin --domain d.example --domain-user u
	--domain-pass-file domain --rdp-cert rdp.pfx --rdp-cert-pass-file rdp --script run.ps1"
windows="--answer windows $in_windows"
pass=owner-signing-key-pass-file

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
# run CODE ARGUMENT...: keep all output, and what was run
run()
{
	local want=$1 code=0
	shift
	"$SHVM" "$@" >>all 2>&1 || code=$?
	[ $code = "$want" ] || { tail -5 all; fail "exit $code: $*"; }
	[ "$want" != 0 ] || echo "$*" >>ran
	count=$((count + 1))
	[ -z "$(ls tmp)" ] || fail "a temporary file is left: $*"
}
run 0 pdk create m.pdk $owner $fabric $trust $windows --file file --verbose
run 0 pdk create x.pdk $owner $fabric $trust $windows --file file --print-plan
run 0 pdk create x.pdk $owner $fabric $trust $windows --file file --print-plan --json
run 0 pdk create l.pdk $owner $fabric $trust --answer linux --root-password root --json
cat >spec.json <<'END'
{ "schema": 2, "owner": "owner.xml", "owner_signing_key": "owner-signing.pfx",
  "owner_signing_key_pass_file": "pass", "templates": [{ "path": "t.vsc", "rule": "Equals" }],
  "signers": ["signer.pem"], "files": ["file"], "answer": { "os": "windows",
  "admin_password": "admin", "domain": "d.example", "domain_user": "u",
  "domain_pass_file": "domain", "rdp_cert": "rdp.pfx", "rdp_cert_pass_file": "rdp",
  "scripts": ["run.ps1"] } }
END
run 0 pdk create s.pdk --spec spec.json --verbose
run 0 pdk create s.pdk --spec spec.json --json --force
run 0 pdk create s.pdk --spec spec.json --print-plan --json
for f in m l; do
	for json in '' --json; do
		run 0 pdk show $f.pdk $(key fabric) --verbose $json
		run 0 pdk show $f.pdk $json
		# l is for Linux, and the template is not
		run $([ $f = l ] && echo 3 || echo 0) pdk check $f.pdk --catalog t.vsc $(key fabric) --verbose $json
		run 0 pdk protector $f.pdk --out kp --force $json
		run 0 pdk open $f.pdk $(key fabric) --out-dir out-$f --force $json
		run 0 fsk create v.fsk @ComputerName@=vm --force $json
		run 0 pdk specialize $f.pdk $(key fabric) --fsk v.fsk --out-dir out2 --force $json
		run 0 pdk specialize $f.pdk $(key fabric) --fsk v.fsk --out out2/p \
			 --force $json
		run 0 pdk specialize $f.pdk $(key fabric) --fsk v.fsk --out sealed.$f \
			 --volume-key volume.key --force $json
		run 0 fsk show v.fsk $json
	done
done
run 0 pdk edit m.pdk $edit --policy Shielded --file b=file --out n.pdk
run 0 pdk edit m.pdk $edit $windows --force --out n4.pdk --json
run 0 pdk edit l.pdk $edit --answer linux --root-password root --force --out n5.pdk --verbose
run 0 pdk edit m.pdk $edit --answer-file secret.xml --remove-file file --force --out n6.pdk
run 0 pdk edit m.pdk $edit --admin-password admin --force --out n7.pdk --verbose
run 0 pdk edit l.pdk $edit --root-password root --force --out n8.pdk --json
run 0 pdk grant m.pdk $edit --guardian other.xml --allow-untrusted-root --out n2.pdk
run 0 pdk revoke m.pdk $edit --fingerprint \
	"$("$SHVM" pdk show m.pdk --json | jq -r '.guardians[1].signing.sha256')" --out n3.pdk
run 0 answer windows out1/u.xml $in_windows --files out1 --force --verbose
run 0 answer linux out1/l.xml --root-password root --force --json

# When it fails: the secret in the place of its file, wrong and unfit ones, a
# damaged file, and a specification that holds the secret itself.
for option in admin-password domain-pass-file; do
	for command in 'answer windows u.xml' "pdk create x.pdk $owner $fabric $trust --answer windows" \
		"pdk edit m.pdk $edit --out x.pdk --answer windows"; do
		for json in '' --json; do
			run 2 $command ${in_windows/--$option */} --domain d --domain-user u \
				--admin-password admin --$option "$secret" $json
		done
	done
done
run 2 answer linux x.xml --root-password "$secret"
run 2 pdk edit m.pdk $edit --admin-password "$secret" --out x.pdk --json
run 2 pdk edit l.pdk $edit --admin-password admin --out x.pdk --json
run 1 answer linux x.xml --root-password control
run 2 answer linux x.xml --ssh-key root
run 2 answer linux x.xml --ssh-key "ssh-ed25519 $(base64 -w 0 root)"
run 1 answer windows x.xml --admin-password control --verbose
run 1 answer windows x.xml --admin-password admin --rdp-cert rdp.pfx --rdp-cert-pass-file wrong --json
run 1 answer windows x.xml --admin-password admin --rdp-cert root --rdp-cert-pass-file rdp
run 1 pdk create x.pdk $owner $fabric $trust --answer windows --admin-password admin \
	--rdp-cert rdp.pfx --rdp-cert-pass-file wrong
run 1 pdk create x.pdk ${owner/--$pass pass/--$pass wrong} $fabric $trust $windows --verbose
run 1 pdk create x.pdk ${owner/--$pass pass/--$pass wrong} $fabric $trust $windows --json
run 2 pdk create x.pdk $owner $fabric $trust $windows --file a=file --file a=root
run 1 pdk edit m.pdk ${edit/--$pass pass/--$pass wrong} $windows --out x.pdk --json
run 1 pdk grant m.pdk ${edit/--$pass pass/--$pass wrong} --guardian other.xml \
	--allow-untrusted-root --out x.pdk --json
run 1 pdk revoke m.pdk ${edit/--$pass pass/--$pass wrong} --fingerprint "$(printf %064d 0)" --out x.pdk
for verb in show 'open --out-dir x' 'check --catalog t.vsc' 'specialize --out-dir x'; do
	set -- $verb
	verb=$1
	shift
	run 1 pdk $verb m.pdk "$@" --key fabric-encryption.pfx --key-pass-file wrong --verbose
	run 1 pdk $verb m.pdk "$@" --key fabric-encryption.pfx --key-pass-file wrong --json
	run 1 pdk $verb m.pdk "$@" --key file --json # a key that is none
	run 3 pdk $verb m.pdk "$@" $(key other) --verbose
	cp m.pdk bad.pdk
	flip bad.pdk $(($(stat -c %s m.pdk) - 3000))
	run 3 pdk $verb bad.pdk "$@" $(key fabric) --verbose
done
run 3 pdk specialize m.pdk $(key fabric) --out-dir x # a key without a value
head -c 30 volume.key >short.key
run 1 pdk specialize m.pdk $(key fabric) --fsk v.fsk --out x --volume-key short.key
jq --arg s "$secret" '.answer.admin_password = $s' spec.json >bad.json
run 2 pdk create x.pdk --spec bad.json --json
jq --arg s "$secret" '.answer.domain_pass_file = $s' spec.json >bad.json
run 2 pdk create x.pdk --spec bad.json
jq --arg s "$secret" '.answer.admin_password = [$s]' spec.json >bad.json
run 2 pdk create x.pdk --spec bad.json
printf '{ "schema": 2, "owner": "%s' "$secret" >bad.json
run 2 pdk create x.pdk --spec bad.json --json
[ ! -e x.pdk ] && [ ! -e x.xml ] && [ ! -e x ] || fail a command that failed wrote

search all m.pdk l.pdk s.pdk n.pdk n?.pdk kp v.fsk sealed.m sealed.l
# They are where they belong, or this test would look for nothing.
grep -qF -f forms out-m/file out2/file out2/p || fail the markers
grep -qF "$secret-domain" out-m/unattend.xml || fail the domain password
sed -n "s/.*FromBase64String('\(.*\)').*/\1/p" out-m/RDPCertificateConfig.ps1 | base64 -d |
	tr '\0' '\1' | grep -qF -f utf16 || fail the UTF-16 form
for f in out1/* out2/* out-*/* m.pdk s.pdk n?.pdk sealed.*; do
	[ "$(stat -c %a "$f")" = 600 ] || fail "mode of $f"
done

# A running command: nothing in argv and environ, no core, a temporary file
# never. It waits for a secret from a pipe, with others in memory.
mkfifo fifo
watched=0
# watch SECRET ARGUMENT...: one of the arguments is fifo, which yields the secret
watch()
{
	local from=$1 pid waits=0
	shift
	"$SHVM" "$@" >>all3 2>&1 &
	pid=$!
	exec 8>fifo
	tr '\0' '\n' <"/proc/$pid/cmdline" >cmdline
	{ tr '\0' '\n' <"/proc/$pid/environ"; } >environ 2>/dev/null || :
	grep 'Max core' "/proc/$pid/limits" >limits
	[ -z "$(ls tmp)" ] || fail a temporary file while it runs
	! ls -l "/proc/$pid/fd" 2>/dev/null | grep -q deleted || fail a file without a name
	cat "$from" >&8
	exec 8>&-
	wait $pid || { tail -3 all3; fail "with a pipe: $*"; }
	grep -q fifo cmdline || fail "argv was not seen: $*"
	search cmdline environ all3
	grep -qE 'Max core file size +0 +0 ' limits || fail "cores are not turned off: $*"
	watched=$((watched + 1))
	echo "$*" >>ran
}
fifo=${owner/--$pass pass/--$pass fifo}
watch domain pdk create r.pdk $owner $fabric $trust --answer windows --admin-password admin \
	--domain d --domain-user u --domain-pass-file fifo
watch admin pdk create r.pdk $owner $fabric $trust --answer windows --admin-password fifo --force
watch pass pdk create r.pdk $fifo $fabric $trust $windows --force
watch pass pdk create r.pdk --spec spec.json --$pass fifo --force
watch root pdk create r.pdk $owner $fabric $trust --answer linux --root-password fifo --force
fifo=${edit/--$pass pass/--$pass fifo}
watch pass pdk edit m.pdk $fifo $windows --force --out r.pdk
watch rdp pdk edit m.pdk $edit ${windows/pass-file rdp/pass-file fifo} --force --out r.pdk
watch admin pdk edit m.pdk $edit --admin-password fifo --force --out r.pdk
watch pass pdk grant m.pdk $fifo --guardian other.xml --allow-untrusted-root --force --out r.pdk
watch pass pdk revoke n2.pdk $fifo --force --out r.pdk --fingerprint \
	"$("$SHVM" pdk show n2.pdk --json | jq -r '.guardians[1].signing.sha256')"
for verb in show 'open --out-dir out-m' 'check --catalog t.vsc' 'specialize --fsk v.fsk --out-dir out2'; do
	watch pass pdk $verb m.pdk --key fabric-encryption.pfx --key-pass-file fifo --force
done
watch rdp answer windows out1/u.xml ${in_windows/pass-file rdp/pass-file fifo} --force --files out1
watch root answer linux out1/l.xml --root-password fifo --force
search r.pdk

# Every command of these nouns ran, and every option that names a secret, so
# that one which is added later cannot be forgotten here.
"$SHVM" completion bash >script
options=0
while read -r command; do
	grep -q "^$command " ran || fail "$command did not run"
	# shellcheck disable=SC2086
	for option in $("$SHVM" $command --help |
		grep -oE '^  --[a-z-]*(pass-file|password|pin|secret|volume-key)( |$)'); do
		grep -q "^$command .*$option " ran || fail "$command $option did not run"
		options=$((options + 1))
	done
done < <(sed -n "s/^\t'\([a-z -]*\)') opts=.*/\1/p" script | grep -E '^(pdk|answer|fsk) ')
[ $options -gt 20 ] || fail "only $options options"
echo "$count commands searched, $watched watched, $options options for secrets"
