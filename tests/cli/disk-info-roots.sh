# Of several partitions that may be the root of a plain Linux, the one with an
# os-release is it; with none, or with two, it has to be named.
. "$ROOT/tests/cli/lib.sh"
need sfdisk mke2fs jq

# disk FOLDER2 FOLDER3: d.raw with an ESP and these two file systems
disk()
{
	local at
	rm -f d.raw
	truncate -s 64M d.raw
	printf 'label: gpt\n,10M,U\n,20M,L\n,20M,L\n' | sfdisk -q d.raw
	for at in "11534336 $1" "32505856 $2"; do
		mke2fs -q -F -t ext4 -d "${at#* }" -E offset="${at% *}" d.raw 20M 2>/dev/null
	done
}
info() { expect 0 "$SHVM" disk info d.raw --type linux --ignore not-vhdx --json "$@"; }

mkdir -p root/etc root2/usr/lib data
echo ID=x | tee root/etc/os-release >root2/usr/lib/os-release
disk data root
info
json_is '.volumes | tostring' '[{"role":"Root","partition":3}]' out
disk root2 data
info
json_is '.volumes | tostring' '[{"role":"Root","partition":2}]' out
for pair in "data data" "root root2"; do
	# shellcheck disable=SC2086
	disk $pair
	info
	json_is '[.checks[] | select(.id == "several-root-volumes") | .outcome] | join(" ")' failed out
	info --partition 3
	json_is '.volumes | tostring' '[{"role":"Root","partition":3}]' out
done
