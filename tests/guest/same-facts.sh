# libguestfs and the fast path tell the same of the Windows fixture.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/guest/lib-same.sh"
need sgdisk mkntfs mkfs.vfat mcopy hivexsh qemu-img jq cc cryptsetup mke2fs
windows good
json_is .guest.product "Windows Server 2022 Datacenter" guest.json
