# libguestfs reads cloud-init's files as the fast path does, and also in file
# systems and logical volumes that only a kernel knows.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/guest/lib-same.sh"
need sgdisk mkfs.vfat mcopy qemu-img jq cryptsetup mke2fs mkfs.btrfs guestfish

# rule FILE: how datasource-list was judged
rule() { jq -r '.checks[] | select(.id == "datasource-list") | .outcome' "$1"; }

for case in cloud-local:passed cloud-ec2:failed cloud-identify:unknown cloud-folder-link:unknown; do
	linux "${case%:*}"
	[ "$(rule fast.json)" = "${case#*:}" ] || fail "fast: $(rule fast.json)"
	[ "$(rule guest.json)" = "${case#*:}" ] || fail "guest: $(rule guest.json)"
done
# in_kernel NAME: of these the fast path knows nothing
in_kernel()
{
	[ "$(rule fast.json)" = unknown ] || fail "fast: $(rule fast.json)"
	[ "$(rule guest.json)" = failed ] || fail "guest: $(rule guest.json)"
	json_is .guest.root_fs "$1" guest.json
	json_is .guest.datasources 'NoCloud, Ec2' guest.json
	json_is .guest.root_trouble null guest.json
}
linux btrfs
in_kernel btrfs

# A logical volume and a subvolume with a root, made in the appliance
mkdir -p root/etc/cloud root/usr/bin root/usr/lib
: >root/usr/bin/cloud-init
echo ID=sample >root/usr/lib/os-release
echo 'datasource_list: [NoCloud, Ec2]' >root/etc/cloud/cloud.cfg
tar -C root -cf root.tar .
made() # COMMAND...: of guestfish, on a new image
{
	rm -f image.raw
	truncate -s 128M image.raw
	LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg guestfish \
		--format=raw -a image.raw run : "$@" >fish 2>&1 ||
		skip "guestfish: $(tail -1 fish)"
}
made pvcreate /dev/sda : vgcreate vg /dev/sda : lvcreate swap vg 8 : \
	lvcreate root vg 40 : mkfs ext4 /dev/vg/root : mount /dev/vg/root / : \
	tar-in root.tar /
ROOT_IMAGE=$PWD/image.raw linux image
in_kernel lvm
made mkfs btrfs /dev/sda : mount /dev/sda / : btrfs-subvolume-create /@ : tar-in root.tar /@
ROOT_IMAGE=$PWD/image.raw linux image
in_kernel btrfs
