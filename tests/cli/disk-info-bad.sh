# Each doubtful layout is a finding with its own rule, and the disk not ready;
# a damaged or foreign file is one line and exit 1.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need sgdisk mkntfs mkfs.vfat jq sfdisk

# rule NAME FILE: the rule is an error there
rule()
{
	expect 0 "$SHVM" disk info --json "$2"
	json_is "[.checks[] | select(.id == \"$1\" and (.outcome == \"failed\" or (.outcome == \"unknown\" and .id == \"unreadable\")))][0].level" error out
	json_is .yes false out
}

windows_raw w.raw

cp --sparse=always w.raw x.raw
sgdisk -d 1 x.raw >/dev/null
rule no-esp x.raw

cp --sparse=always w.raw x.raw
printf 'XXXX' | dd of=x.raw bs=1 seek=$((512 + 0x38)) conv=notrunc status=none
rule gpt-primary-damaged x.raw

cp --sparse=always w.raw x.raw
dd if=/dev/zero of=x.raw bs=512 count=1 conv=notrunc status=none
rule gpt-no-protective-mbr x.raw

# A BitLocker signature in place of NTFS
cp --sparse=always w.raw x.raw
first=$(sgdisk -i 7 x.raw | sed -n 's/^First sector: \([0-9]*\).*/\1/p')
printf -- '-FVE-FS-' | dd of=x.raw bs=1 seek=$((first * 512 + 3)) \
	conv=notrunc status=none
rule bitlocker x.raw
expect 1 "$SHVM" disk digest x.raw
has "BitLocker" err

# Nothing that NTFS would be
dd if=/dev/zero of=x.raw bs=512 seek="$first" count=8 conv=notrunc status=none
rule no-os-volume x.raw

truncate -s 16M mbr.raw
echo 'start=2048, type=7' | sfdisk -q mbr.raw
rule mbr mbr.raw
json_is .table.kind mbr out
truncate -s 1M none.raw
rule no-table none.raw
json_is .table.kind none out

cp --sparse=always w.raw x.raw
printf 'XXXX' | dd of=x.raw bs=1 seek=$((512 + 0x38)) conv=notrunc status=none
printf 'XXXX' | dd of=x.raw bs=1 seek=$((64 * 1048576 - 512 + 0x38)) \
	conv=notrunc status=none
sha256sum x.raw >before
expect 1 "$SHVM" disk info --json x.raw
json_is .error.code format out
json_is .error.reason gpt-damaged out
has "x.raw" err
has "header at LBA 1" err
sha256sum -c --quiet before

echo "not a disk" >text.vhdx
expect 1 "$SHVM" disk info text.vhdx
has text.vhdx err
expect 1 "$SHVM" disk info missing.vhdx
has missing.vhdx err
