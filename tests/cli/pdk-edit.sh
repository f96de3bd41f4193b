# The owner edits, grants and revokes; no one else can.
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
unattend '<TimeZone>@TimeZone@</TimeZone>' >new.xml
expect 0 "$SHVM" pdk edit m.pdk $edit --answer-file new.xml --file a=pass --file b=admin \
	--publish-qualifiers --trust t.vsc:Equals --trust-on-first-use --out n.pdk
expect 0 "$SHVM" pdk show n.pdk --json
json_is '.qualifiers | length' 2 "$TMP/out"
expect 0 "$SHVM" pdk show n.pdk $(key fabric) --json
json_is '[.files[].name] | join(" ")' 'a b' "$TMP/out"
json_is '.keys | join(" ")' @TimeZone@ "$TMP/out"
expect 0 "$SHVM" pdk open n.pdk $(key owner) --out-dir dir
cmp dir/a pass
cmp dir/new.xml new.xml
expect 2 "$SHVM" pdk edit n.pdk $edit --untrust T --out o.pdk
has 'must trust at least one' "$TMP/err"
expect 2 "$SHVM" pdk edit n.pdk $edit --untrust X --out o.pdk
expect 2 "$SHVM" pdk edit n.pdk $edit --remove-file c --out o.pdk
expect 0 "$SHVM" pdk edit n.pdk $edit --remove-file a --no-publish-qualifiers --out o.pdk
expect 0 "$SHVM" pdk show o.pdk --json
json_is .qualifiers_published false "$TMP/out"

# Another password in the answer file that is there, and nothing else of it.
mkdir before after
expect 0 "$SHVM" pdk create w.pdk $owner $fabric $trust --answer windows \
	--admin-password pass --admin-name tenant --time-zone @TimeZone@ --file a=pass
expect 0 "$SHVM" pdk open w.pdk $(key owner) --out-dir before --force
expect 0 "$SHVM" pdk edit w.pdk $edit --admin-password admin --out w2.pdk
expect 0 "$SHVM" pdk open w2.pdk $(key owner) --out-dir after --force
hide() { printf '%sPassword' "$(cat "$1")" | iconv -t UTF-16LE | base64 -w 0; }
has "<Value>$(hide pass)</Value>" before/unattend.xml
has "<Value>$(hide admin)</Value>" after/unattend.xml
sed "s|$(hide pass)|$(hide admin)|" before/unattend.xml | cmp - after/unattend.xml
cmp before/a after/a
expect 0 "$SHVM" pdk edit w.pdk $edit --admin-password random --admin-password-out drawn --out w3.pdk --json
json_is .password_file drawn "$TMP/out"
[ "$(stat -c '%a %s' drawn)" = '600 25' ] || fail the drawn password
expect 0 "$SHVM" pdk open w3.pdk $(key owner) --out-dir after --force
has "<Value>$(hide drawn)</Value>" after/unattend.xml
expect 0 "$SHVM" pdk create l.pdk $owner $fabric $trust --answer linux --root-password pass
expect 0 "$SHVM" pdk edit l.pdk $edit --root-password admin --out l2.pdk
expect 0 "$SHVM" pdk open l2.pdk $(key owner) --out-dir after --force
has "<Password>$(tr -d '\n' <admin | base64)</Password>" after/unattend.xml
# no WORDS FILE OPTION...
no()
{
	local words=$1 file=$2
	shift 2
	expect 2 "$SHVM" pdk edit "$file" $edit --out no.pdk "$@"
	has "$words" "$TMP/err"
	[ ! -e no.pdk ] || fail no.pdk was written
}
echo >blank
no 'is for Linux and has no password of an account' l.pdk --admin-password admin
no 'is for Windows and has no password of root' w.pdk --root-password admin
no 'm.pdk: unattend.xml: answer file: has no password of an account' m.pdk --admin-password admin
no 'cannot be used together' w.pdk --admin-password admin --root-password admin
no 'needs --admin-password random' w.pdk --admin-password-out new
no 'must be given together' w.pdk --admin-password random
expect 1 "$SHVM" pdk edit w.pdk $edit --out no.pdk --admin-password blank
has 'administrator password: blank: the passphrase is empty' "$TMP/err"
no 'require --answer windows' w.pdk --admin-password admin --locale de-DE
expect 0 "$SHVM" pdk create e.pdk $owner $fabric --existing-vm
no 'no answer file to put a password in' e.pdk --admin-password admin

no '--account requires --admin-password' w.pdk --account tenant
no '--account requires --admin-password' w.pdk --account tenant --answer windows --admin-password admin

# Several accounts: one is named, its AutoLogon follows, and what is left of the
# old password is reported, but not the password.
{
	echo '<unattend xmlns="urn:schemas-microsoft-com:unattend"><settings pass="oobeSystem"><component>'
	echo '<AutoLogon><Username>tenant</Username><Password><Value>0ld-pass</Value><PlainText>true</PlainText></Password></AutoLogon>'
	echo '<UserAccounts><AdministratorPassword><Value>0ld-pass</Value></AdministratorPassword><LocalAccounts>'
	echo '<LocalAccount><Name>tenant</Name><Password><Value>0ld-pass</Value></Password></LocalAccount>'
	echo '</LocalAccounts></UserAccounts></component></settings></unattend>'
} >two.xml
echo 'net use x: 0ld-pass' >map.bat
expect 0 "$SHVM" pdk create t.pdk $owner $fabric $trust --answer-file two.xml --file map.bat
no 'has passwords of several accounts: Administrator, tenant; use --account NAME to choose the account [several-accounts]' t.pdk --admin-password admin
no 'has no password of guest, only of Administrator, tenant' t.pdk --admin-password admin --account guest
expect 0 "$SHVM" pdk edit t.pdk $edit --admin-password admin --account Tenant --out t2.pdk
has 'line 2: the password of tenant was changed in AutoLogon' err
has 'line 4: the password of tenant was changed in LocalAccount' err
has 'warning: answer file: line 3: still has the old password' err
has 'warning: file "map.bat": still has the old password' err
hasnt 0ld-pass err
expect 0 "$SHVM" pdk open t2.pdk $(key owner) --out-dir after --force
[ "$(grep -cF "<Value>$(hide admin)</Value><PlainText>false</PlainText>" after/two.xml)" = 2 ] || fail both copies
[ "$(grep -c 0ld-pass after/two.xml)" = 1 ] || fail another password was changed

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
