#!/bin/bash
# The digest equals that of fsverity, for every shape, block size and hash,
# from a raw file and from every kind of VHDX that qemu-img makes.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/interop/lib-digest.sh"
need fsverity qemu-img jq openssl

# theirs FILE HASH BLOCK
theirs()
{
	fsverity digest --compact --hash-alg="$2" --block-size="$3" "$1"
}

compare()
{
	local what=$1 expected=$2 found
	shift 2
	found=$(ours digest "$@")
	[ "$found" = "$expected" ] || fail "$what: $found, fsverity: $expected"
	count=$((count + 1))
}

count=0
for shape in $SHAPES; do
	make_shape "$shape"
	f=$TMP/$shape.raw
	for hash in sha256 sha512; do
		for block in 4096 8192 16384 32768 65536 131072 262144 524288 \
			1048576; do
			[ $shape = holes ] || [ $block = 4096 ] ||
				[ $block = 65536 ] || continue
			expected=$(theirs "$f" $hash $block)
			compare "$shape $hash $block" "$expected" --raw \
				--algorithm $hash --block-size $block "$f"
		done
	done
	expected=$(theirs "$f" sha256 4096)
	# VHDX sizes are whole megabytes with qemu-img: cut to what it keeps.
	for kind in dynamic,block_size=1M dynamic,block_size=32M fixed; do
		rm -f "$TMP/d.vhdx"
		qemu-img convert -q -f raw -O vhdx -o subformat=${kind} "$f" \
			"$TMP/d.vhdx"
		qemu-img convert -q -f vhdx -O raw "$TMP/d.vhdx" "$TMP/back.raw"
		compare "$shape $kind" "$(theirs "$TMP/back.raw" sha256 4096)" \
			"$TMP/d.vhdx"
	done
	rm -f "$f" "$TMP/d.vhdx" "$TMP/back.raw"
done
echo "$count digests are equal"
