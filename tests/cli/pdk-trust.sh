# Which templates a file trusts: from a catalog or straight from a disk, by each
# rule, confirmed by a signer, a CA or on first use; who signed is always shown.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
need openssl
id=$(openssl x509 -in signer.pem -outform DER | sha256sum | cut -d ' ' -f 1)

# shown OPTION...: pdk create tells the signer, in text and in JSON
shown()
{
	expect 0 "$SHVM" pdk create x.pdk $owner $fabric $answer --force "$@"
	has "signed by CN=signer, SHA-256 $id" "$TMP/err"
	expect 0 "$SHVM" pdk create x.pdk $owner $fabric $answer --force --json "$@"
	json_is '.trusted[0].signer.sha256' "$id" "$TMP/out"
}
shown --trust t.vsc:Equals --signer signer.pem
shown --trust t.vsc:Equals --ca signer.pem
shown --trust t.vsc:Equals --trust-on-first-use
shown --trust disk.vhdx:GreaterThan --signer signer.pem
json_is '.trusted[0].rule' GreaterThan "$TMP/out"
shown --trust disk.vhdx:equals --trust-on-first-use
expect 0 "$SHVM" pdk create x.pdk --force $owner $fabric $answer --print-plan \
	--trust disk.vhdx:Equals --signer signer.pem --json
json_is '.qualifiers[0].signer.sha256' "$id" "$TMP/out"
expect 2 "$SHVM" pdk create x.pdk --force $owner $fabric $answer --trust disk.vhdx:Equals
has "its signer is CN=signer, SHA-256 $id" "$TMP/err"

# Disk and catalog give the same qualifier.
expect 0 "$SHVM" pdk create a.pdk $owner $fabric $answer --trust t.vsc:Equals --pin-catalog --signer signer.pem
expect 0 "$SHVM" pdk create b.pdk $owner $fabric $answer --trust disk.vhdx:Equals --pin-catalog --signer signer.pem
for f in a b; do
	expect 0 "$SHVM" pdk show $f.pdk $(key owner) --json
	jq .qualifiers "$TMP/out" >$f.json
	expect 0 "$SHVM" pdk check $f.pdk $(key owner) --disk disk.vhdx
done
cmp a.json b.json
[ "$(jq -r '.[0].content_sha256' a.json)" = "$(openssl cms -verify -inform DER -in t.vsc \
	-CAfile signer.pem -purpose any -binary | sha256sum | cut -d ' ' -f 1)" ] || fail the pin

# A disk without a catalog, and one whose catalog does not verify.
windows_disk plain.vhdx
no()
{
	expect "${4-1}" "$SHVM" pdk create y.pdk $owner $fabric $answer --trust "$1:Equals" $2
	has "$1: " "$TMP/err"
	has "$3" "$TMP/err"
	[ ! -e y.pdk ] || fail "trusted: $1"
}
no plain.vhdx --trust-on-first-use 'no catalog'
cp t.vsc bad.vsc
flip bad.vsc $(($(stat -c %s bad.vsc) - 5))
no bad.vsc --trust-on-first-use 'signature' 3
head -c 200 t.vsc >cut.vsc
no cut.vsc --trust-on-first-use ''

# Several templates and signers; edit shows what it adds.
self_signed second
expect 0 "$SHVM" template sign disk.vhdx --template-name U --template-version 9.8.7.6 \
	--signing-cert second.pem --signing-key second.key --out u.vsc
expect 0 "$SHVM" pdk create m.pdk $owner $fabric $answer --trust t.vsc:Equals \
	--trust u.vsc:GreaterThanOrEquals --signer signer.pem --signer second.pem --json
json_is '[.trusted[] | .name + .rule] | join(" ")' 'TEquals UGreaterThanOrEquals' "$TMP/out"
expect 3 "$SHVM" pdk create y.pdk $owner $fabric $answer --trust t.vsc:Equals \
	--trust u.vsc:Equals --signer signer.pem
has 'u.vsc: ' "$TMP/err"
for f in t u; do
	expect 0 "$SHVM" pdk check m.pdk --catalog $f.vsc $(key fabric)
done
expect 0 "$SHVM" pdk edit a.pdk $edit --trust u.vsc:Equals --trust-on-first-use --out e.pdk
has 'template "U", version Equals 9.8.7.6: signed by CN=second, SHA-256 ' "$TMP/err"
expect 0 "$SHVM" pdk edit a.pdk $edit --trust u.vsc:Equals --signer second.pem --out e.pdk --force --json
json_is '[.trusted[].name] | join(" ")' U "$TMP/out"
expect 0 "$SHVM" pdk edit a.pdk $edit --policy Shielded --out e.pdk --force --json
json_is '.trusted | length' 0 "$TMP/out"
expect 2 "$SHVM" pdk edit a.pdk $edit --trust u.vsc:Equals --out y.pdk
has 'its signer is CN=second' "$TMP/err"
