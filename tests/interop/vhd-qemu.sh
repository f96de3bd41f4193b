# Fixed VHD as qemu writes it: sizes and contents as qemu sees them, for sizes
# around the steps of the geometry, with and without holes.
. "$ROOT/tests/cli/lib.sh"
need jq qemu-img qemu-io

# check NAME SIZE: NAME.vhd holds NAME.raw and is as qemu sees it
check()
{
	expect 0 "$SHVM" disk check --json "$1.vhd"
	json_is .verdict good "$TMP/out"
	expect 0 "$SHVM" disk info --json "$1.vhd"
	json_is .image.format vhd "$TMP/out"
	json_is .virtual_size "$2" "$TMP/out"
	[ "$(qemu-img info --output=json -f vpc "$1.vhd" | jq '."virtual-size"')" = "$2" ] ||
		fail "$1: qemu sees another size"
	expect 0 "$SHVM" disk read --out "$1.back" "$1.vhd"
	cmp -n "$(stat -c %s "$1.raw")" "$1.back" "$1.raw"
	qemu-img compare -f vpc -F raw "$1.vhd" "$1.back" >/dev/null ||
		fail "$1: qemu reads other bytes"
	expect 0 "$SHVM" disk map --json "$1.vhd"
	json_is '[.extents[].size] | add' "$2" "$TMP/out"
	# What qemu finds to be data is no hole for us.
	qemu-img map --output=json -f raw "$1.vhd" |
		jq -c --argjson size "$2" '[.[] | select(.data) | [.start, ([.start + .length, $size] | min)]
			| select(.[0] < .[1])]' >want
	jq -c '[.extents[] | select(.state == "data") | [.offset, .offset + .size]]' "$TMP/out" >is
	cmp want is || fail "$1: $(cat is), and not $(cat want)"
	rm -f "$1".*
}

# MiB: below and above where 17, 31 and 63 sectors a track begin.
for mib in 1 33 34 135 136 137 247 248 249; do
	truncate -s ${mib}M n.raw
	qemu-io -f raw -c 'write -P 0x5a 64k 64k' -c "write -P 7 $(((mib << 20) - 65536)) 64k" \
		n.raw >/dev/null
	qemu-img convert -O vpc -o subformat=fixed,force_size=on n.raw n.vhd
	check n $((mib << 20))
done

# Without force_size qemu makes the disk larger, to whole cylinders.
truncate -s 40M n.raw
qemu-io -f raw -c 'write -P 0x5a 64k 64k' n.raw >/dev/null
qemu-img convert -O vpc -o subformat=fixed n.raw n.vhd
size=$(qemu-img info --output=json -f vpc n.vhd | jq '."virtual-size"')
[ "$size" -gt $((40 << 20)) ] || fail "40 MiB were whole cylinders"
check n "$size"

# A disk that qemu created and wrote to, without a raw one before.
qemu-img create -q -f vpc -o subformat=fixed,force_size=on n.vhd 64M
qemu-io -f vpc -c 'write -P 0x33 1M 3M' -c 'write -P 0x44 40M 512' n.vhd >/dev/null
qemu-img convert -f vpc -O raw n.vhd n.raw
check n $((64 << 20))

# Dynamic and differencing ones are refused by name.
qemu-img create -q -f vpc dynamic.vhd 64M
expect 1 "$SHVM" disk info dynamic.vhd
has 'a dynamic VHD' "$TMP/err"
