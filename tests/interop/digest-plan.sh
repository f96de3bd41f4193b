#!/bin/bash
# --plan reads headers, block table and GPT and 256 KiB of each partition, and
# nothing of the data; its ranges have equal shares of what is stored.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/interop/lib-digest.sh"
need qemu-img sgdisk openssl jq strace

truncate -s 512G "$TMP/raw"
sgdisk -n 1:2048:+64G -t 1:0700 -n 2:0:0 -t 2:0700 "$TMP/raw" >/dev/null
for mib in 5 1000 100000 400000; do
	put "$TMP/raw" $((mib << 20)) 12582912 $mib
done
qemu-img convert -q -O vhdx -o subformat=dynamic,block_size=8M "$TMP/raw" "$TMP/d.vhdx"
rm "$TMP/raw"

# read_by COMMAND...: bytes that it reads from the disk
read_by()
{
	strace -f -y -o "$TMP/calls" -e trace=read,pread64,preadv,preadv2,mmap,io_uring_setup \
		"$@" >"$TMP/out" || skip "strace does not work here"
	! grep -E 'io_uring_setup|mmap.*d\.vhdx' "$TMP/calls" ||
		fail "data come another way"
	grep -F "d.vhdx>" "$TMP/calls" | awk '{ n += $NF } END { print n + 0 }'
}

bytes=$(read_by "$SHVM" disk digest --whole --plan 4 --json "$TMP/d.vhdx")
table=$(((524288 / 8 + 524288 / 8 / 512) * 8)) # its block table, 8 bytes a block
stored=$(stat -c %s "$TMP/d.vhdx")
echo "$bytes bytes read, the block table has $table, the file $stored"
[ "$bytes" -ge "$table" ] || fail "strace has missed some"
[ "$bytes" -lt $((table + 1024 * 1024)) ] || fail "$bytes bytes are too many"
json_is '.ranges | length' 4 "$TMP/out"
json_is '[.ranges[].size] | add' $((512 << 30)) "$TMP/out"
# one segment of 8 MiB more or less
json_is '[.ranges[].data] | max - min <= 8388608' true "$TMP/out"
jq -c '.ranges[]' "$TMP/out"
