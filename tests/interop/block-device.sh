# Disks on a block device: the same facts and digests as from the file of
# it, with the device's own sectors, and no catalog goes onto one.
. "$ROOT/tests/cli/lib.sh"
need losetup sgdisk jq qemu-img qemu-io
[ "$(id -u)" = 0 ] || skip "losetup needs root"

loop=
trap '[ -z "$loop" ] || losetup -d "$loop"' EXIT

# attach FILE SECTOR: the device is $loop, in place of the one before
attach()
{
	[ -z "$loop" ] || losetup -d "$loop"
	loop=
	loop=$(losetup -f --show -b "$2" "$1" 2>"$TMP/why") ||
		skip "no loop device: $(head -n 1 "$TMP/why")"
}

for sector in 512 4096; do
	truncate -s 40M raw$sector
	attach raw$sector $sector
	sgdisk -n 1:0:0 -c 1:data "$loop" >sgdisk.log
	seq 700000 | dd of="$loop" bs=1M seek=3 conv=fsync status=none

	# Only who asks the device reads the table where sectors have 4096 bytes.
	expect 0 "$SHVM" disk info --json "$loop"
	json_is '.table.kind' gpt "$TMP/out"
	json_is '.partitions[0].name' data "$TMP/out"
	json_is .virtual_size 41943040 "$TMP/out"

	expect 0 "$SHVM" disk digest --whole --json --sector-size $sector raw$sector
	jq -r .digest "$TMP/out" >want
	for way in '' --mmap; do
		expect 0 "$SHVM" disk digest --whole --json $way "$loop"
		json_is .digest "$(cat want)" "$TMP/out"
		json_is .size 41943040 "$TMP/out"
	done
	expect 0 "$SHVM" disk read --out copy$sector "$loop"
	cmp copy$sector raw$sector
done

qemu-img create -q -f vhdx a.vhdx 64M
qemu-io -f vhdx -c 'write -P 7 1M 5M' a.vhdx >/dev/null
cp a.vhdx before
attach a.vhdx 512
for command in info check; do
	expect 0 "$SHVM" disk $command "$loop"
done
for image in a.vhdx "$loop"; do
	expect 0 "$SHVM" disk digest --whole --json $image
	jq -r .digest "$TMP/out"
done | uniq >digests
[ "$(wc -l <digests)" = 1 ] || fail "another digest: $(cat digests)"

# An editor makes files longer, which a device cannot be.
expect 1 "$B/tests/data/vhdx/editvhdx" put "$loop" 100
has 'not a regular file' "$TMP/err"
cmp a.vhdx before
