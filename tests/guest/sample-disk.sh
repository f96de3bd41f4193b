# libguestfs takes the sample disk for the Windows that it pretends to be.
. "$ROOT/tests/cli/lib.sh"
need guestfish mkntfs sgdisk mcopy hivexsh qemu-img
export LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg
guestfish -a /dev/null run 2>guestfish.log || skip "the libguestfs appliance does not start"

"$ROOT/samples/make-windows-disk.sh" --size 1024 --files 10 --data 2 disk.vhdx
expect 0 guestfish --ro --format=vhdx -a disk.vhdx <<-'END'
	run
	list-filesystems
	inspect-os
	inspect-get-product-name /dev/sda3
	inspect-get-arch /dev/sda3
	inspect-get-hostname /dev/sda3
	inspect-get-drive-mappings /dev/sda3
END
has '/dev/sda1: vfat' "$TMP/out"
has 'Windows Server 2022 Datacenter' "$TMP/out"
has 'x86_64' "$TMP/out"
has 'WIN-SAMPLE' "$TMP/out"
has 'C: /dev/sda3' "$TMP/out"
