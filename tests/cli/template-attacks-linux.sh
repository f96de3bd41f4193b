# A cloud image of a Linux with GRUB, signed: each change of it is refused, and
# text and JSON say why and where. Next to each: does a catalog of the OS
# volumes see it? Where it is moved, copied and converted it stays trusted.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-attack.sh"
PATH=$PATH:/usr/sbin:/sbin
need jq python3 sfdisk sgdisk mkfs.vfat mcopy mke2fs mkswap debugfs qemu-img

# BIOS boot, ESP, /boot, swap and root, as sfdisk lays them out.
mkdir -p esp/EFI/BOOT esp/EFI/debian boot/grub root/etc
printf 'MZ shim' >esp/EFI/BOOT/BOOTX64.EFI
printf 'MZ grub' >esp/EFI/debian/grubx64.efi
echo 'configfile ($root)/grub/grub.cfg' >esp/EFI/debian/grub.cfg
echo 'linux /vmlinuz root=PARTLABEL=root' >boot/grub/grub.cfg
head -c 100000 /dev/urandom >boot/initrd.img
echo ID=debian >root/etc/os-release
truncate -s 96M d.raw
sfdisk -q d.raw <<END
label: gpt
start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name=bios
start=4096, size=16384, type=U, name=esp
start=20480, size=32768, type=BC13C2FF-59E6-4262-A352-B275FD6F7172, name=boot
start=53248, size=16384, type=S, name=swap
start=69632, size=122880, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root, attrs="GUID:59"
END
# The array of entries of sfdisk is where all programs put it.
piece() { dd if="$1" of=d.raw bs=512 seek="$2" conv=notrunc,sparse status=none; }
head -c 30000 /dev/urandom >core.img
piece core.img 2048
truncate -s 8M esp.img
mkfs.vfat -h 4096 esp.img >/dev/null
mcopy -s -Q -i esp.img esp/EFI ::/
piece esp.img 4096
truncate -s 16M boot.img
mke2fs -q -t ext4 -O ^has_journal -d boot boot.img
piece boot.img 20480
truncate -s 8M swap.img
chmod 600 swap.img
mkswap -q swap.img 2>/dev/null
piece swap.img 53248
truncate -s 60M root.img
mke2fs -q -t ext4 -d root root.img
piece root.img 69632
# GRUB's first stage, of which LBA 0 keeps the table's part.
head -c 440 /dev/urandom >stage1
piece stage1 0
sign_both linux
again

expect 0 "$SHVM" template show d.vsc --json
json_is .template.disk_type Linux out
json_is '[.volumes[].role] | join(" ")' 'Reserved ESP Boot Data Root' out
json_is '.volumes[4].attributes' 0800000000000000 out
expect 0 "$SHVM" template show o.vsc --json
json_is '[.volumes[].role] | join(" ")' 'Boot Root' out
expect 3 "$SHVM" template verify d.raw --catalog o.vsc --ca ca.pem --json
json_is .reason coverage out

# Files of the boot loader.
esp() { mcopy -o -i t.raw@@2M new "::$1"; }
printf 'MZ evil' >new
esp /EFI/BOOT/BOOTX64.EFI
attack 'bootx64.efi replaced' digest-mismatch 'partition 2 (ESP)'
esp /EFI/debian/grubx64.efi
attack 'grubx64.efi replaced' digest-mismatch 'partition 2 (ESP)'
esp /EFI/debian/grub.cfg
attack 'grub.cfg of the ESP changed' digest-mismatch 'partition 2 (ESP)'
esp /EFI/debian/evil.efi
attack 'a file added to the ESP' digest-mismatch 'partition 2 (ESP)'

# in_boot COMMANDS...: debugfs in /boot of t.raw
in_boot()
{
	printf '%s\n' "$@" | debugfs -w -f - "t.raw?offset=$((20480 * 512))" >debugfs.log 2>&1
	cmp -s d.raw t.raw && fail "debugfs changed nothing: $(cat debugfs.log)"
	return 0
}
in_boot 'rm grub/grub.cfg' 'write new grub/grub.cfg'
attack 'grub.cfg of /boot changed' digest-mismatch 'partition 3 (Boot)' \
	digest-mismatch 'partition 3 (Boot)'
change $((20480 * 512 + 1024 + 120)) 31
attack 'superblock of /boot changed' digest-mismatch 'partition 3 (Boot)' \
	digest-mismatch 'partition 3 (Boot)'
in_boot 'rm initrd.img' 'write new initrd.img'
attack 'initrd changed' digest-mismatch 'partition 3 (Boot)' \
	digest-mismatch 'partition 3 (Boot)'
change $((2048 * 512 + 777)) 31
attack 'core.img of GRUB changed' digest-mismatch 'partition 1 (Reserved)'
change 100 eb3c
attack 'boot code in LBA 0 changed' digest-mismatch 'LBA 0'
change $((53248 * 512 + 65536)) 31
attack 'swap changed' digest-mismatch 'partition 4 (Data)'
change $((69632 * 512 + (30 << 20))) 31
attack 'root changed' digest-mismatch 'partition 5 (Root)' \
	digest-mismatch 'partition 5 (Root)'

# The table.
sgdisk -n 6:0:0 -t 6:ef00 t.raw >/dev/null
attack 'second ESP after the last partition' layout-changed 'partition 6 ('
sgdisk -d 4 t.raw >/dev/null
attack 'swap deleted' layout-changed 'partition 4 (Data): no partition'
sgdisk -t 4:8200 -t 2:0700 t.raw >/dev/null
attack 'type of the ESP' layout-changed 'partition 2 (ESP): the partition type'
sgdisk -A 2:set:1 t.raw >/dev/null
attack 'attributes of the ESP' layout-changed 'partition 2 (ESP): the attributes'
sgdisk -A 5:clear:59 t.raw >/dev/null
attack 'attributes of the root' layout-changed 'partition 5 (Root): the attributes' \
	layout-changed 'partition 5 (Root): the attributes'
sgdisk -c 5:other t.raw >/dev/null
attack 'name of the root' layout-changed 'partition 5 (Root): the name is "other"' \
	layout-changed 'partition 5 (Root): the name is "other"'
sgdisk -u 4:R t.raw >/dev/null
attack 'GUID of the swap' layout-changed 'partition 4 (Data): no partition'
sgdisk -U R t.raw >/dev/null
attack 'disk GUID' layout-changed 'disk: the GUID' layout-changed 'disk: the GUID'
sgdisk -h 3 t.raw >/dev/null
attack 'hybrid MBR' digest-mismatch 'LBA 0'
change $(((96 << 20) - 40 * 512)) 31
attack 'bytes after the last partition' digest-mismatch \
	"gap of $(((96 << 20) - 33 * 512 - 192512 * 512)) bytes at $((192512 * 512))"
truncate -s 128M t.raw
sgdisk -e t.raw >/dev/null
attack 'grown, the backup moved to the end' layout-changed 'disk: 134217728 bytes'

# A disk with bytes in a gap is signed with them, as a region.
change $((34 * 512)) 4752554220
mv t.raw d.raw
rm d.vsc o.vsc
sign_both linux
again
expect 0 "$SHVM" template show d.vsc --json
json_is '[.regions[] | "\(.offset) \(.size)"] | join(", ")' '0 512, 17408 1031168' out
change $((34 * 512)) 00
attack 'bytes of a signed gap changed' digest-mismatch 'gap of 1031168 bytes at 17408'

# A hybrid MBR is refused, unless it is asked for: then each byte of it counts.
sgdisk -h 3 t.raw >/dev/null
sign=("$SHVM" template sign t.raw --type linux --ignore not-vhdx --template-name T
	--template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key)
expect 1 "${sign[@]}" --out h.vsc --json
json_is .error.reason gpt-hybrid-mbr out
expect 0 "${sign[@]}" --out h.vsc --ignore gpt-hybrid-mbr
trusted t.raw h.vsc
says d.raw h.vsc digest-mismatch 'LBA 0'

# Converted: the same disk in other files.
for to in vhdx:dynamic vhdx:fixed vpc:fixed; do
	rm -f c.img
	more=
	[ "${to%:*}" = vhdx ] || more=,force_size=on
	qemu-img convert -O "${to%:*}" -o "subformat=${to#*:}$more" d.raw c.img
	trusted c.img d.vsc
	json_is .bytes_covered $((96 << 20)) out
	json_is .bytes_uncovered 0 out
	trusted c.img o.vsc --require os
	qemu-img convert -O raw -f "${to%:*}" c.img back.raw
	trusted back.raw d.vsc
	expect 0 "$SHVM" disk read c.img --out back.raw --force
	same back.raw d.raw
	trusted back.raw d.vsc
done
# With a catalog inside, too, which is not part of the disk.
qemu-img convert -O vhdx d.raw p.vhdx
expect 0 "$SHVM" template protect p.vhdx --type linux --template-name P \
	--template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key
expect 0 "$SHVM" template verify p.vhdx --ca ca.pem --json
json_is .verdict trusted out
expect 0 "$SHVM" template extract p.vhdx --out p.vsc
trusted p.vhdx d.vsc
qemu-img convert -O vhdx -o subformat=fixed p.vhdx f.vhdx
trusted f.vhdx p.vsc
trusted d.raw p.vsc

[ "$tried" = 23 ] || fail "$tried attacks and not 23"
