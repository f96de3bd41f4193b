# The two agree on the loader of Linux templates.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/guest/lib-same.sh"
need sgdisk mkntfs mkfs.vfat mcopy hivexsh qemu-img jq cc cryptsetup mke2fs
linux no-marker no-conf no-loader bad-conf
