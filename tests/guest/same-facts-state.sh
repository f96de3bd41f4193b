# The two agree on what is wrong with the state of Windows.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/guest/lib-same.sh"
need sgdisk mkntfs mkfs.vfat mcopy hivexsh qemu-img jq cc cryptsetup mke2fs
windows not-generalized old bitlocker-feature no-windows two-ntfs
