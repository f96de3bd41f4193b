# A disk that lost its end shows the partitions of the good copy, what is missing
# in numbers, and the fix; the fix works.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need sgdisk mkntfs mkfs.vfat jq

windows_raw w.raw
size=$(stat -c %s w.raw)
sgdisk -d 7 -n 7:0:+40M -t 7:0700 w.raw >/dev/null
put_ntfs w.raw 7
read -r end < <("$SHVM" disk info w.raw --json | jq '.partitions[-1] | .offset + .size')
finding() { jq -r "[.checks[] | select(.id == \"gpt-cut-off\")][$1].$2" out; }

# Only the backup is lost.
cp --sparse=always w.raw x.raw
truncate -s $((end + 1048576)) x.raw
expect 0 "$SHVM" disk info x.raw --json
json_is '.partitions | length' 3 out
json_is '.partitions[-1].content' ntfs out
json_is '[.checks[] | select(.id == "gpt-cut-off")] | length' 1 out
json_is .yes false out
[ "$(finding 0 text)" = "the GPT is of a disk of $size bytes, but the disk has \
$((end + 1048576)): $((size - end - 1048576)) bytes are missing at its end, and the \
backup copy with them" ] || fail "$(finding 0 text)"
[ "$(finding 0 fix)" = 'restore its size, or run sgdisk -e if no partition is truncated' ] ||
	fail "$(finding 0 fix)"
expect 0 "$SHVM" disk digest x.raw
cp --sparse=always x.raw y.raw
truncate -s "$size" x.raw
expect 0 "$SHVM" disk info x.raw --json
json_is '[.checks[] | select(.id == "gpt-cut-off")] | length' 0 out
sgdisk -e y.raw >/dev/null
expect 0 "$SHVM" disk info y.raw --json
json_is '[.checks[] | select((.id | startswith("gpt-")) and .outcome == "failed")] | length' 0 out

# A partition is cut, another one is not there at all.
cp --sparse=always w.raw x.raw
truncate -s $((end - 4096)) x.raw
expect 0 "$SHVM" disk info x.raw --json
[ "$(finding 1 text)" = "partition 7 ends at byte $end, 4096 beyond the end of the disk" ] ||
	fail "$(finding 1 text)"
json_is '.partitions[-1].content' ntfs out
expect 1 "$SHVM" disk digest x.raw
one_line err
truncate -s $((6 << 20)) x.raw
expect 0 "$SHVM" disk info x.raw --json
json_is '[.checks[] | select(.id == "gpt-cut-off")] | length' 4 out
json_is '.partitions[-1].content' unknown out
expect 1 "$SHVM" disk read x.raw --partition 7 --out p
one_line err
[ ! -e p ] || fail "a copy of what is not there"

# An invalid header is no reason to assume a longer disk.
cp --sparse=always w.raw x.raw
truncate -s $((end + 1048576)) x.raw
printf X | dd of=x.raw bs=1 seek=$((512 + 60)) conv=notrunc status=none
expect 1 "$SHVM" disk info x.raw
has "no valid copy" err
