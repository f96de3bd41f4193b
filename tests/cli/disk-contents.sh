# What is in a partition, or on a disk without a table, has its name. Nothing is
# "blank" of which more could be stored than was looked at.
. "$ROOT/tests/cli/lib.sh"
need sgdisk jq python3 qemu-img blkid

# content NAME FILE: alone on a disk, and in a partition
content()
{
	expect 0 "$SHVM" disk info --raw "$2" --json
	json_is .table.kind none out
	json_is '[.checks[] | select(.id == "no-table")][0].text' \
		"the disk has no partition table: it contains $1" out
	rm -f disk.raw
	truncate -s $(($(stat -c %s "$2") + (4 << 20))) disk.raw
	sgdisk -n "1:2048:+$(($(stat -c %s "$2") / 512))" -t 1:8300 disk.raw >/dev/null
	dd if="$2" of=disk.raw bs=1M seek=1 conv=notrunc,sparse status=none
	expect 0 "$SHVM" disk info disk.raw --json
	json_is '.partitions[0].content' "$1" out
	done=$((done + 1))
}
done=0

# made NAME SIZE COMMAND...: where the program is installed; FILE is its last word
made()
{
	local name=$1 size=$2
	shift 2
	command -v "$1" >/dev/null || return 0
	rm -f p.raw
	truncate -s "$size" p.raw
	"$@" p.raw >/dev/null 2>&1 || return 0
	content "$name" p.raw
}
made btrfs 128M mkfs.btrfs -q
made xfs 320M mkfs.xfs -q
made f2fs 64M mkfs.f2fs -q
made exfat 16M mkfs.exfat
made swap 1M mkswap
made ext 4M mke2fs -q -F
made luks2 32M cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 \
	--pbkdf-force-iterations 1000 --key-file /etc/hostname
made ntfs 4M mkntfs -q -F

# mark NAME AT BYTES: the mark alone, as the kernel's headers have it
mark()
{
	rm -f p.raw
	truncate -s 1M p.raw
	printf "$3" | dd of=p.raw bs=1 seek="$2" conv=notrunc status=none
	content "$1" p.raw
}
mark btrfs $((0x10040)) _BHRfS_M
mark xfs 0 XFSB
mark f2fs 1024 '\x10\x20\xf5\xf2'
mark exfat 3 'EXFAT   '
mark squashfs 0 hsqs
mark iso9660 32769 CD001
mark mdraid 0 '\xfc\x4e\x2b\xa9'
mark mdraid 4096 '\xfc\x4e\x2b\xa9'
mark zfs $((0x1ffd8)) '\x11\x7a\x0c\xb1\x7a\xda\x10\x02'
mark zfs $((0x1ffd8)) '\x02\x10\xda\x7a\xb1\x0c\x7a\x11'
mark lvm 512 'LABELONE\1\0\0\0\0\0\0\0\0\0\0\0\x20\0\0\0LVM2 001'
mark swap 4086 SWAPSPACE2
mark swap 65526 SWAPSPACE2
mark luks2 0 'LUKS\xba\xbe\0\2'
[ "$done" -ge 14 ] || fail "only $done contents were looked at"

# A pool of ZFS, made by hand with its checksums; blkid takes it for one too.
python3 "$ROOT/tests/fixtures/zfs-label.py" 128 p.raw
[ "$(blkid -p -o value -s TYPE p.raw)" = zfs_member ] || fail "blkid: $(blkid -p p.raw)"
[ "$(blkid -p -o value -s LABEL p.raw)" = tank ] || fail "blkid: $(blkid -p p.raw)"
content zfs p.raw

# table TEXT FILE [OPTION...]: what is said of a disk without a table
table()
{
	local text=$1 file=$2
	shift 2
	expect 0 "$SHVM" disk info "$file" --json "$@"
	json_is '[.checks[] | select(.id == "no-table")][0].text' \
		"the disk has no partition table$text" out
}

# Nothing is stored: blank. Something is, after the first 256 KiB: not blank, also
# when that is zeros. All of a small disk was looked at.
zeros() { dd if=/dev/zero of="$1" bs=1K seek="$2" count="$3" conv=notrunc status=none; }
truncate -s 1M zeros.raw
table ': it is blank' zeros.raw
[ "$(stat -c %b zeros.raw)" = 0 ] || fail "zeros.raw is stored"
truncate -s 8M late.raw
printf XFSB | dd of=late.raw bs=1 seek=$((4 << 20)) conv=notrunc status=none
table ': it begins with 256 KiB of zeros' late.raw
qemu-img convert -O vhdx -o block_size=1M late.raw late.vhdx
table ': it begins with 256 KiB of zeros' late.vhdx
truncate -s 8M stored.raw
zeros stored.raw 0 8192
table ': it begins with 256 KiB of zeros' stored.raw
truncate -s 256K small.raw
zeros small.raw 0 256
table ': it is blank' small.raw
qemu-img create -q -f vhdx blank.vhdx 1G
table ': it is blank' blank.vhdx
printf x | dd of=zeros.raw bs=1 seek=200000 conv=notrunc status=none
table '' zeros.raw

# The same of partitions, and of one that ends beyond the disk.
rm -f disk.raw
truncate -s 32M disk.raw
sgdisk -n 1:2048:+8M -t 1:ef00 -n 2:18432:+8M -t 2:8300 -n 3:34816:+8M -t 3:8300 disk.raw >/dev/null
printf XFSB | dd of=disk.raw bs=1 seek=$((13 << 20)) conv=notrunc status=none
expect 0 "$SHVM" disk info disk.raw --json
json_is '[.partitions[].content] | join(" ")' 'blank zero-start blank' out
json_is '[.checks[] | select(.id == "esp-not-fat")][0].text' \
	'the EFI system partition 1 is blank, not FAT' out
truncate -s 20M disk.raw
expect 0 "$SHVM" disk info disk.raw --json
json_is '[.partitions[].content] | join(" ")' 'blank zero-start zero-start' out
