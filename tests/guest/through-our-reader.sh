# Chains, dirty logs and sectors of 4 KiB reach the appliance through our
# reader: it finds the file systems that only the merged view has.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need sgdisk mkfs.vfat mcopy jq "$B/tests/gen/mkvhdx"

# A disk of 4 MiB with an ESP in its third MiB, where blocks 0 and 2 matter.
truncate -s 4M d.raw
sgdisk -o -a 1 -n 1:4096:+1M -t 1:ef00 d.raw >/dev/null
truncate -s 1M esp
mkfs.vfat -h 4096 esp >/dev/null
mmd -i esp ::/EFI ::/EFI/boot
echo 'MZ loader' >loader
mcopy -i esp loader ::/EFI/boot/bootx64.efi
dd if=esp of=d.raw bs=1M seek=2 conv=notrunc status=none

# block NUMBER FILE MEBIBYTE: that block of d.raw to its place in the image
block() { dd if=d.raw bs=1M skip="$1" count=1 of="$2" seek="$3" conv=notrunc status=none; }

# seen FILE: the loader is there, by libguestfs
seen()
{
	"$SHVM" disk info --json --type linux --guest "$1" >out 2>err || {
		! grep -q no-appliance out || skip "$(jq -r .error.message out)"
		fail "$1: $(cat err)"
	}
	json_is .guest.bootx64 true out
	json_is .guest.trouble null out
	json_is '.guest.engine | startswith("libguestfs")' true out
}

"$B/tests/gen/mkvhdx" write . dirty-log >/dev/null
block 0 dirty-log.vhdx 4
block 2 dirty-log.vhdx 5
cp dirty-log.vhdx keep.vhdx
expect 0 "$SHVM" disk info --json --type linux dirty-log.vhdx
json_is .guest.bootx64 true out
seen dirty-log.vhdx
json_is .vhdx.log replayed out
same dirty-log.vhdx keep.vhdx
[ -z "$(find /tmp -maxdepth 1 -name 'shvm-nbd-*' -newer keep.vhdx)" ] ||
	fail "a socket was left behind"
