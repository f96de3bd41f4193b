# The two agree on LUKS that is not as provisioning wants it.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/guest/lib-same.sh"
need sgdisk mkntfs mkfs.vfat mcopy hivexsh qemu-img jq cc cryptsetup mke2fs
linux wrong-passphrase wrong-boot-passphrase boot-not-encrypted bad-luks
