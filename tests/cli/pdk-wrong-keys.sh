# The key of no wrapping, and passphrases that are wrong, missing or empty: each
# command says so in its words and writes nothing.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
pdk_create m.pdk
for command in 'check --disk disk.vhdx' 'open --out-dir opened' 'specialize --out-dir opened' show; do
	set -- $command
	verb=$1
	shift
	expect 3 "$SHVM" pdk "$verb" m.pdk "$@" $(key other)
	cat "$TMP/out" "$TMP/err" >both
	case $verb in
	check) has 'none of the given keys opens it' both ;;
	*) has 'm.pdk: the key belongs to none of the 2 wrappings' both ;;
	esac
	echo wrong >wrong
	: >empty
	for pass in wrong empty; do
		expect 1 "$SHVM" pdk "$verb" m.pdk "$@" --key fabric-encryption.pfx --key-pass-file $pass
		case $pass in
		wrong) has 'fabric-encryption.pfx: the passphrase is wrong' "$TMP/err" ;;
		empty) has 'empty: contains no passphrase' "$TMP/err" ;;
		esac
	done
	expect 1 "$SHVM" pdk "$verb" m.pdk "$@" --key fabric-encryption.pfx
	has 'it is encrypted and no passphrase was given' "$TMP/err"
	[ ! -e opened ] || fail "$verb opened it"
done
for pass in owner-signing-key owner-encryption-key; do
	wrong=${edit/--$pass-pass-file pass/--$pass-pass-file wrong}
	expect 1 "$SHVM" pdk edit m.pdk $wrong --policy Shielded --out x.pdk
	has 'the passphrase is wrong' "$TMP/err"
	expect 1 "$SHVM" pdk grant m.pdk $wrong --guardian other.xml --allow-untrusted-root --out x.pdk
	has 'the passphrase is wrong' "$TMP/err"
	expect 1 "$SHVM" pdk revoke m.pdk $wrong --fingerprint "$(printf %064d 0)" --out x.pdk
	has 'the passphrase is wrong' "$TMP/err"
done
[ ! -e x.pdk ] || fail x.pdk was written
