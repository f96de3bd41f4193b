#!/bin/bash
# nbdkit serves what our reader reads: each format, parents, holes, to several
# clients at once, and no one can write to it.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/interop/lib-nbdkit.sh"

truncate -s 64M d.raw
head -c 3000000 /dev/urandom | dd of=d.raw bs=64k seek=16 conv=notrunc status=none
head -c 700 /dev/urandom | dd of=d.raw bs=1 seek=50000001 conv=notrunc status=none
printf FILE0 | dd of=d.raw bs=1 seek=2000000 conv=notrunc status=none
qemu-img convert -f raw -O vhdx -o block_size=1M d.raw d.vhdx
qemu-img convert -f raw -O vpc -o subformat=fixed,force_size d.raw d.vhd

for disk in d.raw d.vhdx d.vhd; do
	serve "$disk"
	timeout 60 nbdinfo --json "$uri" >info
	json_is '.exports[0]["export-size"]' 67108864 info
	json_is '.exports[0].is_read_only' true info
	json_is '.exports[0].can_multi_conn' true info
	json_is '.exports[0].can_cache' true info
	json_is '.exports[0].block_size_preferred' 4096 info
	timeout 60 nbdcopy --connections=4 "$uri" copy.raw
	same copy.raw d.raw
	rm copy.raw
	timeout 60 qemu-img compare -f raw "$uri" d.raw >/dev/null || fail "$disk: compare"
	# What is sparse stays sparse, and what is served as zeros is zeros.
	timeout 60 nbdinfo --map --json "$uri" >map
	json_is '[.[] | .length] | add' 67108864 map
	[ "$(jq '[.[] | select(.type == 0) | .length] | add' map)" -lt 8000000 ] ||
		[ "$disk" = d.vhd ] || fail "$disk: $(cat map)"
	while read -r at size; do
		cmp -n "$size" -i "$at:0" d.raw /dev/zero || fail "$disk: no zeros at $at"
	done < <(jq -r '.[] | select(.type != 0) | "\(.offset) \(.length)"' map)
	! timeout 60 qemu-io -f raw -c 'write 0 512' "$uri" >client 2>&1 || fail "$disk: written"
	stop
	[ ! -s log ] || fail "$disk: $(cat log)"
done
same d.raw d.raw

# What the map says of single bytes agrees with `disk map`.
serve d.vhdx
timeout 60 nbdinfo --map --json "$uri" >map
"$SHVM" disk map d.vhdx --json >ours
jq -c '[.[] | {offset, length, zero: (.type != 0)}]' map >theirs.list
jq -c 'def run: {offset, length: .size, zero: (.state != "data")};
	[.extents[] | run] | reduce .[] as $e ([];
		if length > 0 and .[-1].zero == $e.zero then .[-1].length += $e.length
		else . + [$e] end)' ours >ours.list
jq -c 'reduce .[] as $e ([]; if length > 0 and .[-1].zero == $e.zero
	then .[-1].length += $e.length else . + [$e] end)' theirs.list >theirs.joined
same ours.list theirs.joined
stop

# The start of a file that is anything can be served on demand only.
cp d.vhdx image.bin
serve image.bin raw=1
timeout 60 nbdcopy "$uri" copy.bin
cmp -n "$(stat -c %s image.bin)" copy.bin image.bin || fail "raw=1"
stop
serve d.raw raw=yes sector-size=4096
reads 0 4096
stop

# A differencing disk: its parent by its locator in the same folder, by name, or
# anywhere.
need python3
cp d.vhdx base.vhdx
cp d.vhdx child.vhdx
flip child.vhdx "$(where FILE0 d.vhdx)"
python3 "$ROOT/tests/fixtures/edit-vhdx.py" child child.vhdx base.vhdx >/dev/null
serve child.vhdx
timeout 60 nbdcopy "$uri" copy.raw
stop
"$SHVM" disk read child.vhdx --out expected.raw
same copy.raw expected.raw
! cmp -s copy.raw d.raw || fail "the child is its parent"
refuses "the disk has a parent" child.vhdx no-parent-lookup=1
mkdir away
mv base.vhdx away
refuses 'base.vhdx" ' child.vhdx
ln -s away/base.vhdx base.vhdx
refuses "outside the folder" child.vhdx
for parameter in parent=away/base.vhdx parent-anywhere=1; do
	serve child.vhdx "$parameter"
	timeout 60 nbdcopy "$uri" copy.raw
	stop
	same copy.raw expected.raw
done

refuses "d.none: No such file" d.none
refuses 'no disk is given: file=DISK'
refuses 'sector-size=1024: neither 512 nor 4096' d.raw sector-size=1024
refuses "unknown parameter: sinner=x" d.raw sinner=x
refuses "could not decipher boolean (perhaps)" d.raw raw=perhaps
refuses "file=d.vhdx: given twice" file=d.raw file=d.vhdx
for parameter in tree=t catalog=c tsa-ca=x eku=1.2.3 allow-differencing=1; do
	refuses "${parameter%%=*}= is for the verified view, which needs a trust anchor" \
		d.raw "$parameter"
done
