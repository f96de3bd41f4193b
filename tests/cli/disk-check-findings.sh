# disk check: all that is wrong in one run; 0 clean, 1 unreadable, 3 findings.
. "$ROOT/tests/cli/lib.sh"
need "$B/tests/data/vhdx/mkvhdx" jq

gen=$B/tests/data/vhdx/mkvhdx
"$gen" write . dynamic-2m bat-block-twice dirty-log child-empty \
	parent-is-not-there identical-headers-as-disk2vhd-writes
cp dynamic-2m.vhdx keep.vhdx

# Clean.
expect 0 "$SHVM" disk check dynamic-2m.vhdx
has good out
expect 0 "$SHVM" disk check dynamic-2m.vhdx --json
json_is .yes true out
json_is .complete true out
json_is .errors 0 out
json_is .warnings 0 out
same dynamic-2m.vhdx keep.vhdx

# A block used twice: the rule, the entry's offset and who has it.
expect 3 "$SHVM" disk check bat-block-twice.vhdx --json
json_is .yes false out
json_is '[.checks[] | select(.level == "error")][0].id' BAT_OVERLAP out
json_is '[.checks[] | select(.level == "error")][0].offset >= 3145728' true out
expect 3 "$SHVM" disk check bat-block-twice.vhdx
has BAT_OVERLAP out
has 'payload block' out

# Lost data after all blocks, and free space, which is nothing to find.
size=$(stat -c %s dynamic-2m.vhdx)
truncate -s $((size + 1048576)) dynamic-2m.vhdx
expect 0 "$SHVM" disk check dynamic-2m.vhdx --json
json_is '[.checks[] | select(.id == "FREE_SPACE")] | length > 0' true out
printf lost | dd of=dynamic-2m.vhdx bs=1 seek=$((size + 5000)) conv=notrunc status=none
expect 3 "$SHVM" disk check dynamic-2m.vhdx --json
json_is .errors 0 out
json_is '[.checks[] | select(.id == "LEAKED")][0].offset' "$size" out
json_is .leaked 1048576 out
json_is .yes false out # as the exit status
json_is .verdict doubtful out

# A dirty log and a known writer's quirk are findings too.
expect 3 "$SHVM" disk check dirty-log.vhdx
has LOG_DIRTY out
expect 3 "$SHVM" disk check identical-headers-as-disk2vhd-writes.vhdx
has HEADER_TIE out

# Parents.
expect 0 "$SHVM" disk check child-empty.vhdx
expect 3 "$SHVM" disk check child-empty.vhdx --no-parent-lookup
has PARENT_ out
mkdir elsewhere
mv child-empty-parent.vhdx elsewhere/
expect 3 "$SHVM" disk check child-empty.vhdx
has PARENT_MISSING out
expect 0 "$SHVM" disk check child-empty.vhdx --parent elsewhere/child-empty-parent.vhdx
expect 3 "$SHVM" disk check parent-is-not-there.vhdx

expect 2 "$SHVM" disk check child-empty.vhdx --raw # it is about VHDX only

# Several faults in one run.
cp bat-block-twice.vhdx two.vhdx
printf x | dd of=two.vhdx bs=1 seek=$((131072 + 100)) conv=notrunc status=none
expect 3 "$SHVM" disk check two.vhdx --json
json_is '[.checks[].id] | contains(["BAT_OVERLAP", "HEADER_COPY"])' true out

# Unreadable: no VHDX, no file, a device, a folder.
head -c 4M /dev/zero >raw.vhdx
for name in raw.vhdx none.vhdx; do
	expect 1 "$SHVM" disk check "$name"
	one_line err
done
for name in /dev/null .; do # not something that a disk can be
	expect 2 "$SHVM" disk check "$name"
done

# Every tenth hostile file has a finding; tests/unit looks at all of them.
rm -f ./*.vhdx
n=0
while read -r kind name reason; do
	[ "$kind" = hostile ] || continue
	n=$((n + 1))
	[ $((n % 10)) = 0 ] || continue
	"$gen" write . "$name"
	code=0
	"$SHVM" disk check "$name.vhdx" --json >out 2>err || code=$?
	case $reason:$code in
	*:3) json_is '[.checks[] | select(.level == "error")] | length > 0' true out ;;
	NOT_VHDX:1) one_line err ;;
	*) fail "$name: exit $code" ;;
	esac
	rm -f ./*.vhdx
done < <("$gen" list)
[ "$n" -gt 200 ] || fail "only $n hostile files"
