# A passphrase file that is empty or too long: one line, also in the JSON, that
# names the key and the file, for each option of each command that takes one.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
windows='--answer windows --admin-password admin'
expect 0 "$SHVM" pdk create w.pdk $owner $fabric $trust $windows
expect 0 "$SHVM" pdk create l.pdk $owner $fabric $trust --answer linux --root-password admin
expect 0 "$SHVM" pdk protector w.pdk --out kp
print=$(openssl pkcs12 -in fabric-signing.pfx -passin file:pass -nokeys |
	openssl x509 -outform DER | sha256sum | cut -d' ' -f1)
: >empty
head -c 1025 /dev/zero | tr '\0' x >long
echo >blank

key='--key fabric-encryption.pfx'
parts='--signing-key owner-signing.pfx --signing-key-pass-file pass --encryption-key owner-encryption.pfx'
half=${edit% --*}
cert='--signing-cert owner-signing.pfx --signing-key owner-signing.pfx'
names='--template-name n --template-version 1.0.0.0 --out x'
domain='--domain d --domain-user u'
rdp='--rdp-cert fabric-encryption.pfx'
add='--guardian other.xml --allow-untrusted-root --out x'

# The option is the last word. A secret that is set and does not open a key may
# not be an empty line either: those are the ones after a plus.
while read -r plus command; do
	option=${command##* }
	echo "$(echo "$command" | cut -d' ' -f1,2) $option" >>done
	# What is too long and what comes from a descriptor is one code for all.
	for fault in 'empty contains no passphrase' 'long the passphrase is longer than 1024 bytes' \
		'fd:9 contains no passphrase' 'blank the passphrase is empty'; do
		file=${fault%% *}
		case $file:$plus:$command in
		empty:* | blank:+:* | [!b]*:"protector check"* | *:"answer linux"*) ;;
		*) continue ;;
		esac
		# shellcheck disable=SC2086
		expect 1 "$SHVM" $command "$file" --quiet --json 9<empty
		one_line err
		grep -qE "^shvm: ([^:]*: )+${fault/ /: } \[no-passphrase]\$" err || fail "$command $file: $(cat err)"
		json_is .error.message "$(sed "s/^shvm: //; s/ \[no-passphrase]\$//" err)" out
		json_is .error.reason no-passphrase out
		[ ! -e x ] && [ ! -e x.xml ] && [ ! -e d/erin.xml ] || fail "$command $file: a result"
	done
done <<END
- template sign disk.vhdx $names $cert --signing-cert-pass-file
- template sign disk.vhdx $names $cert --signing-cert-pass-file pass --signing-key-pass-file
- template protect disk.vhdx --force $names $cert --signing-cert-pass-file
- template protect disk.vhdx --force $names $cert --signing-cert-pass-file pass --signing-key-pass-file
+ guardian new erin --out-dir d --bits 2048 --pass-file
- guardian new erin --out-dir d --signing-key owner-signing.pfx --signing-key-pass-file
- guardian new erin --out-dir d $parts --encryption-key-pass-file
- guardian export --out x --signing-key owner-signing.pfx --signing-key-pass-file
- guardian export --out x $parts --encryption-key-pass-file
- protector new --owner owner.xml --owner-signing-key owner-signing.pfx $add --owner-signing-key-pass-file
- protector grant kp --owner owner.xml $add ${half/-pass-file pass/-pass-file pass} --owner-encryption-key-pass-file
- protector grant kp --owner owner.xml $add ${half/ --owner-signing-key-pass-file pass/} --owner-signing-key-pass-file
- protector revoke kp --owner owner.xml --guardian fabric.xml --out x $half --owner-encryption-key-pass-file
- protector revoke kp --owner owner.xml --guardian fabric.xml --out x ${half/ --owner-signing-key-pass-file pass/} --owner-signing-key-pass-file
- protector check kp $key --key-pass-file
- pdk create x $fabric $trust $answer --owner owner.xml --owner-signing-key owner-signing.pfx --owner-signing-key-pass-file
+ pdk create x $owner $fabric $trust --answer windows --admin-password
+ pdk create x $owner $fabric $trust $windows $domain --domain-pass-file
+ pdk create x $owner $fabric $trust $windows $rdp --rdp-cert-pass-file
+ pdk create x $owner $fabric $trust --answer linux --root-password
- pdk show w.pdk $key --key-pass-file
- pdk open w.pdk --out-dir x $key --key-pass-file
- pdk edit w.pdk --out x --policy Shielded $half --owner-encryption-key-pass-file
- pdk edit w.pdk --out x --policy Shielded ${half/ --owner-signing-key-pass-file pass/} --owner-signing-key-pass-file
+ pdk edit w.pdk --out x $edit --admin-password
+ pdk edit w.pdk --out x $edit $windows $domain --domain-pass-file
+ pdk edit w.pdk --out x $edit $windows $rdp --rdp-cert-pass-file
+ pdk edit l.pdk --out x $edit --root-password
- pdk grant w.pdk $add $half --owner-encryption-key-pass-file
- pdk grant w.pdk $add ${half/ --owner-signing-key-pass-file pass/} --owner-signing-key-pass-file
- pdk revoke w.pdk --out x --fingerprint $print $half --owner-encryption-key-pass-file
- pdk revoke w.pdk --out x --fingerprint $print ${half/ --owner-signing-key-pass-file pass/} --owner-signing-key-pass-file
- pdk check w.pdk --disk disk.vhdx $key --key-pass-file
- pdk specialize w.pdk --out-dir x $key --key-pass-file
+ answer windows x.xml --admin-password
+ answer windows x.xml --admin-password admin $domain --domain-pass-file
+ answer windows x.xml --admin-password admin $rdp --rdp-cert-pass-file
+ answer linux x.xml --root-password
END

# Each option of each command was there.
"$SHVM" completion bash | sed -n "s/^\t'\([a-z -]*\)') opts=.*/\1/p" |
	while read -r command; do
		# shellcheck disable=SC2086
		"$SHVM" $command --help | sed -nE "s/^  (--[a-z-]*(pass-file|password)) .*/$command \1/p"
	done | sort >wanted
sort -u done | diff - wanted || fail "options without a line here"
