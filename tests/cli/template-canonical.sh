# A table of which not every byte follows from its values cannot be covered:
# signing tells each place. What sgdisk, sfdisk and parted write is canonical.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need python3 sfdisk parted jq

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
sign=("$SHVM" template sign --template-name n --template-version 1.0.0.0 --signing-cert signer.pem
	--signing-key signer.key --ignore not-vhdx --force --json)

# edit PYTHON: t.raw, in which these lines changed the bytes d of the disk and
# the CRCs are right again; e(n) is where entry n of the primary table is
edit()
{
	cp --sparse=always d.raw t.raw
	python3 - "$1" <<'END'
import struct, sys, zlib
with open('t.raw', 'r+b') as f:
    d = bytearray(f.read())
    last = len(d) - 512
    def e(n, table=1024):
        return table + (n - 1) * 128
    backup = last - 128 * 128
    exec(sys.argv[1])
    for at, table in ((512, 1024), (last, backup)):
        if d[at:at + 8] != b'EFI PART':
            continue
        d[at + 88:at + 92] = struct.pack('<I', zlib.crc32(d[table:table + 128 * 128]))
        d[at + 16:at + 20] = bytes(4)
        size = struct.unpack('<I', d[at + 12:at + 16])[0]
        d[at + 16:at + 20] = struct.pack('<I', zlib.crc32(d[at:at + size]))
    f.seek(0)
    f.write(d)
END
}

# refused PYTHON TEXT [NAME]: and the OS volume alone is signed; what the message
# says to do helps, where partition 1 needs no other name before
refused()
{
	edit "$1"
	rm -f x.vsc
	expect 1 "${sign[@]}" t.raw --out x.vsc
	json_is .error.reason gpt-not-canonical out
	has "$2" err
	cp err err.refused
	[ ! -e x.vsc ] || fail "a catalog for: $1"
	expect 0 "${sign[@]}" t.raw --out x.vsc --cover os
	expect 0 "$SHVM" template verify t.raw --catalog x.vsc --ca ca.pem --require os
	rm x.vsc
	has 'sfdisk -d DISK | sfdisk DISK' err.refused
	cp --sparse=always t.raw repaired.raw
	[ $# -lt 3 ] || sgdisk -c "1:$3" repaired.raw >/dev/null
	sfdisk -q -d repaired.raw 2>/dev/null | sfdisk -q repaired.raw >/dev/null 2>&1 ||
		fail "sfdisk: $1"
	expect 0 "${sign[@]}" repaired.raw --out x.vsc
	rm x.vsc
}
both='for t in (1024, backup):'
refused 'd[512 + 92] = 1' 'primary GPT: byte 0x01 at byte 604 of the disk, after the header, is not zero'
refused 'd[last + 511] = 7' 'backup GPT: byte 0x07'
refused "$both d[e(9, t) + 16] = 1" 'primary GPT: entry 9: GUID is'
refused "$both d[e(9, t) + 127] = 1" 'entry 9: name is not UTF-16 without control characters, filled with zeros'
refused "$both d[e(1, t) + 126] = 65" 'entry 1: name is not UTF-16 without control characters, filled with zeros'
refused "$both d[e(1, t) + 56:e(1, t) + 58] = bytes([0, 0xd8])" 'entry 1: name is not UTF-16'
refused "$both d[e(1, t) + 56] = 7" 'entry 1: name is not UTF-16' ESP
refused 'd[last:last + 8] = bytes(8)' 'backup GPT: no header in LBA 98303'
expect 1 "${sign[@]}" t.raw --out x.vsc
hasnt ' more' err
refused 'd[512 + 12] = d[last + 12] = 96' 'header size is 96, not 92; and 1 more'
expect 1 "${sign[@]}" t.raw --out x.vsc
[ "$(grep -c 'header size is 96, not 92 .gpt-not-canonical.' err)" = 2 ] || fail "not each place: $(cat err)"

# What is signed is what is there.
edit ''
expect 0 "${sign[@]}" t.raw --out x.vsc
expect 0 "$SHVM" template verify t.raw --catalog x.vsc --ca ca.pem

# The same of other tools, with 128 entries and with others.
for tool in sfdisk sfdisk-56 parted; do
	rm -f t.raw
	truncate -s 64M t.raw
	case $tool in
	sfdisk) printf 'label: gpt\n,20M,U\n,,L\n' | sfdisk -q t.raw ;;
	sfdisk-56) printf 'label: gpt\ntable-length: 56\n,20M,U\n,,L\n' | sfdisk -q t.raw ;;
	parted) parted -s t.raw mklabel gpt mkpart esp fat32 1MiB 21MiB set 1 esp on \
		mkpart root ext4 21MiB 100% ;;
	esac >/dev/null
	mke2fs -q -F -t ext4 -E offset=22020096 t.raw 30M 2>/dev/null
	expect 0 "${sign[@]}" t.raw --type linux --out x.vsc --ignore esp-not-fat --ignore no-bootx64 --ignore no-linux \
		--ignore unreadable
	expect 0 "$SHVM" template verify t.raw --catalog x.vsc --ca ca.pem --json
	json_is .bytes_uncovered 0 out
done
