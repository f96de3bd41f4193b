# A block that the VHDX calls UNDEFINED, and for which it has stored bytes, reads
# as zeros here and may read as those bytes elsewhere: an error in a volume that
# is signed, and no reason to worry outside of it.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq python3

windows_disk d.vhdx
new_ca ca
new_signer signer ca
sign=(--template-name T --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key --ignore low-space)
expect 0 "$SHVM" template sign d.vhdx "${sign[@]}" --out good.vsc
expect 0 "$SHVM" template verify d.vhdx --catalog good.vsc --ca ca.pem
expect 0 "$SHVM" disk info d.vhdx --json
json_is '[.checks[] | select(.id == "undefined-blocks")][0].outcome' passed out
# The volume, in bytes of the disk.
read -r first last < <(jq -r '.volumes[0].partition as $n | .partitions[] |
	select(.number == $n) | "\(.offset) \(.offset + .size)"' out)

state() { python3 "$ROOT/tests/fixtures/edit-vhdx.py" state "$@"; }

cp d.vhdx u.vhdx
at=$(state u.vhdx 1 "$first" "$last")
expect 0 "$SHVM" disk info u.vhdx --json
json_is '[.checks[] | select(.id == "undefined-blocks" and .outcome == "failed")][0].level' error out
json_is '[.checks[] | select(.id == "undefined-blocks")][0].offset' "$at" out
json_is .yes false out
expect 1 "$SHVM" template sign u.vhdx "${sign[@]}" --out u.vsc
has "1048576 bytes, the first at $at, in blocks of state UNDEFINED" err
one_line err
[ ! -e u.vsc ] || fail "a catalog was written"
expect 3 "$SHVM" template verify u.vhdx --catalog good.vsc --ca ca.pem --json
json_is .reason undefined-blocks out
has "the first at $at of the disk" out
# Nor with a catalog that says zeros.
expect 0 "$SHVM" template sign u.vhdx "${sign[@]}" --ignore undefined-blocks --out u.vsc
expect 3 "$SHVM" template verify u.vhdx --catalog u.vsc --ca ca.pem --json
json_is .reason undefined-blocks out

# Without stored bytes there is one content; a trimmed block keeps its place.
cp d.vhdx u.vhdx
state u.vhdx 3 "$first" "$last" >/dev/null
expect 0 "$SHVM" disk info u.vhdx --json
json_is '[.checks[] | select(.id == "undefined-blocks")][0].outcome' passed out

# Outside of the volumes: block 0 has the partition table, block 1 what comes first.
cp d.vhdx u.vhdx
state u.vhdx 1 $((1 << 20)) "$first" >/dev/null
expect 0 "$SHVM" disk info u.vhdx --json
json_is '[.checks[] | select(.id == "undefined-blocks")][0].outcome' passed out
# (Block 1 is the ESP's first, which reads as zeros then.)
blank=(--ignore esp-not-fat --ignore unreadable --ignore no-bootmgr --ignore no-bootx64)
# The whole disk has to have one content, where the whole disk is signed.
expect 3 "$SHVM" template verify u.vhdx --catalog good.vsc --ca ca.pem --json
json_is .reason undefined-blocks out
json_is '.text | startswith("partition 1 (ESP): 1048576 bytes, the first at ")' true out
expect 1 "$SHVM" template sign u.vhdx "${sign[@]}" "${blank[@]}" --out gap.vsc
has "undefined-blocks" err
one_line err
[ ! -e gap.vsc ] || fail "a catalog was written"
expect 0 "$SHVM" template sign u.vhdx "${sign[@]}" "${blank[@]}" --out gap.vsc --cover os
expect 0 "$SHVM" template verify u.vhdx --catalog gap.vsc --ca ca.pem --require os
