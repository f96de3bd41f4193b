# Every rule has a disk here that breaks it, with the level and a text of its row:
# a line each, as a table.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq python3 sfdisk mdel ntfscp "$B/tests/data/vhdx/mkvhdx" "$B/docs/generate/generate"

# Lines of a rule's id, its level and a text, with a {name} for what was found.
"$B/docs/generate/generate" rules >rules
[ -s rules ] || fail "no rules"

# level RULE: of its row
level() { sed -n "s/^$1 \([a-z]*\) .*/\1/p" rules | head -n 1; }

# says RULE TEXT: is this a text of its row?
says()
{
	local pattern
	while read -r pattern; do
		# shellcheck disable=SC2254 # it is a pattern
		case $2 in $pattern) return 0 ;; esac
	done < <(sed -n "s/^$1 [a-z]* //p" rules | sed 's/[][*?\\]/\\&/g; s/{[a-z]*}/*/g')
	return 1
}

# trip RULE FILE WHAT [OPTION...]: WHAT was done to a good disk for it
trip()
{
	local rule=$1 file=$2 what=$3 found
	shift 3
	expect 0 "$SHVM" disk info --json "$@" "$file"
	found=$(jq -r "[.checks[] | select(.id == \"$rule\" and (.outcome == \"failed\" or (.outcome == \"unknown\" and .id == \"unreadable\")))][0] |
		\"\(.level) \(.text)\"" out)
	case $found in
	"$(level "$rule") "*) echo "| \`$rule\` | ${found%% *} | $what | ${found#* } |" >>table ;;
	*) fail "$rule is not broken as $(level "$rule"): $(jq -c '[.checks[] |
		select(.outcome == "failed") | "\(.id) \(.level)"]' out)" ;;
	esac
	says "$rule" "${found#* }" || fail "$rule has no text for: ${found#* }"
	[ "$(level "$rule")" = warning ] || json_is .yes false out
}

# windows RULE CASE: a case of tests/fixtures/make-windows.sh
windows()
{
	BASE=w.raw "$ROOT/tests/fixtures/make-windows.sh" "$2" x.raw
	trip "$1" x.raw "make-windows.sh $2"
}

again() { cp --sparse=always w.raw x.raw; }		# the good raw disk
poke() { printf "$2" | dd of=x.raw bs=1 seek="$1" conv=notrunc status=none; }
replace() # OLD NEW: of equal length, everywhere
{
	python3 -c 'import sys
old, new = (eval("b\"%s\"" % a) for a in sys.argv[1:])
d = open("w.raw", "rb").read()
assert old in d and len(old) == len(new)
open("x.raw", "wb").write(d.replace(old, new))' "$1" "$2"
}

windows_disk d.vhdx w.raw
windows=$((21 << 20)) end=$(stat -c %s w.raw)
new_ca ca
new_signer signer ca

# The file
trip not-vhdx w.raw "raw file"
again
BASE=w.raw "$ROOT/tests/fixtures/make-windows.sh" pagefile child.vhdx
qemu-img convert -O raw child.vhdx x.raw
qemu-img convert -O vhdx -o block_size=1M x.raw child.vhdx
python3 "$ROOT/tests/fixtures/edit-vhdx.py" child child.vhdx d.vhdx >/dev/null
trip differencing child.vhdx "edit-vhdx.py child"
cp d.vhdx d.avhdx
trip checkpoint d.avhdx "named .avhdx"
again
python3 "$ROOT/tests/fixtures/edit-vhdx.py" gpt4k x.raw
qemu-img convert -O vhdx x.raw x.vhdx
python3 "$ROOT/tests/fixtures/edit-vhdx.py" sectors x.vhdx
trip sector-size x.vhdx "edit-vhdx.py sectors"
cp d.vhdx x.vhdx
expect 0 "$SHVM" template protect x.vhdx --template-name n --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key
trip already-protected x.vhdx "template protect"
"$B/tests/data/vhdx/mkvhdx" write . user-items-1024 >/dev/null
cp d.vhdx x.vhdx
at=$(python3 "$ROOT/tests/fixtures/edit-vhdx.py" state x.vhdx 1 "$windows" $((end - (2 << 20))))
trip undefined-blocks x.vhdx "edit-vhdx.py state, block at $((at >> 20)) MiB"
trip no-room user-items-1024.vhdx "1024 user items"

# The table
windows mbr mbr
truncate -s 1M none.raw
trip no-table none.raw "zeros"
again
poke $((512 + 0x38)) XXXX
trip gpt-primary-damaged x.raw "primary header"
again
poke $((end - 512 + 0x38)) XXXX
trip gpt-backup-damaged x.raw "backup header"
again
truncate -s $((end - (1 << 20))) x.raw
trip gpt-cut-off x.raw "shorter disk"
again
truncate -s $((end + (1 << 20))) x.raw
trip gpt-backup-place x.raw "larger disk"
again
dd if=/dev/zero of=x.raw bs=512 count=1 conv=notrunc status=none
trip gpt-no-protective-mbr x.raw "no MBR"
again
sgdisk -h 3 x.raw >/dev/null
trip gpt-hybrid-mbr x.raw "sgdisk -h"
poke $((446 + 4)) '\007'
poke $((446 + 16 + 4)) '\007'
trip gpt-hidden x.raw "... and no protective entry"
again
poke $((446 + 12)) '\001\002\000\000'
trip gpt-protective-size x.raw "its length"

# The partitions
windows no-esp no-esp
again
sgdisk -t 2:ef00 x.raw >/dev/null
trip several-esp x.raw "MSR of type ESP"
again
dd if=/dev/zero of=x.raw bs=1M seek=1 count=1 conv=notrunc status=none
trip esp-not-fat x.raw "ESP of zeros"
windows no-msr no-msr
windows ldm ldm
again
sgdisk -t 3:4202 x.raw >/dev/null
trip storage-spaces x.raw "sgdisk -t 3:4202"
windows bitlocker bitlocker
windows refs refs
again
dd if=/dev/zero of=x.raw bs=1M seek=21 count=1 conv=notrunc status=none
trip no-os-volume x.raw "no NTFS"
again
truncate -s $((end + (32 << 20))) x.raw
sgdisk -e -n 4:48M:+26M -t 4:0700 x.raw >/dev/null
dd if=w.raw of=x.raw bs=1M skip=21 seek=48 count=26 conv=notrunc status=none
trip several-os-volumes x.raw "the volume twice"
trip not-ntfs w.raw "of the ESP" --partition 1

# Windows
windows unreadable bad-mft
windows no-windows no-windows
replace 'ImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE' \
	'ImageState=IMAGE_STATE_UNDEPLOYABLE_TO_OOBE_XXXX'
trip not-generalized x.raw "State.ini"
trip state-disagrees x.raw "State.ini"
replace '2\0000\0003\0004\0008\000' '0\0007\0006\0000\0001\000'
trip os-too-old x.raw "build in the registry"
replace 'PE\000\000\144\206' 'PE\000\000\144\252'
trip not-x64 x.raw "programs for arm64"
windows no-bootmgr no-bootmgr
windows no-bootx64 no-bootx64
windows ntfs-dirty dirty
windows hibernated hibernated
windows pagefile pagefile
trip low-space d.vhdx "26 MiB volume"

# Linux
"$ROOT/tests/fixtures/make-linux.sh" good w.raw
boot=$((65 << 20)) root=$((85 << 20)) conf=::/EFI/boot/lsvmconf
mcopy -n -i w.raw@@1M $conf conf
linux() { trip "$@" --type preprocessed-linux; }
with_conf() # SED-COMMAND
{
	again
	sed "$1" conf >conf.new
	mcopy -o -i x.raw@@1M conf.new $conf
}
trip several-root-volumes w.raw "two LUKS" --type linux
with_conf '/^BootDeviceLUKS/s/12$/98/'
linux no-boot-volume x.raw "BootDeviceLUKS"
with_conf '/^RootDeviceLUKS/s/13$/99/'
linux no-root-volume x.raw "RootDeviceLUKS"
with_conf 's/LogLevel/Loglevel/'
linux bad-lsvmconf x.raw "a seventh key"
again
mdel -i x.raw@@1M $conf
linux no-lsvmconf x.raw "mdel"
again
mdel -i x.raw@@1M ::/EFI/boot/lsvmprep
linux no-lsvmprep x.raw "mdel"
for volume in boot root; do
	again
	poke $((${!volume})) XXXX
	[ $volume = root ] || poke $((root)) 'LUKS'
	linux $volume-not-luks1 x.raw "magic"
	again
	poke $((${!volume} + 112)) XXXX
	linux $volume-passphrase x.raw "digest of the key"
done

"$ROOT/tests/fixtures/make-linux.sh" cloud x.raw
linux datasource-list x.raw "make-linux.sh cloud"
plain() # RULE CASE: a case of tests/fixtures/make-plain-linux.sh
{
	"$ROOT/tests/fixtures/make-plain-linux.sh" "$2" x.raw
	trip "$1" x.raw "make-plain-linux.sh $2" --type linux
}
plain has-lsvmconf lsvmconf
plain root-encrypted luks
plain root-unread btrfs
plain no-linux no-release
plain no-kernel no-kernel
plain fstab-device fstab-sda
plain machine-id machine-id
plain ssh-host-keys host-keys
plain ssh-user-keys authorized-keys
plain passwords password
plain leftovers history
plain no-cloud-init no-cloud-init

cat table
cut -d ' ' -f 1 rules | sort -u >all
sed -n 's/^| `\([^`]*\)` .*/\1/p' table | sort >tripped
comm -23 all tripped >left
[ ! -s left ] || fail "no disk breaks $(tr '\n' ' ' <left)"
