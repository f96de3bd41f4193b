# --force never replaces a file that is open: neither the disk nor any parent of
# its chain, under no name at all, by no command and by no kind of result.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq python3

windows_disk base.vhdx
edit="$ROOT/tests/fixtures/edit-vhdx.py"
cp base.vhdx middle.vhdx
flip middle.vhdx $(($(where FILE0 middle.vhdx) + 32))
cp middle.vhdx top.vhdx
python3 "$edit" child middle.vhdx base.vhdx >/dev/null
python3 "$edit" child top.vhdx middle.vhdx >/dev/null
new_ca ca
new_signer signer ca
sign=(--template-name T --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key --ignore low-space
	--ignore differencing)
# A disk of its own, whose names come from one that has parents.
cp base.vhdx lone.vhdx
later=(--populate-from top.vhdx --signing-cert signer.pem --signing-key signer.key --ignore low-space)
mkdir other
ln base.vhdx other/hard.vhdx
ln -s ../base.vhdx other/link.vhdx
ln -s base.vhdx base.vhdx.root
expect 0 "$SHVM" disk info top.vhdx
sha256sum ./*.vhdx >before

# refused RESULT COMMAND...: wrong usage that names the result and the parent
refused()
{
	local result=$1
	shift
	expect 2 "$SHVM" "$@" --force
	has "the result $result is the same file as ./base.vhdx, which is read" err
	one_line err
	sha256sum --quiet -c before || fail "changed by: $*"
	[ ! -e x.vsc ] || fail "a catalog without its tree"
}
for path in base.vhdx ./base.vhdx other/../base.vhdx other/hard.vhdx other/link.vhdx; do
	refused "$path" disk read top.vhdx --out "$path"
done
for path in base.vhdx other/hard.vhdx; do
	refused "$path" disk digest top.vhdx --tree-out "$path"
	refused "$path" disk digest top.vhdx --range 1/2 --out "$path"
	refused "$path" template sign top.vhdx "${sign[@]}" --out "$path"
	refused "$path" template sign top.vhdx "${sign[@]}" --out x.vsc --tree-out "$path"
	refused "$path" template extract top.vhdx --out "$path"
	refused "$path" template sign lone.vhdx "${later[@]}" --out "$path"
	refused "$path" template sign lone.vhdx "${later[@]}" --out x.vsc --tree-out "$path"
done
expect 2 "$SHVM" disk read top.vhdx --out middle.vhdx --force
has "is the same file as ./middle.vhdx, which is read" err
sha256sum --quiet -c before
expect 0 "$SHVM" disk read top.vhdx --out copy.raw
# A file that is not open is replaced.
echo old >copy.raw
expect 0 "$SHVM" disk read top.vhdx --out copy.raw --force
[ "$(stat -c %s copy.raw)" -gt 1000 ] || fail "the copy was not replaced"
