# --force replaces an older result, and never a file that the command reads, a
# device, a pipe or a folder; two results are two files.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
windows_disk disk.vhdx disk.raw
"$ROOT/samples/make-test-ca.sh" keys
ln -s disk.vhdx link.vhdx
sha256sum disk.vhdx disk.raw keys/* >before

# refused WORDS ARGUMENT...: wrong usage that names the file, nothing changed
refused()
{
	local words=$1
	shift
	expect 2 "$SHVM" "$@"
	has "$words" "$TMP/err"
	one_line "$TMP/err"
	sha256sum --quiet -c before || fail "changed by: $*"
}
sign=(template sign disk.vhdx --template-name A --template-version 1.0.0.0 --ignore low-space
	--signing-cert keys/signer.pem --signing-key keys/signer.key --force)

refused '--out disk.vhdx is the same file as DISK' "${sign[@]}" --out disk.vhdx
refused '--out link.vhdx is the same file as DISK' "${sign[@]}" --out link.vhdx
refused 'is the same file as --signing-key' "${sign[@]}" --out keys/../keys/signer.key
refused '--tree-out disk.vhdx is the same file as DISK' "${sign[@]}" --out a.vsc --tree-out disk.vhdx
refused '--tree-out a.vsc is the same file as --out' "${sign[@]}" --out a.vsc --tree-out a.vsc
refused 'is the same file as DISK' disk read disk.vhdx --out disk.vhdx --force
refused 'is the same file as DISK' disk digest --raw disk.raw --whole --range 1/2 --out disk.raw --force
refused 'is the same file as DISK' template extract disk.vhdx --out disk.vhdx --force
refused 'is the same file as FILE|URL' guardian import keys/ca.pem --out keys/ca.pem --force
refused 'is the same file as --signing-key' guardian export --signing-key keys/signer.key \
	--encryption-key keys/ca.key --out keys/signer.key --force
# The operand is the result here, and an option's value is NAME=PATH or PATH:RULE.
for option in "--owner-signing-key keys/ca.key" "--file x=keys/ca.key" "--trust keys/ca.key:Equals"; do
	# shellcheck disable=SC2086
	refused "the result keys/ca.key is the same file as ${option%% *}" \
		pdk create keys/ca.key --force $option
done
# A text is no path.
expect 0 "$SHVM" template sign disk.vhdx --template-name b.vsc --template-version 1.0.0.0 --ignore low-space \
	--signing-cert keys/signer.pem --signing-key keys/signer.key --out b.vsc
expect 0 "$SHVM" template sign disk.vhdx --template-name b.vsc --template-version 1.0.0.0 --ignore low-space \
	--signing-cert keys/signer.pem --signing-key keys/signer.key --out b.vsc --force

mkfifo fifo
mkdir folder
ln -s /dev/null null
# The program's standard output, by the links of any system.
ln -s /proc/self/fd fd
ln -s fd/1 stdout
for path in fifo folder null /dev/stdout stdout /proc/self/fd/1; do
	refused "$path: exists and is not a regular file" "${sign[@]}" --out "$path"
	refused "$path: exists and is not a regular file" "${sign[@]}" --out c.vsc --tree-out "$path"
done
[ ! -e c.vsc ] || fail "a catalog without its tree"
