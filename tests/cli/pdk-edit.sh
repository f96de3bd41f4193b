# The owner edits, grants and revokes; nobody else can.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
pdk_create m.pdk --policy Shielded --file a=admin

expect 2 "$SHVM" pdk edit m.pdk $edit --policy EncryptionSupported
has 'or --force' "$TMP/err"
expect 0 "$SHVM" pdk edit m.pdk $edit --policy EncryptionSupported --force
expect 0 "$SHVM" pdk show m.pdk --json
json_is .policy EncryptionSupported "$TMP/out"
json_is .signature_good true "$TMP/out"

# Files and templates come and go; the clear part follows the sealed one.
echo '<b>@TimeZone@</b>' >new.xml
expect 0 "$SHVM" pdk edit m.pdk $edit --answer-file new.xml --file a=pass --file b=admin \
	--publish-qualifiers yes --trust t.vsc:Equals --trust-on-first-use --out n.pdk
expect 0 "$SHVM" pdk show n.pdk --json
json_is '.qualifiers | length' 2 "$TMP/out"
expect 0 "$SHVM" pdk show n.pdk $(key fabric) --json
json_is '[.files[].name] | join(" ")' 'a b' "$TMP/out"
json_is '.keys | join(" ")' @TimeZone@ "$TMP/out"
expect 0 "$SHVM" pdk open n.pdk $(key owner) --out dir
cmp dir/a pass
cmp dir/new.xml new.xml
expect 2 "$SHVM" pdk edit n.pdk $edit --untrust T --out o.pdk
has 'must trust at least one' "$TMP/err"
expect 2 "$SHVM" pdk edit n.pdk $edit --untrust X --out o.pdk
expect 2 "$SHVM" pdk edit n.pdk $edit --remove-file c --out o.pdk
expect 0 "$SHVM" pdk edit n.pdk $edit --remove-file a --publish-qualifiers no --out o.pdk
expect 0 "$SHVM" pdk show o.pdk --json
json_is .qualifiers_published false "$TMP/out"

# The protector did not change, so machines that exist can still be opened.
for f in m n o; do
	expect 0 "$SHVM" pdk protector $f.pdk --out $f.kp
done
cmp m.kp n.kp
cmp m.kp o.kp
expect 0 "$SHVM" protector check m.kp $(key fabric)

# A guardian can open the file and not change it.
expect 1 "$SHVM" pdk edit m.pdk --owner-signing-key fabric-signing.pfx \
	--owner-signing-key-pass-file pass --owner-encryption-key fabric-encryption.pfx \
	--owner-encryption-key-pass-file pass --policy Shielded --out x.pdk
has 'does not belong to' "$TMP/err"
[ ! -e x.pdk ] || fail a guardian changed it

# Grant keeps the key for all, revoke makes a new one.
expect 3 "$SHVM" pdk show m.pdk $(key other)
expect 3 "$SHVM" pdk grant m.pdk $edit --guardian other.xml --out g.pdk
expect 0 "$SHVM" pdk grant m.pdk $edit --guardian other.xml --allow-untrusted-root --out g.pdk
for g in owner fabric other; do
	expect 0 "$SHVM" pdk show g.pdk $(key $g)
done
expect 0 "$SHVM" pdk show g.pdk --json
id=$(jq -r '.guardians[1].signing.sha256' "$TMP/out")
own=$(jq -r '.guardians[0].signing.sha256' "$TMP/out")
expect 0 "$SHVM" pdk revoke g.pdk $edit --fingerprint "$id" --out r.pdk
expect 3 "$SHVM" pdk show r.pdk $(key fabric)
grep -q 'none of the' "$TMP/err" || fail the text for a revoked key
expect 0 "$SHVM" pdk show r.pdk $(key other)
expect 2 "$SHVM" pdk revoke g.pdk $edit --fingerprint "$own" --out x.pdk
[ ! -e x.pdk ] || fail the owner was revoked
