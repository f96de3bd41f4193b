# The sample disk is what it says: GPT, FAT32, NTFS with the files in place.
. "$ROOT/tests/cli/lib.sh"
need sgdisk qemu-img mmls fls icat mkntfs mcopy hivexsh

"$ROOT/samples/make-windows-disk.sh" --size 1024 --files 20 --data 4 \
	--fixed-guids --recovery disk.vhdx
qemu-img check -q disk.vhdx
qemu-img convert -O raw disk.vhdx disk.raw
sgdisk -v disk.raw | grep -q 'No problems found' || fail "sgdisk -v"
sgdisk -i 3 disk.raw | grep -qi 5a4d5348-0004-4000-8000-000000000004 || fail "guid"
mmls disk.raw >table
has 'EFI system partition' table
has 'Microsoft reserved partition' table
first=$(awk '/Basic data partition/ { print $3 + 0 }' table)
fls -r -p -o "$first" disk.raw >files
for file in Windows/System32/cmd.exe Windows/System32/config/SOFTWARE \
	Windows/Setup/State/State.ini Windows/System32/component-20.dll; do
	has "$file" files
done
inode=$(awk -F'[ :\t]+' '/config\/SOFTWARE/ { print $2 }' files)
icat -o "$first" disk.raw "$inode" >SOFTWARE
printf 'cd \\Microsoft\\Windows NT\\CurrentVersion\nlsval ProductName\n' | hivexsh SOFTWARE >name
has 'Windows Server 2022 Datacenter' name
dd if=disk.raw of=windows.img bs=512 skip="$first" status=none count=2048 conv=sparse
dd if=windows.img bs=1 skip=3 count=4 status=none | grep -q NTFS || fail "no NTFS"

expect 1 "$ROOT/samples/make-windows-disk.sh" disk.vhdx
has 'disk.vhdx exists' "$TMP/err"
