# A disk of 64 TiB in blocks of 1 MiB that are all stored, in any order: its
# table has 512 MiB and is read whole, yet each command takes less than 64 MiB
# of memory. The payload is holes; ext4 has no files of that size, tmpfs has.
. "$ROOT/tests/cli/lib.sh"
need "$B/tests/data/vhdx/mkvhdx" jq python3
[ -x /usr/bin/time ] || skip "/usr/bin/time is not installed"
where=$(mktemp -d /dev/shm/shvm-XXXXXX) || skip "no /dev/shm"
trap 'rm -rf "$where"' EXIT
[ "$(df --output=avail -m "$where" | tail -n 1)" -gt 1600 ] || skip "/dev/shm is small"
free=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
[ "$free" -gt 2500 ] || skip "little memory: $free MiB"

disk=$where/disk.vhdx
# small CODE COMMAND...: in less than 64 MiB; says the processor's seconds
small()
{
	code=$1
	shift
	expect "$code" /usr/bin/time -q -o used -f '%M %U %S' "$SHVM" "$@"
	read -r kib user system <used
	[ "$kib" -lt 65536 ] || fail "$*: $kib KiB"
	echo "$order, $1 $2: $((kib / 1024)) MiB, $user + $system s"
}

# entry INDEX: the entry of the table as a number
entry()
{
	od -An -tu8 -j $((3145728 + 8 * $1)) -N 8 "$disk" | tr -d ' '
}

for order in pairs scattered; do
	name=size-64t-1m-$order
	"$B/tests/data/vhdx/mkvhdx" write "$where" "$name"
	mv "$where/$name.vhdx" "$disk"
	small 0 disk info "$disk" --json
	json_is .virtual_size $((1 << 46)) out
	small 0 disk check "$disk" --json
	json_is .blocks_present 67108864 out

	# The last block where the first one is: found at the table's end.
	last=$((67108863 + 67108863 / 4096))
	python3 -c 'import sys; f = open(sys.argv[1], "r+b")
f.seek(3145728); first = f.read(8)
f.seek(3145728 + 8 * int(sys.argv[2])); f.write(first)' "$disk" $last
	[ "$(entry 0)" = "$(entry $last)" ] || fail "the entry was not written"
	small 1 disk info "$disk" --json
	json_is .error.reason BAT_OVERLAP out
	has 'payload block 67108863 ' err
	has 'overlaps payload block 0 ' err
	small 3 disk check "$disk" --json
	json_is .errors 1 out
done

# Broken throughout: what is more than the list holds is not looked for.
order=broken
python3 -c 'import sys; f = open(sys.argv[1], "r+b")
for i in range(513):
    f.seek((3 + i) << 20); f.write(b"\4" * (1 << 20))' "$disk"
small 1 disk info "$disk" --json
json_is .error.reason BAT_STATE out
small 3 disk check "$disk" --json
json_is .complete false out
