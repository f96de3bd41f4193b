# The two agree on disks whose table or volume is no template's.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/guest/lib-same.sh"
need sgdisk mkntfs mkfs.vfat mcopy hivexsh qemu-img jq cc cryptsetup mke2fs
windows mbr no-esp bitlocker refs two-windows
