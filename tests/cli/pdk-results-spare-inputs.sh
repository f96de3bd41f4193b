# What the commands of shielding data write never goes over what they read:
# the file, its keys, its passphrases; nor do names in a file lead anywhere.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
echo text >plain
pdk_create m.pdk --file plain --file fabric-encryption.pfx=plain
expect 0 "$SHVM" fsk create v.fsk '@ComputerName@=vm'
cp owner-signing.pfx keyed.xml
sha256sum ./*.pdk ./*.pfx ./*.xml ./*.vsc v.fsk pass admin plain >before

# refused WORDS ARGUMENT...: wrong usage that names the file, nothing changed
refused()
{
	local words=$1
	shift
	expect 2 "$SHVM" "$@" --force
	has "$words" err
	one_line err
	sha256sum --quiet -c before || fail "changed by: $*"
}
refused '--out m.pdk is the same file as FILE.pdk' pdk protector m.pdk --out m.pdk
refused '--out-dir m.pdk is the same file as FILE.pdk' pdk open m.pdk $(key owner) --out-dir m.pdk
refused 'the same file as --key' pdk specialize m.pdk $(key fabric) --fsk v.fsk \
	 --out fabric-encryption.pfx
refused 'the same file as --fsk' pdk specialize m.pdk $(key fabric) --fsk v.fsk \
	 --out v.fsk
for command in edit "grant --guardian other.xml --allow-untrusted-root" "revoke --fingerprint $(printf '%064d' 0)"; do
	# shellcheck disable=SC2086
	refused 'the same file as --owner-signing-key-pass-file' pdk ${command%% *} m.pdk \
		$edit $([ "$command" = edit ] || echo "${command#* }") --out pass
done
refused 'the same file as --file' pdk edit m.pdk $edit --file plain --out plain
refused '--admin-password-out m.pdk is the same file as FILE.pdk' pdk edit m.pdk $edit \
	--admin-password random --admin-password-out m.pdk
refused '--admin-password-out owner.xml is the same file as --owner' pdk create x.pdk $owner $fabric \
	$trust --answer windows --admin-password random --admin-password-out owner.xml
refused 'the same file as --ssh-key' answer linux x.xml --ssh-key plain \
	--root-password random --root-password-out plain
refused '--owner-encryption-key' protector grant m.pdk --owner owner.xml $edit --guardian other.xml \
	--out owner-encryption.pfx
# A specification is as good as a command line.
jq -n '{schema: 2, owner: "owner.xml", owner_signing_key: "owner-signing.pfx",
	owner_signing_key_pass_file: "pass", answer: {os: "windows",
	admin_password: "random", admin_password_out: "pass"}}' >spec.json
refused 'the same file as --owner-signing-key' pdk create owner-signing.pfx --spec spec.json
refused '--admin-password-out' pdk create x.pdk --spec spec.json

# Files of a folder, and names that are completed.
refused 'the result ./fabric-encryption.pfx is the same file as --key' \
	pdk open m.pdk $(key fabric) --out-dir .
refused 'the result ./fabric-encryption.pfx is the same file as --key' \
	pdk specialize m.pdk $(key fabric) --fsk v.fsk --out-dir .
refused 'the same file as --signing-key' guardian new keyed --out-dir . \
	--signing-key keyed.xml --signing-key-pass-file pass
[ ! -e x.pdk ] && [ ! -e x.xml ] || fail "a result of a refused command"

# Nothing is written when one file cannot be; a link is replaced, not followed.
mkdir d
touch d/plain
expect 2 "$SHVM" pdk open m.pdk $(key owner) --out-dir d
has 'd/plain: already exists' err
[ "$(ls d)" = plain ] || fail "a part of the files"
ln -sf ../admin d/plain
ln -s /nowhere/at/all d/unattend.xml
expect 0 "$SHVM" pdk open m.pdk $(key owner) --out-dir d --force
[ ! -L d/plain ] && [ ! -L d/unattend.xml ] || fail "a link is still there"
same plain d/plain
ln -sf ../admin d/plain
expect 0 "$SHVM" pdk specialize m.pdk $(key owner) --fsk v.fsk --out-dir d --force
same plain d/plain
mkfifo d/fifo
ln -sf fifo d/plain
expect 2 "$SHVM" pdk open m.pdk $(key owner) --out-dir d --force
has 'd/plain: exists and is not a regular file' err
sha256sum --quiet -c before || fail "changed through a link"

# What is there is refused before a key is asked for.
for command in "protector m.pdk --out plain" \
	"specialize m.pdk --key none.pfx --out plain" \
	"edit m.pdk --owner-signing-key none --owner-encryption-key none --out plain" \
	"create x.pdk --answer linux --root-password random --root-password-out plain"; do
	# shellcheck disable=SC2086
	expect 2 "$SHVM" pdk $command
	has 'plain: already exists; use --force to replace it' err
done

# A template to trust may be a disk that has parents, which are read, too.
if command -v python3 >/dev/null; then
	cp disk.vhdx child.vhdx
	flip child.vhdx $(($(where FILE0 child.vhdx) + 32))
	python3 "$ROOT/tests/fixtures/edit-vhdx.py" child child.vhdx disk.vhdx >/dev/null
	ln disk.vhdx hard.vhdx
	sha256sum disk.vhdx child.vhdx >>before
	of_child="--trust child.vhdx:Equals --signer signer.pem"
	for path in disk.vhdx hard.vhdx; do
		words="the result $path is the same file as ./disk.vhdx, which is read"
		# shellcheck disable=SC2086
		refused "$words" pdk create "$path" $owner $fabric $of_child $answer
		# shellcheck disable=SC2086
		refused "$words" pdk edit m.pdk $edit $of_child --out "$path"
	done
	pdk_create new.pdk --trust child.vhdx:Equals
fi

# A guardian's name is no path.
expect 0 "$SHVM" guardian new keys --out-dir keys --no-encryption --bits 2048
expect 0 "$SHVM" guardian new keys --out-dir keys --no-encryption --bits 2048 --force
