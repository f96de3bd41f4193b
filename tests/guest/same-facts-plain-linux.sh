# A Linux of today: libguestfs tells the same as the fast path, and what only a
# kernel reads, xfs, btrfs and LVM, is judged by the same rules.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/guest/lib-same.sh"
need sgdisk mkfs.vfat mcopy qemu-img jq mke2fs mkfs.btrfs mkfs.xfs guestfish

# plain CASE BROKEN: what is broken by libguestfs's facts
plain()
{
	"$ROOT/tests/fixtures/make-plain-linux.sh" "$1" "$1.vhdx" || fail "fixture $1"
	same_facts "$1.vhdx"
	json_is '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' "$2" guest.json
	json_is '[.checks[] | select(.outcome == "unknown") | .id] | join(" ")' '' guest.json
	json_is .guest.root_trouble null guest.json
	rm "$1.vhdx"
}
plain history leftovers
plain xfs ''
json_is .guest.product 'Sample Linux 1 (plain)' guest.json
plain btrfs ''
plain boot-xfs '' # a boot partition that only a kernel reads
json_is .guest.kernel true guest.json

# A root in a logical volume, made in the appliance: everything is left over.
mkdir -p root/{boot,root/.ssh,etc/ssh,usr/lib,home}
echo x | tee root/root/.bash_history root/root/.ssh/id_rsa root/etc/machine-id \
	root/etc/ssh/ssh_host_rsa_key >root/usr/lib/os-release
echo '/dev/sda1 / ext4' >root/etc/fstab
tar -C root -cf root.tar .
truncate -s 128M image.raw
LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg guestfish \
	--format=raw -a image.raw run : pvcreate /dev/sda : vgcreate vg /dev/sda : \
	lvcreate swap vg 8 : lvcreate root vg 40 : mkfs ext4 /dev/vg/root : \
	mount /dev/vg/root / : tar-in root.tar / >fish 2>&1 || skip "guestfish: $(tail -1 fish)"
ROOT_IMAGE=$PWD/image.raw "$ROOT/tests/fixtures/make-plain-linux.sh" image lvm.vhdx
expect 0 "$SHVM" disk info --json --guest --tcg lvm.vhdx
json_is .guest.root_fs lvm out
json_is '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' \
	'no-kernel fstab-device machine-id ssh-host-keys ssh-user-keys leftovers no-cloud-init' out
json_is '[.checks[] | select(.outcome == "unknown") | .id] | join(" ")' '' out
json_is .yes false out
