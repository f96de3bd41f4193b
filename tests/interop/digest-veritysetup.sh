#!/bin/bash
# The root equals that of veritysetup for volumes of whole blocks, our tree
# file is the one that it writes but for the UUID, and it verifies with ours.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/interop/lib-digest.sh"
need veritysetup jq openssl

count=0
for shape in one-block one-node node-and-block full all-hole all-zero holes \
	hole-at-both-ends zeros-between; do
	make_shape $shape
	f=$TMP/$shape.raw
	for hash in sha256 sha512; do
		for block in 4096 65536 524288; do
			[ $(($(stat -c %s "$f") % block)) = 0 ] || continue
			rm -f "$TMP/theirs" "$TMP/ours"
			root=$(veritysetup format --salt=- --hash=$hash \
				--data-block-size=$block --hash-block-size=$block \
				"$f" "$TMP/theirs" | sed -n 's/^Root hash:[ \t]*//p')
			found=$(ours root --raw --algorithm $hash \
				--block-size $block --tree-out "$TMP/ours" "$f")
			[ "$found" = "$root" ] ||
				fail "$shape $hash $block: $found, veritysetup: $root"
			# all but the UUID at 16..31; one block has no tree, and
			# then its file ends after the superblock
			cmp -i 32 -n $(($(stat -c %s "$TMP/theirs") - 32)) \
				"$TMP/ours" "$TMP/theirs" ||
				fail "$shape $hash $block: another tree file"
			veritysetup verify "$f" "$TMP/ours" "$root" ||
				fail "$shape $hash $block: verify refuses our tree"
			count=$((count + 1))
		done
	done
	rm -f "$f"
done
echo "$count trees are equal"
