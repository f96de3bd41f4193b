# pdk check opens the disk as template verify does: the same options, the same
# refusals, the same forms of a time.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need python3 jq
pdk_setup
pdk_create m.pdk --policy Shielded
edit="$ROOT/tests/fixtures/edit-vhdx.py"
check() { "$SHVM" pdk check m.pdk $(key fabric) --json "$@"; }

# A child that differs outside of what is signed, where that is the OS volume.
expect 0 "$SHVM" template sign disk.vhdx --cover os --template-name T --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --out os.vsc
pdk_create os.pdk --require os
check_os() { "$SHVM" pdk check os.pdk $(key fabric) --catalog os.vsc --json "$@"; }
cp disk.vhdx child.vhdx
flip child.vhdx "$(where mkfs.fat child.vhdx)"
python3 "$edit" child child.vhdx disk.vhdx >/dev/null
expect 0 check --disk disk.vhdx
for checker in check check_os; do
	expect 3 $checker --disk child.vhdx
	json_is .reason differencing out
	json_is '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' layout out
done
expect 3 check --disk child.vhdx --allow-differencing
json_is .reason digest-mismatch out
has 'partition 1 (ESP): the digest is' out
expect 0 check_os --disk child.vhdx --allow-differencing
json_is .verdict provision out
mkdir away
mv disk.vhdx away
expect 1 check_os --disk child.vhdx --allow-differencing
expect 0 check_os --disk child.vhdx --allow-differencing --parent away/disk.vhdx
ln -s away/disk.vhdx disk.vhdx
expect 1 check_os --disk child.vhdx --allow-differencing
expect 0 check_os --disk child.vhdx --allow-differencing --parent-anywhere
expect 1 check_os --disk child.vhdx --allow-differencing --parent-anywhere --no-parent-lookup
rm disk.vhdx
mv away/disk.vhdx .

cp disk.vhdx dirty.vhdx
python3 "$edit" dirty dirty.vhdx
expect 0 check --disk dirty.vhdx
expect 1 check --disk dirty.vhdx --no-replay
"$SHVM" disk read disk.vhdx --out d.raw
expect 0 check --disk d.raw --catalog t.vsc
expect 0 check --disk d.raw --catalog t.vsc --sector-size 512
expect 1 check --disk d.raw --catalog t.vsc --sector-size 4096

# One form of a time is one in both commands.
# The signer has expired then, the owner has not.
later=$(date -u -d '+2 years' +%F)
for at in "$later" "${later}T00:00:00Z" "@$(date -u -d "$later" +%s)"; do
	expect 3 check --disk disk.vhdx --at $at
	json_is .reason certificate-expired out
	expect 3 "$SHVM" template verify disk.vhdx --signer signer.pem --at $at --json
	json_is .reason certificate-expired out
done
for at in 2026-02-31 tomorrow @0 1960-01-01; do
	expect 2 check --disk disk.vhdx --at $at
	expect 2 "$SHVM" template verify disk.vhdx --signer signer.pem --at $at
done

# About a disk that is not there.
for option in --raw --no-replay --allow-differencing --no-parent-lookup --parent-anywhere \
	'--parent disk.vhdx' '--sector-size 512' '--partition 2'; do
	# shellcheck disable=SC2086
	expect 2 check --catalog t.vsc $option
	has 'options that describe a disk require --disk' err
done
