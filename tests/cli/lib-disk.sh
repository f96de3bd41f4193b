# Small raw disks for the tests of the noun disk. Needs sgdisk and mkntfs.

# windows_raw FILE: ESP, MSR and an NTFS partition, 64 MiB
windows_raw()
{
	truncate -s 64M "$1"
	sgdisk -n 1:2048:+8M -t 1:ef00 -c 1:"EFI system partition" \
		-n 2:0:+4M -t 2:0c01 -n 7:0:0 -t 7:0700 -c 7:"Basic data" \
		"$1" >/dev/null
	mkfs.vfat -F 32 --offset 2048 "$1" 8192 >/dev/null 2>&1
	put_ntfs "$1" 7
}

# put_ntfs FILE PARTITION: an empty NTFS into the partition
put_ntfs()
{
	local first sectors
	first=$(sgdisk -i "$2" "$1" | sed -n 's/^First sector: \([0-9]*\).*/\1/p')
	sectors=$(sgdisk -i "$2" "$1" | sed -n 's/^Partition size: \([0-9]*\).*/\1/p')
	truncate -s $((sectors * 512)) ntfs.tmp
	mkntfs -q -F -p "$first" ntfs.tmp >/dev/null
	dd if=ntfs.tmp of="$1" bs=512 seek="$first" conv=notrunc,sparse status=none
	rm ntfs.tmp
}
