# disk read gives the bytes of the disk, to a pipe or into a sparse file.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need sgdisk mkntfs mkfs.vfat jq

windows_raw w.raw
first=$(sgdisk -i 7 w.raw | sed -n 's/^First sector: \([0-9]*\).*/\1/p')
sectors=$(sgdisk -i 7 w.raw | sed -n 's/^Partition size: \([0-9]*\).*/\1/p')
dd if=w.raw of=want bs=512 skip="$first" count="$sectors" status=none

"$SHVM" disk read w.raw | cmp - w.raw
"$SHVM" disk read --partition 7 w.raw | cmp - want
expect 0 "$SHVM" disk read --partition 7 --out got w.raw
cmp got want
[ $(($(stat -c %b got) * 512)) -lt $((sectors * 512 / 2)) ] ||
	fail "the file is not sparse"

expect 0 "$SHVM" disk read --partition 7 --offset 3 --length 4 w.raw
[ "$(cat out)" = NTFS ] || fail "offset and length"
expect 0 "$SHVM" disk read --json --out json w.raw
json_is .size $((64 * 1048576)) out
cmp json w.raw

# An existing file stays unless --force is given, and a failure leaves none.
echo mine >got
expect 2 "$SHVM" disk read --out got w.raw
[ "$(cat got)" = mine ] || fail "an existing file was touched"
expect 0 "$SHVM" disk read --out got --force --partition 7 w.raw
cmp got want
expect 2 "$SHVM" disk read --json w.raw
expect 2 "$SHVM" disk read --partition 9 --out nine w.raw
has "no partition 9" err
expect 2 "$SHVM" disk read --partition 7 --offset 1G w.raw
has "cannot read" err
expect 2 "$SHVM" disk read --offset 1K --length 64M --out big w.raw
[ ! -e big ] && [ ! -e nine ] || fail "a file appeared"
[ -z "$(find . -name '*.tmp')" ] || fail "a temporary file stayed"
