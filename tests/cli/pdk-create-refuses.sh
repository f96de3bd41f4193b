# What pdk create refuses, each with its words, and no file is left.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup

# no CODE WORDS OPTION...
no()
{
	local code=$1 words=$2
	shift 2
	expect "$code" "$SHVM" pdk create x.pdk "$@"
	has "$words" "$TMP/err"
	[ ! -e x.pdk ] || fail "x.pdk was written: $*"
}
no 2 '--owner is required' $fabric
no 2 '--owner-signing-key is required' --owner owner.xml $fabric $trust $answer
no 2 'needs an answer file' $owner $fabric $trust
no 2 'must trust at least one' $owner $fabric $answer
no 2 'takes no answer file' $owner $fabric $answer --existing-vm
no 2 'trusts no templates' $owner $fabric $trust --existing-vm
no 2 'unless it is trusted on first use' $owner $fabric $answer --trust t.vsc:Equals
has "its signer is CN=signer, SHA-256 $(openssl x509 -in signer.pem -outform DER | sha256sum | cut -d ' ' -f 1)" "$TMP/err"
no 2 'not of the form PATH:RULE' $owner $fabric $answer --trust t.vsc --signer signer.pem
no 2 'version rule "Equal"' $owner $fabric $answer --trust t.vsc:Equal --signer signer.pem
self_signed stranger
no 3 'is not a trusted certificate' $owner $fabric $answer \
	--trust t.vsc:Equals --signer stranger.pem
no 3 'no chain to a trusted CA' $owner $fabric $answer --trust t.vsc:Equals --ca stranger.pem
no 2 '"codeSigning" is not an OID' $owner $fabric $answer --trust t.vsc:Equals \
	--signer signer.pem --eku codeSigning
no 3 'its extended key usage does not include 1.2.3' $owner $fabric $answer \
	--trust t.vsc:Equals --signer signer.pem --eku 1.2.3
cat stranger.pem signer.pem >two.pem # which of them is trusted is not guessed
no 1 'two.pem: contains 2 certificates that are not one chain' $owner $fabric \
	$answer --trust t.vsc:Equals --signer two.pem
cp t.vsc bad.vsc
flip bad.vsc $(($(stat -c %s bad.vsc) - 5))
no 3 'signature verification failed' $owner $fabric $answer --trust bad.vsc:Equals --signer signer.pem
no 3 'untrusted' $owner --guardian fabric.xml $trust $answer
no 2 'is the owner, who always has access' $owner --guardian owner.xml --allow-untrusted-root $trust $answer
no 2 'is given twice' $owner --guardian fabric.xml --guardian fabric.xml --allow-untrusted-root $trust $answer
echo wrong >wrong
no 1 'owner-signing.pfx: the passphrase is wrong' --owner owner.xml --owner-signing-key owner-signing.pfx \
	--owner-signing-key-pass-file wrong $fabric $trust $answer
no 1 'does not belong to' --owner owner.xml --owner-signing-key fabric-signing.pfx \
	--owner-signing-key-pass-file pass $fabric $trust $answer

# An owner whose files every check would refuse.
for name in sign open; do
	openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key -out $name.pem \
		-subj /CN=$name -addext 1.2.3.4=critical,DER:0500 -addext keyUsage="$(
			[ $name = sign ] && echo digitalSignature || echo keyEncipherment)" 2>/dev/null
done
expect 0 "$SHVM" guardian export --signing-key sign.key --signing-cert sign.pem \
	--encryption-key open.key --encryption-cert open.pem --out unknown.xml
no 3 "the owner's certificate has a critical extension that is not known [owner-certificate]" \
	--owner unknown.xml --owner-signing-key sign.key $fabric $trust $answer
no 3 'critical extension' --owner unknown.xml --owner-signing-key sign.key $fabric \
	$trust $answer --print-plan

# Files: names, the limit of 384 KiB together, two of one name.
head -c 200000 /dev/zero >big
no 2 'not one plain path component' $owner $fabric $trust $answer --file ..=big
no 2 '400000 bytes together, the limit is 393216' $owner $fabric $trust $answer --file a=big --file b=big
no 2 'is there twice' $owner $fabric $trust $answer --file a=big --file A=big
cp unattend.xml ünattend.xml
no 2 'is there twice' $owner $fabric $trust $answer --file ä.txt=big --file Ä.TXT=big
no 2 "has the answer file's name" $owner $fabric $trust --answer-file ünattend.xml --file ÜNATTEND.xml=big
no 2 "the answer file's name" $owner $fabric $trust $answer --file Unattend.XML=big
no 1 'No such file' $owner $fabric $trust $answer --file nothing
expect 0 "$SHVM" pdk create x.pdk $owner $fabric $trust $answer --file a=big --file b=big --no-size-limit
rm x.pdk

# Passwords: empty ones, and words that must not come back.
: >empty.pw
echo >blank
no 1 'no passphrase' $owner $fabric $trust --answer windows --admin-password empty.pw
no 1 'administrator password: blank: the passphrase is empty' $owner $fabric $trust --answer windows --admin-password blank
no 2 'never the secret itself' $owner $fabric $trust --answer windows --admin-password hunter2
hasnt hunter2 "$TMP/err"
no 2 'must be given together' $owner $fabric $trust --answer windows --admin-password random
no 2 'cannot be used together' $owner $fabric $trust $answer --answer windows --admin-password admin
no 2 'require --answer' $owner $fabric $trust $answer --admin-password admin
no 2 'an option for Linux cannot be used with a Windows answer file' $owner $fabric $trust --answer windows --admin-password admin --root-password admin
# Text, a flag, a list, a secret: what was given is seen whatever it is.
for more in '--locale de-DE' --product-key '--script run.ps1' '--domain-pass-file admin'; do
	no 2 'an option for Windows cannot be used with a Linux answer file' $owner $fabric $trust \
		--answer linux --root-password admin $more
	no 2 'require --answer' $owner $fabric $trust $answer $more
done
no 2 'require --answer' $owner $fabric $trust $answer --adapters 2

# An existing target needs --force; the result is for its owner alone.
pdk_create x.pdk
expect 2 "$SHVM" pdk create x.pdk $owner $fabric $trust --answer windows \
	--admin-password random --admin-password-out drawn
has 'x.pdk: already exists' "$TMP/err"
[ ! -e drawn ] || fail a password was drawn for nothing
pdk_create x.pdk --force
[ "$(stat -c %a x.pdk)" = 600 ] || fail mode
[ -z "$(ls | grep tmp)" ] || fail a temporary file is left

# The advice names options of this command.
for cmd in "create advice.pdk $owner $trust $answer" "create $owner $trust $answer --print-plan"; do
	expect 3 "$SHVM" pdk $cmd --guardian fabric.xml
	has 'use --guardian-fingerprint, --guardian-ca or --allow-untrusted-root' "$TMP/err"
done
