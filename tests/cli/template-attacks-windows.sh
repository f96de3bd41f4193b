# A disk as Windows has it, signed: each change of it is refused, and text and
# JSON say why and where. Next to each: does a catalog of the OS volume see it?
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-attack.sh"
need jq python3

# make_disk FILE.raw: ESP, MSR, Windows (1, 5 and 21 MiB), a gap from 47 MiB,
# Recovery (50 MiB), a gap from 58 MiB
make_disk()
{
	windows_disk w.vhdx "$1"
	rm w.vhdx
	truncate -s 64M "$1"
	sgdisk -e "$1" >/dev/null
	sgdisk -n 4:50M:+8M -t 4:2700 -c 4:Recovery -A 4:set:0 "$1" >/dev/null
	truncate -s 8M recovery.img
	mkntfs -q -F -p $((50 * 2048)) recovery.img >/dev/null 2>&1
	dd if=recovery.img of="$1" bs=1M seek=50 conv=notrunc,sparse status=none
}
make_disk d.raw
sign_both windows
again
part_guid() { sgdisk -i "$1" t.raw | sed -n 's/Partition unique GUID: //p'; }

# The catalogs themselves: what each covers.
expect 0 "$SHVM" template show d.vsc --json
json_is '[.volumes[].role] | join(" ")' 'ESP Reserved OS Recovery' out
json_is .disk.coverage disk out
expect 0 "$SHVM" template show o.vsc --json
json_is '[.volumes[].role] | join(" ")' OS out
json_is .disk.coverage os out

# One of the OS volume is refused where the disk is required, and before
# anything is hashed; the other way round more is fine.
expect 3 "$SHVM" template verify d.raw --catalog o.vsc --ca ca.pem --json
json_is .reason coverage out
json_is '[.parts[] | select(.actual != null)] | length' 0 out
expect 3 "$SHVM" template verify d.raw --catalog o.vsc --ca ca.pem --require disk
has 'rejected, coverage' out
trusted d.raw d.vsc --require os
trusted d.raw o.vsc --require os
json_is .bytes_covered $((26 << 20)) out
json_is '.bytes_covered + .bytes_uncovered' $((64 << 20)) out

# Files of the boot loader.
esp() { mcopy -o -i t.raw@@1M new "::$1"; }
printf 'MZ evil' >new
esp /EFI/Boot/bootx64.efi
attack 'bootx64.efi replaced' digest-mismatch 'partition 1 (ESP)'
esp /EFI/Microsoft/Boot/BCD
attack 'BCD changed' digest-mismatch 'partition 1 (ESP)'
change $((6 << 20)) 31
attack 'bytes in the MSR' digest-mismatch 'partition 2 (Reserved)'
change $((53 << 20)) 31
attack 'recovery volume changed' digest-mismatch 'partition 4 (Recovery)'
change $((40 << 20)) 31
attack 'OS volume changed' digest-mismatch 'partition 3 (OS)' \
	digest-mismatch 'partition 3 (OS)'

# The table, as programs write it.
sgdisk -n 5:47M:+1M -t 5:ef00 t.raw >/dev/null
attack 'second ESP' layout-changed 'partition 5 ('
sgdisk -d 2 t.raw >/dev/null
attack 'MSR deleted' layout-changed 'partition 2 (Reserved): no partition'
sgdisk -t 4:0700 t.raw >/dev/null
attack 'type of Recovery' layout-changed 'partition 4 (Recovery): the partition type'
sgdisk -t 3:8300 t.raw >/dev/null
attack 'type of the OS volume' layout-changed 'partition 3 (OS): the partition type' \
	layout-changed 'partition 3 (OS): the partition type'
sgdisk -A 4:set:62 t.raw >/dev/null
attack 'attributes of Recovery' layout-changed 'partition 4 (Recovery): the attributes'
sgdisk -A 3:set:63 t.raw >/dev/null
attack 'attributes of the OS volume' layout-changed 'partition 3 (OS): the attributes' \
	layout-changed 'partition 3 (OS): the attributes'
sgdisk -c 1:esp t.raw >/dev/null
attack 'name of the ESP' layout-changed 'partition 1 (ESP): the name is "esp"'
sgdisk -u 1:R t.raw >/dev/null
attack 'GUID of the ESP' layout-changed 'partition 1 (ESP): no partition'
sgdisk -u 3:R t.raw >/dev/null
attack 'GUID of the OS volume' layout-changed 'partition 3 (OS): no partition' \
	layout-changed 'partition 3 (OS): no partition'
sgdisk -r 1:2 t.raw >/dev/null
attack 'ESP and MSR swap their entries' layout-changed 'partition 1 (ESP): the number changed to 2'
sgdisk -U R t.raw >/dev/null
attack 'disk GUID' layout-changed 'disk: the GUID' layout-changed 'disk: the GUID'
# moved PARTITION FROM TO MIB: with its bytes and all that the table says
moved()
{
	local guid
	guid=$(part_guid "$1")
	dd if=d.raw of=t.raw bs=1M skip="$2" seek="$3" count="$4" conv=notrunc status=none
	sgdisk -d "$1" -n "$1:$3M:+$4M" -t "$1:$5" -u "$1:$guid" -c "$1:$6" t.raw >/dev/null
}
moved 4 50 51 8 2700 Recovery
attack 'Recovery moved' layout-changed 'partition 4 (Recovery): 8388608 bytes at 53477376'
moved 3 21 22 26 0700 'Basic data partition'
attack 'OS volume moved' layout-changed 'partition 3 (OS): 27262976 bytes at 23068672' \
	layout-changed 'partition 3 (OS): 27262976 bytes at 23068672'

# LBA 0: boot code, further records, and the one field that may differ.
change 0 fa31c08ed8
attack 'boot code in LBA 0' digest-mismatch 'LBA 0'
change 440 12345678
attack 'disk signature in LBA 0' digest-mismatch 'LBA 0'
sgdisk -h 3 t.raw >/dev/null
attack 'hybrid MBR' digest-mismatch 'LBA 0'
change $((0x1be + 16)) 80020300070fffff0000010000000100
attack 'one more record in LBA 0' digest-mismatch 'LBA 0'
change $((0x1be + 12)) 00100000
attack 'protective record of another size' digest-mismatch 'LBA 0'
change $((0x1be)) 80
attack 'protective record that is active' digest-mismatch 'LBA 0'
change $((0x1be + 12)) ffffffff
trusted t.raw d.vsc
again

# Space outside of the partitions.
change $((34 * 512)) 01
attack 'bytes after the table' digest-mismatch 'gap of 1031168 bytes at 17408'
change $(((1 << 20) - 1)) 01
attack 'bytes before the first partition' digest-mismatch 'gap of 1031168 bytes at 17408'
change $((48 << 20)) 4d5a
attack 'bytes between two partitions' digest-mismatch 'gap of 3145728 bytes at 49283072'
change $((60 << 20)) 4d5a
attack 'bytes after the last partition' digest-mismatch 'gap of 6274560 bytes at 60817408'
change $(((64 << 20) - 33 * 512 - 1)) 01
attack 'the last byte before the backup' digest-mismatch 'gap of 6274560 bytes at 60817408'

# The two copies of the table, byte by byte, each with good CRCs.
# Where both are good and say different things, no one can tell which is read;
# where none is good there is no table: such a disk is not even opened.
unreadable() # WHAT REASON TEXT
{
	echo "attack: $1"
	for catalog in d.vsc o.vsc; do
		expect 1 "$SHVM" template verify t.raw --catalog $catalog \
			--ca ca.pem --require os --json
		json_is .error.reason "$2" out
		has "$3" err
	done
	tried=$((tried + 1))
	again
}
differ() { unreadable "$1" gpt-copies-differ 'the copies at LBA 1 and LBA 131071'; }
gpt backup entries $((128 * 3 + 56)) 58
differ 'backup with another name'
gpt backup header 56 "$(printf '5a%.0s' {1..16})"
differ 'backup with another disk GUID'
gpt backup entries $((128 * 3)) "$(printf '00%.0s' {1..128})"
differ 'backup without an entry'
change $(((64 << 20) - 33 * 512 + 128 * 3 + 56)) 58
attack 'backup with another name and CRC' layout-changed 'backup GPT: entry 4: name is "Xecovery"'
change $(((64 << 20) - 512)) 0000000000000000
attack 'no backup header' layout-changed 'backup GPT: no header'
gpt primary header 100 01
attack 'bytes after the primary header' layout-changed \
	'primary GPT: byte 0x01 at byte 612 of the disk, after the header'
gpt backup header 511 01
attack 'bytes after the backup header' layout-changed \
	'backup GPT: byte 0x01 at byte 67108863 of the disk, after the header'
gpt primary header 20 01000000
attack 'reserved field of the primary header' layout-changed 'primary GPT: reserved field'
gpt both header 20 01000000
unreadable 'reserved field of both headers' gpt-damaged 'header at LBA 1: reserved field'
gpt primary entries $((128 * 100 + 60)) 41
differ 'bytes in an entry that is not used, of the primary'
gpt both entries $((128 * 100 + 60)) 41
attack 'bytes in an entry that is not used' layout-changed 'primary GPT: entry 101: name'
gpt both entries $((128 * 127 + 40)) 01
attack 'the last entry, which is not used' layout-changed 'primary GPT: entry 128: last LBA'
gpt both entries $((128 * 3 + 56 + 18)) 5800
attack 'bytes after the end of a name' layout-changed 'primary GPT: entry 4: name'
gpt both header 40 2300000000000000
attack 'another first usable LBA' layout-changed 'table: the usable LBAs are 35 to'

# The size of the disk.
truncate -s 80M t.raw
attack 'grown, the table left alone' layout-changed 'disk: 83886080 bytes, the catalog has 67108864'
truncate -s 80M t.raw
sgdisk -e t.raw >/dev/null
attack 'grown, the backup moved to the end' layout-changed 'disk: 83886080 bytes'
truncate -s 62M t.raw
attack 'shrunk, the table left alone' layout-changed 'disk: 65011712 bytes'
truncate -s 60M t.raw
sgdisk -e t.raw >/dev/null 2>&1
attack 'shrunk, the backup moved to the end' layout-changed 'disk: 62914560 bytes'

# Another disk under the same table, and with the same catalog.
make_disk other.raw
dd if=other.raw of=t.raw bs=1M skip=21 seek=21 count=26 conv=notrunc status=none
change $((30 << 20)) 31 # the sample's contents are the same each time
attack 'volume of another disk with the same GUID' digest-mismatch 'partition 3 (OS)' \
	digest-mismatch 'partition 3 (OS)'
cp --sparse=always other.raw t.raw
attack 'catalog of another disk' layout-changed 'disk: the GUID' \
	layout-changed 'disk: the GUID'

# An array of entries that ends within a sector has bytes after it.
again
gpt both header 80 7e000000
mv t.raw d.raw
rm d.vsc o.vsc
sign_both windows
again
change $((1024 + 126 * 128 + 7)) 01
attack 'bytes after the array of entries' layout-changed \
	'primary GPT: byte 0x01 at byte 17159 of the disk, after the entries'
gpt both header 80 7d000000
attack 'one entry less' layout-changed 'table: 125 entries, the catalog has 126'

# Sectors of 4096 bytes: the same parts in other places.
cp --sparse=always d.raw big.raw
python3 "$ROOT/tests/fixtures/edit-vhdx.py" gpt4k big.raw
sectors=(--raw --sector-size 4096)
expect 0 "$SHVM" template sign big.raw "${sectors[@]}" --ignore not-vhdx \
	--template-name T --template-version 1.0.0.0 --signing-cert signer.pem \
	--signing-key signer.key --out big.vsc
trusted big.raw big.vsc "${sectors[@]}"
big() # BYTE REASON PLACE
{
	cp --sparse=always big.raw t.raw
	change "$1" 31
	says t.raw big.vsc "$2" "$3" "${sectors[@]}"
	tried=$((tried + 1))
}
big 3000 digest-mismatch 'LBA 0'
big $((4096 + 4000)) layout-changed \
	'primary GPT: byte 0x31 at byte 8096 of the disk, after the header'
big $((8192 + 128 * 39)) layout-changed 'primary GPT: entry 40: type'
big $((8192 + 16384)) digest-mismatch 'gap of'
big $(((64 << 20) - 1)) layout-changed \
	'backup GPT: byte 0x31 at byte 67108863 of the disk, after the header'

# What a VHDX leaves undefined is refused wherever it is, not in the OS volume
# only.
qemu-img convert -O vhdx -o block_size=1M d.raw d.vhdx
undefined() # FROM TO PLACE
{
	cp d.vhdx t.vhdx
	python3 "$ROOT/tests/fixtures/edit-vhdx.py" state t.vhdx 1 "$1" "$2" >at
	says t.vhdx d.vsc undefined-blocks "$3: 1048576 bytes, the first at $(cat at) of the disk"
	trusted t.vhdx o.vsc --require os
	tried=$((tried + 1))
}
trusted d.vhdx d.vsc
undefined $((1 << 20)) $((5 << 20)) 'partition 1 (ESP)'
undefined $((50 << 20)) $((58 << 20)) 'partition 4 (Recovery)'
cp --sparse=always d.raw t.raw
change $((48 << 20)) 4d5a
rm d.vhdx
qemu-img convert -O vhdx -o block_size=1M t.raw d.vhdx
undefined $((47 << 20)) $((50 << 20)) 'gap of 3145728 bytes at 49283072'

[ "$tried" = 59 ] || fail "$tried attacks and not 59"
