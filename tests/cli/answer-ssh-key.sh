# An SSH private key given as a public one is refused wherever it comes from: an
# option, a specification, an answer file, the fabric. It is never repeated.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need ssh-keygen jq openssl python3
pdk_setup
ssh-keygen -q -t ed25519 -N '' -f ssh -C none
{ echo '-----BEGIN RSA PRIVATE KEY-----'; head -c 8000 /dev/zero | base64; } >long.pem
openssl ecparam -name prime256v1 -genkey -noout -out sec1.pem

# answer KEY-TEXT: an answer file that has it
answer()
{
	"$SHVM" answer linux plain.xml --ssh-key ssh.pub --force >/dev/null || fail answer
	python3 - plain.xml "$1" >in.xml <<-'END'
	import re, sys
	text = open(sys.argv[1]).read()
	assert text.count("<SSHKey>") == 1
	print(re.sub("<SSHKey>.*</SSHKey>", lambda m: "<SSHKey>" + sys.argv[2] + "</SSHKey>", text))
	END
}
secret=$(sed -n 2p ssh)
private='SSHKey is a private key, and the public one (.pub) belongs there [value-refused]'
refused()
{
	answer "$1"
	expect 1 "$SHVM" pdk create x.pdk $owner $fabric $trust --answer-file in.xml
	one_line err
	has "$2" err
	hasnt "$secret" err
	[ ! -e x.pdk ] || fail "a result: $1"
}
refused "$(cat ssh)" "$private"
refused "
   $(sed 's/^/    /' ssh)
  " "$private"
refused "# mine
$(cat ssh)" "$private"
refused "$(tr '\n' ' ' <ssh)" "$private"
refused "key: $(cat ssh)" "$private"
refused "$(cat ssh.pub ssh)" "$private"
refused "$(cat sec1.pem)" "$private"
refused "$(cat long.pem)" "$private"
refused "$(cat long.pem long.pem)" 'SSHKey is too long for a public key [value-refused]'

# What is not known is said, and a public key is not.
answer 'ssh-new AAAA none'
expect 0 "$SHVM" pdk create x.pdk $owner $fabric $trust --answer-file in.xml
has 'SSHKey "..." is not an OpenSSH public key in one line' err
rm x.pdk
answer "$(cat ssh.pub)"
expect 0 "$SHVM" pdk create x.pdk $owner $fabric $trust --answer-file in.xml
hasnt 'SSHKey' err
rm x.pdk

# From the fabric
answer @Key@
expect 0 "$SHVM" pdk create key.pdk $owner $fabric $trust --answer-file in.xml
for file in ssh.pub:0 ssh:3; do
	expect 0 "$SHVM" fsk create v.fsk "@Key@=$(paste -sd' ' "${file%:*}")" @ComputerName@=vm1 \
		@TimeZone@=UTC --force
	expect "${file#*:}" "$SHVM" pdk specialize key.pdk $(key fabric) --fsk v.fsk --out d
	[ "${file#*:}" = 0 ] || has "$private" err
	rm -rf d
done

# From a specification
for file in ssh.pub:0 ssh:2; do
	jq -n --arg key "${file%:*}" '{schema: 2, owner: "owner.xml", owner_signing_key: "owner-signing.pfx",
		owner_signing_key_pass_file: "pass", guardians: ["fabric.xml"],
		allow_untrusted_root: true, policy: "Shielded", templates: [{path: "t.vsc", rule: "GreaterThan"}],
		signers: ["signer.pem"], answer: {os: "linux", ssh_key: $key}}' >spec.json
	expect "${file#*:}" "$SHVM" pdk create s.pdk --spec spec.json
	rm -f s.pdk
done
has 'SSH key is an OpenSSH private key, not an OpenSSH public key' err
