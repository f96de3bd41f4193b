#!/bin/bash
# Create a Debian template disk for shvm template protect --type linux:
# an EFI system partition with Debian's signed shim and grub, and an ext4 root
# with its signed kernel. Written as a dynamic VHDX. Needs neither KVM, nor loop
# devices, nor mounts; packages are fetched with apt.
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin

usage()
{
	cat <<-'END'
	usage: make-linux-template.sh [OPTION...] OUT.vhdx
	  --mini          no Debian, but its kernel and busybox: it copies user-data
	                  and meta-data of a seed disk to /root/seed-applied and
	                  powers off. Without it: Debian with cloud-init, as root
	  --size MIB      size of the root partition, default 2048, with --mini 64
	  --suite NAME    release of Debian, default that of this machine
	  --debs FOLDER   take packages from there, and keep fetched ones; --mini
	  --raw           write a raw disk
	END
}

die()
{
	echo "make-linux-template: $*" >&2
	exit 1
}

mini= size= out= debs= raw= suite=
while [ $# -gt 0 ]; do
	case $1 in
	--mini) mini=1 ;;
	--raw) raw=1 ;;
	--size | --suite | --debs)
		[ $# -gt 1 ] || { usage >&2; exit 2; }
		case $1 in
		--size) size=$2 ;;
		--suite) suite=$2 ;;
		--debs) debs=$2 ;;
		esac
		shift ;;
	--help) usage; exit 0 ;;
	-*) usage >&2; exit 2 ;;
	*) [ -z "$out" ] || { usage >&2; exit 2; }; out=$1 ;;
	esac
	shift
done
[ -n "$out" ] || { usage >&2; exit 2; }
: "${size:=$([ -n "$mini" ] && echo 64 || echo 2048)}"
case $size in
'' | *[!0-9]*) die "--size $size: not a number" ;;
esac
[ ! -e "$out" ] || die "$out exists"
[ "$(dpkg --print-architecture)" = amd64 ] || die "only for amd64"
for tool in sgdisk mkfs.vfat mcopy mke2fs qemu-img apt-get dpkg-deb cpio; do
	command -v "$tool" >/dev/null || die "$tool is missing"
done
if [ -z "$mini" ]; then
	for tool in mmdebstrap unshare; do
		command -v "$tool" >/dev/null || die "$tool is missing"
	done
	[ "$(id -u)" = 0 ] || die "only root can install packages into a folder"
fi
: "${suite:=$(. /etc/os-release && echo "${VERSION_CODENAME-}")}"
[ -n "$suite" ] || die "the Debian release is unknown: give --suite"

folder=$(cd "$(dirname "$out")" && pwd)
work=$(mktemp -d "$folder/.make-linux-template.XXXXXX")
# Stay in this file system: while packages are installed, /proc and /dev are
# mounted inside.
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root esp=$work/esp log=$work/log
uuid=$(cat /proc/sys/kernel/random/uuid)
mkdir "$root" "$esp"

# quiet COMMAND...: show its output only when it fails
quiet()
{
	"$@" >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "$1 failed"
	}
}

# fetch PACKAGE...: unpack them to $work/packages
fetch()
{
	local package deb
	mkdir -p "$work/packages" "${debs:=$work/debs}"
	for package; do
		deb=$(find "$debs" -name "${package}_*.deb" | head -n 1)
		if [ -z "$deb" ]; then
			(cd "$debs" && quiet apt-get -q download "$package")
			deb=$(find "$debs" -name "${package}_*.deb" | head -n 1)
		fi
		[ -n "$deb" ] || die "there is no package $package"
		dpkg-deb -x "$deb" "$work/packages"
	done
}

# The root of mini: what a Linux system requires, a kernel, and busybox. A kernel
# that is installed here is used instead of its package.
mini_root()
{
	local package from=$work/packages
	package=$(apt-cache depends linux-image-cloud-amd64 |
		sed -n 's/^ *Depends: \(linux-image-[^<>]*\)$/\1/p' | head -n 1)
	[ -n "$package" ] || die "apt does not find linux-image-cloud-amd64: run apt-get update"
	release=${package#linux-image-}
	fetch shim-signed grub-efi-amd64-signed busybox-static
	if [ -r "/boot/vmlinuz-$release" ] && [ -d "/lib/modules/$release/kernel" ]; then
		from=
	else
		fetch "$package"
	fi
	modules_from=$from/lib/modules/$release/kernel
	mkdir -p "$root"/{bin,boot/grub,dev,etc,proc,root,run,sys,tmp,usr/lib,var/lib}
	chmod 700 "$root/root"
	cp "$from/boot/vmlinuz-$release" "$root/boot/vmlinuz"
	cp "$work/packages/bin/busybox" "$root/bin/busybox"
	printf 'PRETTY_NAME="shvm mini guest (%s)"\nID=shvm-mini\n' "$release" \
		>"$root/usr/lib/os-release"
	: >"$root/etc/machine-id"
	echo "UUID=$uuid / ext4 errors=remount-ro 0 1" >"$root/etc/fstab"
	echo 'root:*:19000:0:99999:7:::' >"$root/etc/shadow"
	chmod 600 "$root/etc/shadow"
	mini_initrd
}

# Modules in the order in which they need each other; what is built in is not
# among the files.
modules='virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci
	virtio_blk cdrom isofs fat vfat nls_ascii nls_cp437 efivarfs'

# The first program of the guest, in busybox.
mini_init()
{
	cat <<-'END'
	#!/bin/busybox sh
	export PATH=/bin
	say() { echo "shvm-mini: $*" >/dev/console; }
	end() { say "$*"; say end; sync; poweroff -f; }
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	while read -r module; do
		[ ! -e "/lib/$module.ko" ] || insmod "/lib/$module.ko"
	done </lib/modules.list
	say started
	if mount -t efivarfs efivarfs /sys/firmware/efi/efivars; then
		say "SecureBoot $(tail -c 1 /sys/firmware/efi/efivars/SecureBoot-* |
			od -An -tu1 | tr -d ' ')"
	fi
	read -r line </proc/cmdline
	for word in $line; do
		case $word in root=*) root=${word#root=} ;; esac
	done
	tries=0
	until device=$(findfs "$root"); do
		tries=$((tries + 1))
		[ $tries -lt 20 ] || end "no root file system $root"
		sleep 1
	done
	mount -t ext4 "$device" /root || end "the root file system $root cannot be mounted"
	seed=
	for disk in /dev/vd? /dev/vd??; do
		[ -b "$disk" ] && [ "$disk" != "$device" ] || continue
		for type in vfat iso9660; do
			[ -z "$seed" ] && mount -t $type -o ro "$disk" /seed 2>/dev/null || continue
			if [ -e /seed/user-data ] && [ -e /seed/meta-data ]; then
				seed=$disk
			else
				umount /seed
			fi
		done
	done
	if [ -z "$seed" ]; then
		[ ! -e /root/root/seed-applied ] || say "a seed was applied before"
		umount /root
		end "no seed"
	fi
	mkdir -p /root/root/seed-applied
	for file in user-data meta-data vendor-data network-config; do
		[ ! -e /seed/$file ] || cp /seed/$file /root/root/seed-applied/ ||
			end "$file cannot be copied"
	done
	sync
	umount /root || end "the root file system cannot be unmounted"
	end "seed applied"
	END
}

mini_initrd()
{
	local tree=$work/initrd module file
	mkdir -p "$tree"/{bin,dev,lib,proc,root,seed,sys}
	cp "$work/packages/bin/busybox" "$tree/bin/busybox"
	for file in sh mount umount insmod findfs tail od tr sync poweroff sleep mkdir cp echo; do
		ln -s busybox "$tree/bin/$file"
	done
	for module in $modules; do
		echo "$module"
		file=$(find "$modules_from" -name "$module.ko*" | head -n 1)
		case $file in
		'') ;;
		*.ko) cp "$file" "$tree/lib/" ;;
		*.xz) xz -dc "$file" >"$tree/lib/$module.ko" ;;
		*) die "$file: only .ko and .ko.xz are supported" ;;
		esac
	done >"$tree/lib/modules.list"
	[ -e "$tree/lib/virtio_blk.ko" ] || die "$release has no module virtio_blk"
	mini_init >"$tree/init"
	chmod 755 "$tree/init"
	(cd "$tree" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) |
		gzip -9n >"$root/boot/initrd.img"
	cat >"$root/boot/grub/grub.cfg" <<-END
	linux /boot/vmlinuz root=UUID=$uuid console=ttyS0 quiet panic=-1
	initrd /boot/initrd.img
	boot
	END
}

# What belongs to one machine and must not be in a template.
full_clean()
{
	: >"$1/etc/machine-id"
	rm -f "$1"/var/lib/dbus/machine-id "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname \
		"$1"/root/.*_history "$1"/var/lib/systemd/random-seed
	rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/log/*.log \
		"$1"/var/log/apt "$1"/var/log/journal/* "$1"/var/lib/cloud/* "$1"/tmp/*
	: >"$1/etc/resolv.conf" # both come from this machine
	echo localhost >"$1/etc/hostname"
}

# mmdebstrap mounts /proc and the like: in a namespace that ends with it.
full_root()
{
	quiet unshare --mount --propagation private mmdebstrap --mode=root --variant=minbase \
		--include=systemd-sysv,udev,dbus,linux-image-cloud-amd64,initramfs-tools,shim-signed,grub-efi-amd64-signed,cloud-init,cloud-guest-utils,e2fsprogs,ifupdown,isc-dhcp-client,iproute2,openssh-server,sudo \
		--aptopt='Apt::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		"$suite" "$root"
	ln -s "$root" "$work/packages"
	cat >"$root/etc/fstab" <<-END
	UUID=$uuid / ext4 errors=remount-ro 0 1
	LABEL=ESP /boot/efi vfat umask=0077,nofail 0 2
	END
	mkdir -p "$root/boot/efi" "$root/boot/grub"
	# Only the seed disk is a data source, no server on the network.
	echo 'datasource_list: [NoCloud, None]' >"$root/etc/cloud/cloud.cfg.d/99_seed_only.cfg"
	cat >"$root/boot/grub/grub.cfg" <<-END
	linux /vmlinuz root=UUID=$uuid ro console=tty0 console=ttyS0 panic=-1
	initrd /initrd.img
	boot
	END
	[ -e "$root/vmlinuz" ] && [ -e "$root/initrd.img" ] || die "the folder has no kernel"
	full_clean "$root"
}

if [ -n "$mini" ]; then
	mini_root
else
	full_root
fi

# shim looks for grub in its own folder, and this grub for its configuration in
# /EFI/debian.
mkdir -p "$esp/EFI/BOOT" "$esp/EFI/debian"
cp "$work/packages/usr/lib/shim/shimx64.efi.signed" "$esp/EFI/BOOT/BOOTX64.EFI"
cp "$work/packages/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" \
	"$esp/EFI/BOOT/grubx64.efi"
cat >"$esp/EFI/debian/grub.cfg" <<END
search --no-floppy --fs-uuid --set=root $uuid
configfile /boot/grub/grub.cfg
END

esp_size=40
truncate -s ${esp_size}M "$work/esp.img"
quiet mkfs.vfat -F 32 -s 1 -h 2048 -n ESP "$work/esp.img"
mcopy -s -Q -i "$work/esp.img" "$esp"/* ::/
truncate -s "${size}M" "$work/root.img"
quiet mke2fs -q -F -t ext4 -U "$uuid" -L root -m 0 -E lazy_itable_init=0 -d "$root" "$work/root.img"
truncate -s $((size + esp_size + 2))M "$work/disk.raw"
quiet sgdisk -o -n "1:1M:+${esp_size}M" -t 1:ef00 -c 1:ESP \
	-n "2:$((esp_size + 1))M:+${size}M" -t 2:8304 -c 2:root "$work/disk.raw"
dd if="$work/esp.img" of="$work/disk.raw" bs=1M seek=1 conv=notrunc,sparse status=none
dd if="$work/root.img" of="$work/disk.raw" bs=1M seek=$((esp_size + 1)) conv=notrunc,sparse status=none
if [ -n "$raw" ]; then
	mv "$work/disk.raw" "$work/disk"
else
	quiet qemu-img convert -f raw -O vhdx -o subformat=dynamic,block_size=1M \
		"$work/disk.raw" "$work/disk"
fi
mv -n "$work/disk" "$out"
[ ! -e "$work/disk" ] || die "$out exists"
