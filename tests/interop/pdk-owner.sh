# Who is the owner, who signed, and is his certificate fit: files that the
# second implementation makes, since ours would not.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need openssl jq /usr/bin/python3
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

# line PATTERN FILE: a line is like this
line()
{
	grep -q -e "$1" "$2" || { cat "$2"; fail "no line $1"; }
}
# make VARIANT: x.pdk and the owner's keys
make()
{
	expect 0 $py make x.pdk x.pem signer.pem T 1.0.0.0 "$1"
}
edit='--owner-signing-key x.pem.sign --owner-encryption-key x.pem'

# The owner is the wrapping that is its own parent, wherever it is, and is the
# first in a file that is accepted.
for n in 0 1 2; do
	make owner:$n
	expect 0 "$SHVM" pdk show x.pdk --json
	[ "$(jq -r '[.guardians[].role] | index("owner")' "$TMP/out")" = $n ] || fail "owner $n in JSON"
	[ "$(jq '[.guardians[].role] | map(select(. == "owner")) | length' "$TMP/out")" = 1 ] ||
		fail one owner in JSON
	json_is ".owner.signing.subject" 'CN=python owner signs' "$TMP/out"
	id=$(jq ".guardians[$n].id" "$TMP/out")
	print=$(jq -r .owner.signing.sha256 "$TMP/out")
	json_is .signature_good "$([ $n = 0 ] && echo true || echo false)" "$TMP/out"
	expect 0 "$SHVM" pdk show x.pdk
	line '^owner: *CN=python owner signs' "$TMP/out"
	expect 0 "$SHVM" pdk protector x.pdk --out x.kp --force
	expect 0 "$SHVM" protector check x.kp --key x.pem
	line "^passed *owner *wrapping $id, SHA-256 $print" "$TMP/out"
	line "^passed *guardian-signature *wrapping $id: by the owner, SHA-256 $print" "$TMP/out"
	expect 0 "$SHVM" pdk show x.pdk
	[ "$(grep -c ^owner: "$TMP/out")" = 1 ] || fail one owner in text
	if [ $n = 0 ]; then
		line "^signature: *good, by the owner, SHA-256 $print" "$TMP/out"
		expect 0 "$SHVM" pdk check x.pdk --disk disk.vhdx --key x.pem
		continue
	fi
	has "the owner is wrapping $((n + 1)), but the first is wrapping 1" "$TMP/out"
	expect 3 "$SHVM" pdk check x.pdk --disk disk.vhdx --key x.pem --json
	json_is .reason bad-protector "$TMP/out"
	for cmd in "open x.pdk --key x.pem --out-dir d" "specialize x.pdk --key x.pem --out-dir d" \
		"show x.pdk --key x.pem" "edit x.pdk $edit --policy Shielded --out y.pdk"; do
		expect 3 "$SHVM" pdk $cmd
		has "the owner is wrapping $((n + 1))" "$TMP/err"
	done
	[ ! -e d ] && [ ! -e y.pdk ] || fail something was written
done

# A protector that a guardian signed: the owner is warned before he signs it.
make signer:1
expect 0 "$SHVM" pdk show x.pdk
line '^protector signed by: .*guardian.*CN=python guardian signs' "$TMP/out"
expect 0 "$SHVM" pdk show x.pdk --json
json_is .protector_signer 2 "$TMP/out"
cp "$TMP/out" shown
guardian=$(jq -r '.guardians[1].signing.sha256' shown)
expect 0 "$SHVM" pdk edit x.pdk $edit --policy Shielded --out y.pdk --force
has "signed by the guardian of wrapping 2, CN=python guardian signs, SHA-256 $guardian" "$TMP/err"
expect 0 "$SHVM" pdk revoke x.pdk $edit --fingerprint "$guardian" --out y.pdk --force
has "signed by the guardian of wrapping 2" "$TMP/err"
line '^removed: *wrapping 2, CN=python guardian signs' "$TMP/out"
expect 0 "$SHVM" pdk protector x.pdk --out x.kp --force
expect 0 "$SHVM" protector check x.kp --json
json_is '.checks[] | select(.id == "owner") | .text' \
	"wrapping 1, SHA-256 $(jq -r '.guardians[0].signing.sha256' shown)" "$TMP/out"
json_is '.checks[] | select(.id == "guardian-signature") | .object + ": " + .text' \
	"wrapping 2: by a guardian, SHA-256 $guardian" "$TMP/out"
expect 0 "$SHVM" guardian export --signing-key x.pem.sign --signing-cert x.pem.sign.cert \
	--encryption-key x.pem --encryption-cert x.pem.cert --out x.xml
guardians other
for cmd in "grant x.kp --guardian other.xml --allow-untrusted-root" "revoke x.kp --fingerprint $guardian"; do
	expect 0 "$SHVM" protector $cmd --owner x.xml --owner-signing-key x.pem.sign \
		--owner-encryption-key x.pem --out y.kp --force
	has "signed by the guardian of wrapping 2, CN=python guardian signs, SHA-256 $guardian" "$TMP/err"
done
line '^removed: *wrapping 2, CN=python guardian signs' "$TMP/out"
expect 0 "$SHVM" protector check y.kp

# Section 1 is the container and nothing else that a protector file may be.
for form in decimal bare; do
	make $form
	expect 3 "$SHVM" pdk check x.pdk --disk disk.vhdx --key x.pem --json
	json_is .reason bad-protector "$TMP/out"
	has 'the length says' "$TMP/out"
done

# What no signature of the protector covers is shown.
make offline:7
expect 0 "$SHVM" pdk show x.pdk
line '^offline unwraps: *at most 7' "$TMP/out"
expect 0 "$SHVM" pdk show x.pdk --json
json_is .max_offline_unwraps 7 "$TMP/out"

# The owner's certificate: expired, or with a demand that is not understood.
for how in expired:expired_at critical:critical_extension; do
	make "${how%:*}"
	words=${how#*:}
	expect 3 "$SHVM" pdk check x.pdk --disk disk.vhdx --key x.pem --json
	json_is .reason owner-certificate "$TMP/out"
	json_is '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' owner-certificate "$TMP/out"
	has "${words//_/ }" "$TMP/out"
	expect 0 "$SHVM" pdk show x.pdk --json
	json_is .signature_good true "$TMP/out"
	json_is .owner_certificate_good false "$TMP/out"
	expect 0 "$SHVM" pdk show x.pdk
	line "^owner's certificate: .*${words//_/ }" "$TMP/out"
	expect 0 "$SHVM" pdk open x.pdk --key x.pem --out-dir d --force
	has "${words//_/ }" "$TMP/err"
	expect 3 "$SHVM" pdk specialize x.pdk --key x.pem --out-dir e --disk disk.vhdx --json
	json_is .error.reason owner-certificate "$TMP/out"
	[ ! -e e ] || fail specialized
done
make expired
"$SHVM" pdk check x.pdk --disk disk.vhdx --key x.pem --json \
	--at "$(date -u -d '-6 days' +%FT%TZ)" >then.json || true # the signer is younger
json_is '.checks[] | select(.id == "owner-certificate") | .outcome' passed then.json
