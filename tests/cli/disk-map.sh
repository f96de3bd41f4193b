# disk map covers the disk without gaps; its data runs hold all that is stored.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need sgdisk mkntfs mkfs.vfat jq qemu-img

windows_raw w.raw
expect 0 "$SHVM" disk map --json w.raw
json_is '[.extents[].size] | add' $((64 * 1048576)) out
json_is '[.extents as $e | range(1; $e | length) |
	$e[.].offset == $e[. - 1].offset + $e[. - 1].size and
	$e[.].state != $e[. - 1].state] | all' true out
# qemu-img says the same about what is stored, run by run
jq -c '[.extents[] | select(.state == "data") | [.offset, .size]]' out >ours
qemu-img map -f raw --output=json w.raw |
	jq -c '[.[] | select(.data) | [.start, .length]]' >theirs
cmp ours theirs

expect 0 "$SHVM" disk map --partition 2 --json w.raw
json_is '[.extents[].size] | add' $((4 * 1048576)) out
expect 0 "$SHVM" disk map w.raw
has hole out
