#!/bin/bash
# A file system without O_DIRECT: the digest is the same, and --json tells that
# the bytes came another way. test_leaf_reader.c has the refusals of io_uring.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/interop/lib-digest.sh"
need mksquashfs jq openssl mount
[ "$(id -u)" = 0 ] || skip "mounting needs root"

make_shape holes
f=$TMP/holes.raw
expected=$(ours digest --raw "$f")
drop() { dd if="$1" iflag=nocache count=0 status=none; }

sync "$f"
drop "$f"
expect 0 "$SHVM" disk digest --whole --raw --json "$f"
json_is .digest "$expected" "$TMP/out"
json_is '.io | add >= 9304096' true "$TMP/out"
jq -c .io "$TMP/out"

mkdir "$TMP/in" "$TMP/squash"
mv "$f" "$TMP/in/disk"
mksquashfs "$TMP/in" "$TMP/image" -quiet -noappend >/dev/null
mount -o loop,ro "$TMP/image" "$TMP/squash" 2>"$TMP/why" ||
	skip "no squashfs: $(head -n 1 "$TMP/why")"
trap 'umount "$TMP/squash"' EXIT
! dd if="$TMP/squash/disk" of=/dev/null bs=4096 count=1 iflag=direct 2>/dev/null ||
	skip "squashfs has O_DIRECT here"
for option in --jobs=2 --mmap; do
	drop "$TMP/squash/disk"
	expect 0 "$SHVM" disk digest --whole --raw --json $option "$TMP/squash/disk"
	json_is .digest "$expected" "$TMP/out"
	json_is '.io.direct + .io.io_uring' 0 "$TMP/out"
	jq -c .io "$TMP/out"
done
json_is '.io.mmap > 0' true "$TMP/out"
