# libguestfs and the fast path tell the same of the Linux fixture.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/guest/lib-same.sh"
need sgdisk mkntfs mkfs.vfat mcopy hivexsh qemu-img jq cc cryptsetup mke2fs
linux good
json_is .guest.trouble null guest.json
