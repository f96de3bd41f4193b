#!/bin/bash
# One digest, whatever the kernel, the number of threads, the way in which the
# bytes come, and whether in one piece or in parts.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/interop/lib-digest.sh"
need qemu-img jq openssl

make_shape holes
f=$TMP/holes.raw
qemu-img convert -q -f raw -O vhdx -o subformat=dynamic,block_size=1M "$f" \
	"$TMP/d.vhdx"
expected=$(ours digest --raw --kernel openssl --jobs 1 "$f")

check()
{
	found=$(ours digest "$@")
	[ "$found" = "$expected" ] || fail "$*: $found and not $expected"
}

for jobs in 1 2 7 16; do
	check --jobs $jobs "$TMP/d.vhdx"
	check --jobs $jobs --mmap "$TMP/d.vhdx"
done
expect 2 "$SHVM" disk digest --whole --kernel none "$TMP/d.vhdx"
has "kernel none cannot be used here for fs-verity-sha256" "$TMP/err"
for kernel in $(sed -n 's/.*available: \(.*\)$/\1/p' "$TMP/err" | tr -d ,); do
	check --kernel "$kernel" "$TMP/d.vhdx"
	[ "$(ours kernel --kernel "$kernel" "$TMP/d.vhdx")" = "$kernel" ] ||
		fail "another kernel ran than $kernel"
	echo "kernel $kernel: equal"
done
# Not in the cache, where the system lets us drop it: read with O_DIRECT.
sync "$TMP/d.vhdx"
dd if="$TMP/d.vhdx" iflag=nocache count=0 status=none
check "$TMP/d.vhdx"

# Parts, in another order, and made twice.
for i in 1 2 3 4 5; do
	expect 0 "$SHVM" disk digest --whole --range $i/5 --out "$TMP/p$i" \
		"$TMP/d.vhdx"
done
cp "$TMP/p2" "$TMP/p2.first"
expect 0 "$SHVM" disk digest --whole --range 2/5 --out "$TMP/p2" --force \
	"$TMP/d.vhdx"
cp "$TMP/p2.first" "$TMP/again"
expect 0 "$SHVM" disk digest --merge --json "$TMP/p4" "$TMP/again" "$TMP/p1" \
	"$TMP/p5" "$TMP/p3"
json_is .digest "$expected" "$TMP/out"
expect 0 "$SHVM" disk digest --merge --json "$TMP/p4" "$TMP/p2" "$TMP/p1" \
	"$TMP/p5" "$TMP/p3"
json_is .digest "$expected" "$TMP/out"
