# A fixed VHD goes through all commands as the raw disk in it does; what is not
# read, or has no place in one, is refused by name and changes nothing.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq qemu-img xxd

windows_disk d.vhdx d.raw
qemu-img convert -O vpc -o subformat=fixed,force_size=on d.raw d.vhd
size=$(stat -c %s d.raw)
[ "$(stat -c %s d.vhd)" = $((size + 512)) ] || fail "qemu wrote another size"

# The same disk, but for what tells the format.
expect 0 "$SHVM" disk info --json d.vhd
json_is .image.format vhd out
json_is .image.type fixed out
json_is .image.block_size null out
json_is .image.creator qem2 out
json_is .virtual_size "$size" out
json_is '[.checks[] | select(.id == "not-vhdx")][0].text' 'the disk is vhd, not a VHDX' out
json_is '[.checks[] | select(.id | startswith("VHD_"))] | length' 0 out
jq -S 'del(.image, .checks, .text)' out >vhd.json
expect 0 "$SHVM" disk info --json d.raw
jq -S 'del(.image, .checks, .text)' out >raw.json
same vhd.json raw.json
expect 0 "$SHVM" disk info d.vhd
has 'vhd, fixed' out
cp d.vhd plain # a name says nothing
expect 0 "$SHVM" disk info --json plain
json_is .image.format vhd out

expect 0 "$SHVM" disk read --out copy d.vhd
same copy d.raw
expect 2 "$SHVM" disk read --offset "$size" --length 512 d.vhd
expect 0 "$SHVM" disk map --json d.vhd
json_is '[.extents[].size] | add' "$size" out
expect 0 "$SHVM" disk digest --json d.raw
digest=$(jq -r .digest out)
for way in '' --mmap '--jobs 1' '--jobs 3'; do
	# shellcheck disable=SC2086
	expect 0 "$SHVM" disk digest --json $way d.vhd
	json_is .digest "$digest" out
done

# Cut into ranges, and the parts know their disk.
expect 0 "$SHVM" disk digest --plan 2 --json d.vhd
uuid=$(tail -c 512 d.vhd | xxd -s 72 -l 4 -p) # the part that guid text keeps
json_is ".identity | test(\"^vhd:[0-9a-f-]{36}:$size:[0-9]+[.][0-9]{9}\$\")" true out
json_is ".identity | contains(\"${uuid:2:2}${uuid:0:2}-\")" true out
for i in 1 2; do
	expect 0 "$SHVM" disk digest --range $i/2 --out p$i d.vhd
done
expect 0 "$SHVM" disk digest --merge --json p1 p2
json_is .digest "$digest" out

# Signed into a file of its own, and verified with it; also the disk as a VHDX.
new_ca ca
new_signer signer ca
by=(--template-name n --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key)
cp d.vhd keep
expect 1 "$SHVM" template sign d.vhd "${by[@]}" --out x.vsc
has '[not-vhdx]' err
expect 0 "$SHVM" template sign d.vhd "${by[@]}" --out x.vsc --ignore not-vhdx
expect 0 "$SHVM" template verify d.vhd --catalog x.vsc --ca ca.pem
expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca ca.pem
for command in protect unprotect; do
	case $command in
	protect) expect 1 "$SHVM" template protect d.vhd "${by[@]}" --ignore not-vhdx ;;
	*) expect 1 "$SHVM" template unprotect d.vhd ;;
	esac
	one_line err
	has 'd.vhd: not a VHDX: only a VHDX can contain its catalog' err
done
expect 1 "$SHVM" template show d.vhd
has 'd.vhd: contains no catalog [no-catalog]' err
expect 3 "$SHVM" template verify d.vhd --ca ca.pem
same d.vhd keep

# One byte of the volume, and one of the footer.
printf x | dd of=d.vhd bs=1 seek=$((size - 1048576 * 20)) conv=notrunc status=none
expect 3 "$SHVM" template verify d.vhd --catalog x.vsc --ca ca.pem
cp keep d.vhd
expect 0 "$SHVM" disk check --json d.vhd
json_is .verdict good out
json_is .file_size $((size + 512)) out
json_is .blocks 0 out
printf x | dd of=d.vhd bs=1 seek=$((size + 90)) conv=notrunc status=none
expect 3 "$SHVM" disk check --json d.vhd
json_is '[.checks[].id] | join(" ")' 'VHD_CHECKSUM VHD_RESERVED' out
json_is '.checks[0].offset' $((size + 64)) out
expect 1 "$SHVM" disk info d.vhd
one_line err
has 'd.vhd: the footer has the checksum' err
has '[VHD_CHECKSUM]' err

# Raw only when that is asked for, or when nothing claims otherwise.
expect 0 "$SHVM" disk info --json --raw d.vhd
json_is .virtual_size $((size + 512)) out
expect 1 "$SHVM" disk check d.raw
has '[no-format-rules]' err
cp d.raw no-footer.vhd
expect 1 "$SHVM" disk info no-footer.vhd
has 'no-footer.vhd: not a VHD' err
expect 3 "$SHVM" disk check no-footer.vhd
has 'failed   VHD_FOOTER ' out

# Other kinds of VHD.
qemu-img convert -O vpc d.raw dynamic.vhd
for command in info check map digest; do
	expect 1 "$SHVM" disk $command dynamic.vhd
	one_line err
	has 'dynamic.vhd: this is a dynamic VHD' err
	has '[VHD_TYPE]' err
done
