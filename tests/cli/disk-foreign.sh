# What other programs open as another disk is no raw disk: refused unless --raw,
# and named, under a .vhdx name as well, where no VHDX is.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need sgdisk mkntfs mkfs.vfat jq

windows_raw disk.raw

# foreign NAME AT BYTES: a good raw disk with those bytes at that place
foreign()
{
	cp --sparse=always disk.raw x.raw
	printf "$3" | dd of=x.raw bs=1 seek="$2" conv=notrunc status=none
	expect 1 "$SHVM" disk info x.raw --json
	json_is .error.reason foreign-format out
	has "x.raw: this is $1, not a disk: " err
	one_line err
	expect 1 "$SHVM" disk digest x.raw --whole
	has "this is $1" err
	# These are bytes of the first sector, or of the last: the disk is good.
	[ "$2" -ge 1024 ] || expect 0 "$SHVM" disk info x.raw --raw
	expect 0 "$SHVM" disk digest x.raw --whole --raw
	mv x.raw x.vhdx
	expect 1 "$SHVM" disk info x.vhdx
	has "not a VHDX: this is $1" err
	expect 1 "$SHVM" disk check x.vhdx
	has "not a VHDX: this is $1" err
	expect 0 "$SHVM" disk info x.vhdx --raw
}
end=$(stat -c %s disk.raw)
foreign 'a qcow image' 0 'QFI\xfb'
foreign 'a QED image' 0 'QED\0'
foreign 'a VDI image' 64 '\x7f\x10\xda\xbe'
foreign 'a Parallels image' 0 'WithoutFreeSpace'
foreign 'a Parallels image' 0 'WithouFreSpacExt'
foreign 'a VMDK image' 0 KDMV
foreign 'a VMDK image' 0 COWD
foreign 'a VMDK descriptor' 0 '# Disk DescriptorFile\n'
foreign 'a VMDK descriptor' 0 '# a comment\n\n  version=1\n'
foreign 'a LUKS container' 0 'LUKS\xba\xbe\0\1'
foreign 'a WIM archive' 0 'MSWIM\0\0\0'
foreign 'a gzip archive' 0 '\x1f\x8b\x08'
foreign 'an xz archive' 0 '\xfd7zXZ\0'
foreign 'a bzip2 archive' 0 BZh9
foreign 'a zstd archive' 0 '\x28\xb5\x2f\xfd'
foreign 'an lz4 archive' 0 '\x04\x22\x4d\x18'
foreign 'a 7z archive' 0 '7z\xbc\xaf\x27\x1c'
foreign 'a ZIP archive' 0 'PK\3\4'
foreign 'a tar archive' 257 ustar

# The end of the file counts as well; a raw disk has its backup GPT there.
tail_of()
{
	cp --sparse=always disk.raw x.raw
	truncate -s $((end + 512)) x.raw
	printf "$2" | dd of=x.raw bs=1 seek=$((end + $3)) conv=notrunc status=none
	expect 1 "$SHVM" disk info x.raw
	has "this is $1" err
}
tail_of 'a DMG image' koly 0

# Files of other programs, where they are installed.
if command -v qemu-img >/dev/null; then
	for format in qcow2 qcow qed vdi vmdk parallels; do
		qemu-img convert -O $format disk.raw "t.$format" 2>/dev/null || continue
		expect 1 "$SHVM" disk info "t.$format"
		has "this is " err
		mv "t.$format" t.vhdx
		expect 1 "$SHVM" disk info t.vhdx
		has "not a VHDX: this is " err
	done
	qemu-img convert -O vmdk -o subformat=monolithicFlat disk.raw flat.vmdk
	expect 1 "$SHVM" disk info flat.vmdk
	has "this is a VMDK descriptor" err
fi
for pack in gzip bzip2 xz zstd lz4; do
	command -v $pack >/dev/null || continue
	$pack -c <disk.raw >packed
	expect 1 "$SHVM" disk info packed
	has "unpack it first" err
done

# A file that is too short for anything, and one that only looks a little like it.
printf QFI >short
expect 0 "$SHVM" disk info short
hasnt "this is" err
cp --sparse=always disk.raw x.raw
printf '# a comment\nversion=4\n' | dd of=x.raw conv=notrunc status=none
expect 0 "$SHVM" disk info x.raw
