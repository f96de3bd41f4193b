# disk info agrees with sgdisk about every partition, and knows the volume.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need sgdisk mkntfs mkfs.vfat jq

windows_raw w.raw
expect 0 "$SHVM" disk info --json w.raw
json_is '.schema' 2 out
json_is .image.format raw out
json_is .image.type null out
json_is '.table.kind' gpt out
json_is '.table.guid' "$(sgdisk -p w.raw |
	sed -n 's/^Disk identifier (GUID): //p' | tr A-F a-f)" out
json_is '.partitions | length' 3 out
json_is '[.partitions[].content] | join(" ")' "fat blank ntfs" out
json_is '.volumes | tostring' '[{"role":"OS","partition":7}]' out
json_is .yes false out
json_is '[.checks[] | select(.level == "error" and .outcome == "failed") | .id] | join(" ")' \
	"not-vhdx no-bootx64 no-bootmgr no-windows" out

for i in 0 1 2; do
	n=$(jq ".partitions[$i].number" out)
	sgdisk -i "$n" w.raw >theirs
	json_is ".partitions[$i].guid" \
		"$(sed -n 's/^Partition unique GUID: //p' theirs | tr A-F a-f)" out
	json_is ".partitions[$i].type_guid" \
		"$(sed -n 's/^Partition GUID code: \([^ ]*\).*/\1/p' theirs |
			tr A-F a-f)" out
	first=$(sed -n 's/^First sector: \([0-9]*\).*/\1/p' theirs)
	json_is ".partitions[$i].offset" $((first * 512)) out
	sectors=$(sed -n 's/^Partition size: \([0-9]*\).*/\1/p' theirs)
	json_is ".partitions[$i].size" $((sectors * 512)) out
	json_is ".partitions[$i].name" \
		"$(sed -n "s/^Partition name: '\(.*\)'/\1/p" theirs)" out
done

expect 0 "$SHVM" disk info w.raw
has "OS: partition 7" out
has "verdict:" out

expect 0 "$SHVM" disk info --partition 7 --json w.raw
json_is '.volumes[0].partition' 7 out
expect 2 "$SHVM" disk info --partition 3 w.raw
has "no partition 3" err
expect 0 "$SHVM" disk info --partition 1 --json w.raw
json_is '.yes' false out
json_is '[.checks[] | select(.id == "not-ntfs" and .outcome == "failed")][0].level' error out
