# What the file itself may be: a differencing disk, sectors of 4 KiB, a GPT
# whose backup does not lie at the end.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq "$B/tests/data/vhdx/mkvhdx"

# level RULE LEVEL FILE
level()
{
	expect 0 "$SHVM" disk info --json "$3"
	json_is "[.checks[] | select(.id == \"$1\" and (.outcome == \"failed\" or (.outcome == \"unknown\" and .id == \"unreadable\")))][0].level" "$2" out
}

"$B/tests/data/vhdx/mkvhdx" write . child-empty dynamic-2m-4k-sectors >/dev/null
level differencing error child-empty.vhdx
json_is '[.checks[] | select(.id == "differencing")][0].text |
	contains("child-empty-parent.vhdx")' true out
# Room for a catalog is a question for disks that stand alone.
json_is '.checks[] | select(.id == "no-room") | .outcome' skipped out
level sector-size warning dynamic-2m-4k-sectors.vhdx
expect 0 "$SHVM" disk info --json dynamic-2m-4k-sectors.vhdx
json_is '.checks[] | select(.id == "no-room") | .outcome' passed out

windows_disk d.vhdx d.raw
truncate -s 64M d.raw
level gpt-backup-place warning d.raw
windows_disk d.vhdx d.raw
printf 'XXXX' | dd of=d.raw bs=1 seek=$((48 * 1048576 - 512 + 0x38)) \
	conv=notrunc status=none
level gpt-backup-damaged warning d.raw
