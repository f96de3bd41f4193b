# Chains, dirty logs and sectors of 4 KiB reach the appliance through our
# reader: it tells the facts that only the merged view has, as the fast path.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/guest/lib-same.sh"
need python3 jq ntfscp
edit() { python3 "$ROOT/tests/fixtures/edit-vhdx.py" "$@"; }
touch start

# What libtsk said already is in fast.json, what the appliance said in guest.json.
windows_facts()
{
	json_is .guest.product "Windows Server 2022 Datacenter" "$1"
	json_is .guest.build 20348 "$1"
	json_is .guest.hostname WIN-SAMPLE "$1"
	json_is .guest.image_state IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE "$1"
	json_is .guest.image_state_file IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE "$1"
	json_is .guest.bootmgfw true "$1"
	json_is .guest.bootx64 true "$1"
	json_is .guest.trouble null "$1"
}

# A differencing disk: the page file is in its own blocks, the rest in the
# parent, and where the parent has it the child's file has noise.
windows_disk parent.vhdx d.raw
dd if=d.raw of=ntfs bs=1M skip=21 count=26 status=none
echo "left over" >file
ntfscp -q ntfs file pagefile.sys
dd if=ntfs of=d.raw bs=1M seek=21 conv=notrunc status=none
qemu-img convert -O vhdx -o block_size=1M d.raw child.vhdx
edit child child.vhdx parent.vhdx
cp parent.vhdx keep.vhdx
cp child.vhdx keep-child.vhdx
same_facts child.vhdx
for json in fast.json guest.json; do
	json_is '[.checks[] | select(.level == "error" and (.outcome == "failed" or (.outcome == "unknown" and .id == "unreadable"))) | .id] | join(" ")' \
		differencing $json
	json_is .guest.pagefile true $json
	windows_facts $json
done
same parent.vhdx keep.vhdx
same child.vhdx keep-child.vhdx

# A dirty log, without which the block table is empty.
cp parent.vhdx dirty.vhdx
edit dirty dirty.vhdx
cp dirty.vhdx keep.vhdx
same_facts dirty.vhdx
for json in fast.json guest.json; do
	json_is .image.log replayed $json
	json_is .guest.pagefile false $json
	windows_facts $json
done
same dirty.vhdx keep.vhdx

# Sectors of 4096 bytes: of the table, and of the file systems, which Linux
# does not mount otherwise on such a disk.
"$ROOT/samples/make-windows-disk.sh" --size 48 --esp 4 --data 0 --files 0 \
	--fs-sector 4096 --format raw k.raw
edit gpt4k k.raw
qemu-img convert -O vhdx -o block_size=1M k.raw k.vhdx
edit sectors k.vhdx
same_facts k.vhdx
for json in fast.json guest.json; do
	json_is '[.checks[] | select(.id == "sector-size" and .outcome == "failed")][0].level' warning $json
	windows_facts $json
done

[ -z "$(find /tmp -maxdepth 1 -name 'shvm-nbd-*' -newer start)" ] ||
	fail "a socket was left"

# A plain VHDX, which QEMU could open by itself: no QEMU is given its name or
# the driver for it.
if command -v strace >/dev/null; then
	expect 0 strace -f -qq -e trace=execve -e signal=none -s 4000 -v -o trace \
		"$SHVM" disk info --json --guest --tcg parent.vhdx
	grep -q 'execve("[^"]*qemu-system' trace || fail "no QEMU ran"
	grep 'execve("[^"]*/qemu-' trace >qemu # qemu-img makes the overlay
	hasnt parent.vhdx qemu
	hasnt '"vhdx"' qemu
	hasnt driver=vhdx qemu
	hasnt format=vhdx qemu
	has nbd qemu
	rm -f trace
else
	echo "not looked at: what QEMU opens (strace is not installed)"
fi
