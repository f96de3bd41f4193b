# A template of a Linux of today: each rule is broken by exactly one case and kept
# by the others, and what cannot be read is unknown, never wrong.
. "$ROOT/tests/cli/lib.sh"
need sgdisk mkfs.vfat mcopy mke2fs mkfs.xfs mkfs.btrfs cryptsetup jq
make=$ROOT/tests/fixtures/make-plain-linux.sh

# What is unknown where the root is not read
linux='no-kernel fstab-device machine-id ssh-host-keys ssh-user-keys passwords leftovers no-cloud-init'
inside="no-linux $linux datasource-list"

# plain CASE BROKEN UNKNOWN [JQ VALUE]...: ids of failed and unknown rules
plain()
{
	local case=$1 broken=$2 unknown=$3 ready=true
	shift 3
	"$make" "$case" "$case.raw" || fail "fixture $case"
	expect 0 "$SHVM" disk info --json --type linux --ignore not-vhdx "$case.raw"
	json_is .disk_type Linux out
	json_is '[.checks[] | select(.outcome == "failed") | "\(.id)"] | join(" ")' "$broken" out
	json_is '[.checks[] | select(.outcome == "unknown") | .id] | sort | join(" ")' \
		"$(tr ' ' '\n' <<<"$unknown" | sort | xargs)" out
	! jq -e '[.checks[] | select(.outcome == "failed" and .level == "error")] | length > 0' \
		out >/dev/null || ready=false
	json_is .yes $ready out
	while [ $# -gt 0 ]; do
		json_is "$1" "$2" out
		shift 2
	done
	rm "$case.raw"
}
# text RULE: what the rule said
text() { echo "[.checks[] | select(.id == \"$1\")][0].text"; }

plain good '' '' .guest.product 'Sample Linux 1 (plain)' .guest.root_fs ext \
	.guest.kernel true .guest.machine_id false .guest.root_trouble null \
	'[.volumes[] | "\(.role) \(.partition)"] | join(" ")' 'Root 2'
plain type-8300 '' '' '[.volumes[] | "\(.role) \(.partition)"] | join(" ")' 'Root 2'

plain fstab-sda fstab-device '' "$(text fstab-device)" \
	'fstab names a device by a name that changes with the controller: line 6: /dev/sda1'
plain fstab-by-path fstab-device ''
plain fstab-mapper '' ''
plain fstab-lvm '' ''
plain fstab-nofail '' ''
plain no-fstab '' ''
plain fstab-link '' fstab-device .guest.root_trouble 'partition 2: /etc/fstab is not a plain file'

plain machine-id machine-id ''
plain machine-id-new '' ''
plain machine-id-dbus machine-id ''
plain host-keys ssh-host-keys ''
plain host-key-public '' ''
plain ssh-link '' ssh-host-keys
plain authorized-keys ssh-user-keys '' "$(text ssh-user-keys) | endswith(\": /home/user/.ssh/authorized_keys\")" true
plain authorized-none '' ''
plain private-key ssh-user-keys '' "$(text ssh-user-keys) | endswith(\": /root/.ssh/id_ed25519\")" true
plain password passwords '' .guest.password_names user
plain no-password passwords '' .guest.password_names user

plain history leftovers '' .guest.leftover_files /root/.bash_history
plain history-user leftovers '' .guest.leftover_files /home/user/.python_history
plain cloud-ran leftovers '' .guest.leftover_files /var/lib/cloud/instances/i-1
plain journal leftovers '' .guest.leftover_files /var/log/journal/0123456789abcdef0123456789abcdef
plain lease leftovers '' .guest.leftover_files /var/lib/dhcp/dhclient.eth0.leases
plain random-seed leftovers '' .guest.leftover_files /var/lib/systemd/random-seed

plain no-cloud-init no-cloud-init ''
plain cloud-ec2 datasource-list ''
plain cloud-block '' datasource-list
plain no-loader no-bootx64 ''
plain luks root-encrypted "root-unread $inside" .guest.root_fs null

# Without an os-release it is no Linux, and nothing else in it is judged.
plain no-release no-linux "$linux" .guest.os_release false

# A kernel in /boot, on a boot partition with or without the type of one, or on
# the EFI system partition
plain no-kernel no-kernel ''
plain kernel-esp '' '' .guest.esp_kernel true
plain kernel-entry '' '' .guest.esp_kernel true
plain boot-ext '' '' .guest.kernel true '[.volumes[] | .role] | join(" ")' Root
plain boot-typed '' '' .guest.kernel true \
	'[.volumes[] | "\(.role) \(.partition)"] | join(" ")' 'Boot 3 Root 2'
plain boot-xfs '' no-kernel "$(text no-kernel) | startswith(\"partition 3: xfs was not looked into\")" true

# Only a kernel reads these: one warning, and nothing is wrong.
plain xfs root-unread "$inside" .guest.root_fs xfs "$(text root-unread)" \
	'what is in the root is not known: partition 2: the root file system (xfs) was not read: only libguestfs can read it'
plain btrfs root-unread "$inside" .guest.root_fs btrfs
printf 'LABELONE\1\0\0\0\0\0\0\0\0\0\0\0\040\0\0\0LVM2 001' >label
truncate -s 8M lvm.img
dd if=label of=lvm.img bs=512 seek=1 conv=notrunc status=none
ROOT_IMAGE=$PWD/lvm.img plain image root-unread "$inside" .guest.root_fs lvm

# An ext4 /boot that was looked into leaves one partition that may be the root.
ROOT_IMAGE=$PWD/lvm.img plain boot-lvm root-unread "${inside/no-kernel /}" .guest.root_fs lvm \
	.guest.kernel true '[.volumes[] | "\(.role) \(.partition)"] | join(" ")' 'Root 2'

# lsvmprep's file says what a disk is; who says otherwise hears of it.
"$make" lsvmconf d.raw
expect 0 "$SHVM" disk info --json d.raw
json_is .disk_type PreprocessedLinux out
expect 0 "$SHVM" disk info --json --type linux d.raw
json_is .disk_type Linux out
json_is '[.checks[] | select(.outcome == "failed" and .level == "warning") | .id] | join(" ")' has-lsvmconf out
