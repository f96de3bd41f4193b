# What is missing has one line that names it and its package, in doctor and in
# what --guest says when its appliance cannot start.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need jq unshare setpriv sgdisk mkntfs mkfs.vfat
[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || skip "unshare -m needs root"
export SHVM

expect 0 "$SHVM" doctor --json
cp out all.json
works() { [ "$(jq -r ".checks[] | select(.id == \"$1\").outcome" all.json)" = passed ]; }

# hidden COMMANDS PROGRAM...: run the program where these commands ran before
hidden() { unshare -m bash -ec "$1"$'\n''exec "${@:1}"' _ "${@:2}"; }

# missing NAME FIX WORDS COMMANDS: doctor says so after these commands
missing()
{
	works "$1" || { echo "$1 is missing here anyway"; return 0; }
	expect 0 hidden "$4" "$SHVM" doctor
	line=$(grep -A 1 "^warning  $1 " out | tr '\n' ';') || fail "$1 is not missed: $(cat out)"
	case $line in
	*"$3"*"${2:+;    fix:      $2;}"*) ;;
	*) fail "not $3, $2: $line" ;;
	esac
	[ "$(grep -c '^warning' out)" = "$(($(jq '[.checks[] |
		select(.outcome == "failed")] | length' all.json) + 1))" ] ||
		fail "more than $1 is missing: $(cat out)"
	expect 0 hidden "$4" "$SHVM" doctor --json
	json_is ".checks[] | select(.id == \"$1\").fix" "${2:-null}" out
}

# stops PACKAGE COMMANDS: --guest says so, too, in one line
stops()
{
	works libguestfs || return 0
	expect 1 hidden "mount -t tmpfs none /var/tmp
		$2" timeout 100 "$SHVM" disk info --guest --json w.raw
	json_is .error.reason no-appliance out
	one_line err
	has "$1" err
}

windows_raw w.raw
off() { echo "mount --bind /dev/null \$(realpath $1)"; }
missing qemu 'install qemu-system-x86' 'cannot be run' "$(off /usr/bin/qemu-system-x86_64)"
stops '; install qemu-system-x86' "$(off /usr/bin/qemu-system-x86_64)"
missing qemu-img 'install qemu-utils' 'cannot be run' "$(off /usr/bin/qemu-img)"
stops '; install qemu-utils' "$(off /usr/bin/qemu-img)"
missing nbdkit 'install nbdkit' 'cannot be run' "$(off /usr/bin/nbdkit)"
stops 'install nbdkit' "$(off /usr/bin/nbdkit)"
# A program without the plugin next to it looks where it would be installed.
mkdir alone
cp "$SHVM" "$(dirname "$SHVM")/shvm-guest-helper" alone
expect 0 alone/shvm doctor --json
plugin=$(jq -r '.checks[] | select(.id == "nbdkit-plugin").text' out)
if [[ $plugin == *'nbdkit-shvm-plugin.so cannot be read'* ]]; then
	json_is '.checks[] | select(.id == "nbdkit-plugin") | "\(.outcome) \(.fix)"' \
		'failed install nbdkit-plugin-shvm, or build with nbdkit-plugin-dev' out
	if works libguestfs && works nbdkit; then
		expect 1 alone/shvm disk info --guest --json w.raw
		json_is .error.reason no-appliance out
		has 'nbdkit-shvm-plugin.so cannot be read: libguestfs reads the disk through this plugin' err
		one_line err
	fi
fi
missing supermin 'install supermin' 'cannot be run' "$(off /usr/bin/supermin)"
stops '; install supermin' "$(off /usr/bin/supermin)"
missing kernel-image 'install linux-image-amd64' 'no kernel' 'mount -t tmpfs none /boot'
stops '; install linux-image-amd64' 'mount -t tmpfs none /boot'
missing kernel-image 'install linux-image-amd64' modules 'mount -t tmpfs none /lib/modules'
stops 'the modules of its kernel; install' 'mount -t tmpfs none /lib/modules'
guestfs=$(dirname "$(find /usr/lib* -maxdepth 3 -name supermin.d | head -n 1)")
missing appliance-files 'install libguestfs0' 'to build the appliance from are missing' "mount -t tmpfs none $guestfs"
stops '; install libguestfs0' "mount -t tmpfs none $guestfs"
missing appliance-room '' 'free some space' 'mount -t tmpfs -o size=20m none /var/tmp'
stops 'free some space' 'mount -t tmpfs -o size=20m none /var/tmp'
missing ntfs-driver 'install ntfs-3g' 'cannot read NTFS' "$(off /usr/bin/ntfs-3g.probe)"
missing luks-driver 'install cryptsetup-bin' 'cannot open LUKS' "$(off /usr/sbin/cryptsetup)"
missing kvm-device 'without KVM the appliance is slow' /dev/kvm: "$(off /dev/kvm)"
missing pkcs11 'install libengine-pkcs11-openssl' 'no engine' 'for f in /usr/lib/*/engines-3 \
	/usr/lib/*/ossl-modules; do [ ! -d $f ] || mount -t tmpfs none $f; done'

# A kernel that only root may read, as some distributions install it.
if works kernel-image; then
	expect 0 hidden 'mount -t tmpfs none /boot
		echo kernel >/boot/vmlinuz-1.0
		chmod 600 /boot/vmlinuz-1.0' setpriv --reuid 65534 --regid 65534 \
		--clear-groups "$SHVM" doctor
	has '/boot/vmlinuz-1.0 cannot be read: chmod 0644' out
fi
