# The options about parents hold for all that a command reads of a disk: the
# catalog in it, and the disk that --populate-from names.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq python3

windows_disk base.vhdx
new_ca ca
new_signer signer ca
keys=(--signing-cert signer.pem --signing-key signer.key --ignore low-space)
cp base.vhdx child.vhdx
flip child.vhdx $(($(where FILE0 child.vhdx) + 32))
expect 0 "$SHVM" template protect child.vhdx --template-name Child --template-version 1.2.3.4 "${keys[@]}"
python3 "$ROOT/tests/fixtures/edit-vhdx.py" child child.vhdx base.vhdx >/dev/null
expect 0 "$SHVM" disk info child.vhdx --json
json_is .catalog.template.name Child out

mkdir away
mv base.vhdx away
expect 1 "$SHVM" disk info child.vhdx
has PARENT_MISSING err || has "was not found in" err
expect 0 "$SHVM" disk info child.vhdx --parent away/base.vhdx --json
json_is .catalog.template.name Child out
json_is .image.parent away/base.vhdx out
ln -s away/base.vhdx base.vhdx
expect 1 "$SHVM" disk info child.vhdx
expect 0 "$SHVM" disk info child.vhdx --parent-anywhere --json
json_is .catalog.template.name Child out

# A new catalog with the names of the one in the child.
for options in --parent-anywhere '--parent away/base.vhdx'; do
	# shellcheck disable=SC2086
	expect 0 "$SHVM" template sign child.vhdx --populate-from child.vhdx "${keys[@]}" \
		--ignore differencing $options --out x.vsc --force --json
	json_is .template.name Child out
	json_is .template.version 1.2.3.4 out
done
expect 1 "$SHVM" template sign child.vhdx --populate-from child.vhdx "${keys[@]}" \
	--ignore differencing --out y.vsc
has "outside the folder" err
# --raw is about DISK: what --populate-from names is still the VHDX that it is.
"$SHVM" disk read child.vhdx --parent-anywhere --out d.raw
expect 0 "$SHVM" template sign d.raw --raw --parent-anywhere --populate-from child.vhdx \
	"${keys[@]}" --ignore not-vhdx --out z.vsc --json
json_is .template.name Child out
