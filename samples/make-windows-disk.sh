#!/bin/bash
# Create a disk that looks like a generalised Windows Server template: GPT with
# ESP (FAT32), MSR and an NTFS volume with registry hives, boot loaders and
# some hundred files; written as a dynamic VHDX. Needs neither root, nor KVM,
# nor loop devices. It does not boot; it contains no files of Microsoft.
set -eu
umask 022

usage()
{
	cat <<-'END'
	usage: make-windows-disk.sh [OPTION...] OUT.vhdx
	  --size MIB          size of the virtual disk, default 4096
	  --esp MIB           size of the EFI system partition, default 100
	  --fs-sector BYTES   sectors of the file systems, default 512
	  --files N           small files in System32, default 400
	  --data MIB          noise in one large file, default 48
	  --product NAME      default "Windows Server 2022 Datacenter"
	  --build NUMBER      default 20348
	  --computer NAME     default WIN-SAMPLE
	  --image-state STATE default IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE
	  --bitlocker         with the service of the BitLocker feature
	  --fixed-guids       always the same GUIDs of disk and partitions
	  --recovery          a recovery partition at the end
	  --format F          dynamic, fixed or raw; default dynamic
	END
}

die()
{
	echo "make-windows-disk: $*" >&2
	exit 1
}

size=4096 files=400 data=48 format=dynamic fixed= recovery= out= esp=100 sector=512 bitlocker=
product='Windows Server 2022 Datacenter' build=20348 computer=WIN-SAMPLE
state=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE
while [ $# -gt 0 ]; do
	case $1 in
	--size) size=$2; shift ;;
	--esp) esp=$2; shift ;;
	--fs-sector) sector=$2; shift ;;
	--files) files=$2; shift ;;
	--data) data=$2; shift ;;
	--product) product=$2; shift ;;
	--build) build=$2; shift ;;
	--computer) computer=$2; shift ;;
	--image-state) state=$2; shift ;;
	--format) format=$2; shift ;;
	--bitlocker) bitlocker=1 ;;
	--fixed-guids) fixed=1 ;;
	--recovery) recovery=1 ;;
	--help) usage; exit 0 ;;
	-*) usage >&2; exit 2 ;;
	*) [ -z "$out" ] || { usage >&2; exit 2; }; out=$1 ;;
	esac
	shift
done
[ -n "$out" ] || { usage >&2; exit 2; }
[ ! -e "$out" ] || die "$out exists"
for program in sgdisk mkfs.vfat mcopy mkntfs hivexsh qemu-img perl openssl cc; do
	command -v "$program" >/dev/null ||
		PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null ||
		die "$program is missing; run samples/install-packages.sh sample"
done
PATH=$PATH:/usr/sbin:/sbin

# The partitions, in MiB.
esp_at=1 msr=16
windows_at=$((esp_at + esp + msr))
recovery_size=$([ -n "$recovery" ] && echo 600 || echo 0)
windows=$((size - windows_at - recovery_size - 1))
[ "$windows" -ge $((data + 16)) ] || die "--size $size is too small"

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "$(dirname "$out")/.make-windows-disk.XXXXXX")
trap 'rm -rf "$work"' EXIT

# pe32plus SUBSYSTEM: an x86-64 program that returns 0 (10 EFI, 1 driver, 3 console)
pe32plus()
{
	perl -e '
	my $text = "\x31\xc0\xc3";
	my $opt = pack("vCCVVVVV", 0x20b, 14, 0, 512, 0, 0, 0x1000, 0x1000)
		. pack("Q<VVvvvvvvVVVVvvQ<Q<Q<Q<VV", 0x140000000, 0x1000, 512,
			10, 0, 10, 0, 10, 0, 0, 0x2000, 512, 0, $ARGV[0], 0x160,
			1 << 20, 4096, 1 << 20, 4096, 0, 16) . "\0" x 128;
	my $head = "MZ" . "\0" x 58 . pack("V", 0x80) . "\0" x 64 . "PE\0\0"
		. pack("vvVVVvv", 0x8664, 1, 0, 0, 0, length $opt, 0x22) . $opt
		. pack("a8VVVVVVvvV", ".text", length $text, 0x1000, 512, 512,
			0, 0, 0, 0, 0x60000020);
	print $head, "\0" x (512 - length $head), $text, "\0" x (512 - length $text);
	' "$1"
}

# empty_hive FILE: a registry hive with a root key, for hivexsh to fill
empty_hive()
{
	perl -e '
	my $free = 0xffffffff;
	my $sd = pack("CCvVVVV", 1, 0, 0x8000, 0, 0, 0, 0);
	my $sk_at = 0x20 + 0x60;
	my $nk = pack("a2vQ<VVVVVVVVVVvvVVVVvv", "nk", 0x2c, 0, 0, $free, 0, 0,
		$free, $free, 0, $free, $sk_at, $free, 0, 0, 0, 0, 0, 0, 4, 0)
		. "ROOT";
	$nk = pack("l<", -0x60) . $nk . "\0" x (0x5c - length $nk);
	my $sk = pack("a2vVVVV", "sk", 0, $sk_at, $sk_at, 1, length $sd) . $sd;
	$sk = pack("l<", -0x30) . $sk . "\0" x (0x2c - length $sk);
	my $rest = 0x1000 - 0x20 - 0x60 - 0x30;
	my $bin = pack("a4VVQ<Q<V", "hbin", 0, 0x1000, 0, 0, 0) . $nk . $sk
		. pack("l<", $rest) . "\0" x ($rest - 4);
	my $base = pack("a4VVQ<VVVVVVV", "regf", 1, 1, 0, 1, 5, 0, 1, 0x20,
		0x1000, 1);
	$base .= "\0" x (508 - length $base);
	my $sum = 0;
	$sum ^= $_ for unpack("V127", $base);
	print $base, pack("V", $sum), "\0" x (4096 - 512), $bin;
	' >"$1"
}

# key PATH...: hivexsh commands that create and enter a key from the root
key()
{
	local part made='cd \'
	echo "$made"
	for part; do
		printf 'add %s\ncd %s\n' "$part" "$part"
	done
}

# enter PATH...: the same for keys of which the first ones exist
enter()
{
	local new=$1 part
	shift
	echo 'cd \'
	for part; do
		[ "$new" -gt 0 ] || printf 'add %s\n' "$part"
		new=$((new - 1))
		printf 'cd %s\n' "$part"
	done
}

# 16 bytes of a GUID's text as stored on disk, as hexadecimal with commas
guid_hex()
{
	perl -e '
	my @p = split /-/, $ARGV[0];
	my $b = pack("VvvH4H12", hex $p[0], hex $p[1], hex $p[2], $p[3], $p[4]);
	print join(",", map { sprintf "%02x", $_ } unpack("C*", $b));' "$1"
}

guid()
{
	if [ -n "$fixed" ]; then
		echo "$1"
	else
		tr a-f A-F </proc/sys/kernel/random/uuid
	fi
}
disk_guid=$(guid 5A4D5348-0001-4000-8000-000000000001)
esp_guid=$(guid 5A4D5348-0002-4000-8000-000000000002)
msr_guid=$(guid 5A4D5348-0003-4000-8000-000000000003)
windows_guid=$(guid 5A4D5348-0004-4000-8000-000000000004)
recovery_guid=$(guid 5A4D5348-0005-4000-8000-000000000005)

make_registry() # FOLDER
{
	local name
	for name in SOFTWARE SYSTEM SAM SECURITY DEFAULT; do
		empty_hive "$1/$name"
	done
	{
		key Microsoft 'Windows NT' CurrentVersion
		cat <<-END
		setval 10
		ProductName
		string:$product
		EditionID
		string:ServerDatacenter
		InstallationType
		string:Server
		CurrentVersion
		string:6.3
		CurrentBuild
		string:$build
		CurrentBuildNumber
		string:$build
		CurrentMajorVersionNumber
		dword:10
		CurrentMinorVersionNumber
		dword:0
		DisplayVersion
		string:21H2
		SystemRoot
		string:C:\\Windows
		END
		enter 1 Microsoft Windows CurrentVersion Setup State
		printf 'setval 1\nImageState\nstring:%s\n' "$state"
		echo commit
	} >"$work/software.txt"
	hivexsh -w -f "$work/software.txt" "$1/SOFTWARE"
	{
		key Select
		cat <<-END
		setval 4
		Current
		dword:1
		Default
		dword:1
		Failed
		dword:0
		LastKnownGood
		dword:1
		END
		key ControlSet001 Control ComputerName ComputerName
		printf 'setval 1\nComputerName\nstring:%s\n' "$computer"
		enter 2 ControlSet001 Control 'Session Manager' Environment
		printf 'setval 1\nPROCESSOR_ARCHITECTURE\nstring:AMD64\n'
		enter 1 ControlSet001 Services Tcpip Parameters
		printf 'setval 1\nHostname\nstring:%s\n' "$computer"
		[ -z "$bitlocker" ] || enter 2 ControlSet001 Services BDESVC
		key MountedDevices
		printf 'setval 1\n\\DosDevices\\C:\nhex:3:44,4d,49,4f,3a,49,44,3a,%s\n' \
			"$(guid_hex "$windows_guid")"
		key Setup
		printf 'setval 2\nSystemSetupInProgress\ndword:1\nOOBEInProgress\ndword:1\n'
		echo commit
	} >"$work/system.txt"
	hivexsh -w -f "$work/system.txt" "$1/SYSTEM"
}

make_windows_tree() # FOLDER
{
	local system=$1/Windows/System32 i name
	mkdir -p "$system"/{config/RegBack,drivers/etc,Sysprep,Boot,en-US,wbem} \
		"$1"/Windows/{Setup/State,Panther,Fonts,INF,WinSxS,SysWOW64,Temp,Boot/EFI} \
		"$1/Program Files/Common Files" "$1/Program Files (x86)" \
		"$1"/ProgramData/Microsoft/Windows \
		"$1"/Users/{Default/Desktop,Public/Documents} "$1/\$Recycle.Bin"
	for name in cmd.exe svchost.exe lsass.exe services.exe winlogon.exe \
		ntoskrnl.exe hal.dll kernel32.dll ntdll.dll Sysprep/sysprep.exe; do
		pe32plus 3 >"$system/$name"
	done
	for name in disk ntfs volmgr storvsc netvsc vmbus tpm fvevol; do
		pe32plus 1 >"$system/drivers/$name.sys"
	done
	pe32plus 10 >"$system/winload.efi"
	pe32plus 10 >"$system/Boot/winload.efi"
	pe32plus 10 >"$1/Windows/Boot/EFI/bootmgfw.efi"
	pe32plus 3 >"$1/Windows/explorer.exe"
	printf '127.0.0.1 localhost\r\n' >"$system/drivers/etc/hosts"
	printf '[State]\r\nImageState=%s\r\n' "$state" >"$1/Windows/Setup/State/State.ini"
	printf 'Sample server. MARKER-IN-THE-OS-VOLUME-0001\r\n%01800d\r\n' 0 \
		>"$1/Users/Public/Documents/readme.txt"
	make_registry "$system/config"
	for ((i = 1; i <= files; i++)); do
		printf 'component %d of the sample, %0*d\r\n' "$i" $((i * 37 % 9000)) "$i" \
			>"$system/component-$i.dll"
	done
	# Noise that is the same each time: AES-CTR over zeros.
	head -c "${data}M" /dev/zero |
		openssl enc -aes-128-ctr -nosalt -K 00112233445566778899aabbccddeeff \
			-iv 00000000000000000000000000000001 >"$1/Windows/WinSxS/store.bin"
}

make_esp() # IMAGE
{
	local tree=$work/esp
	mkdir -p "$tree"/EFI/{Boot,Microsoft/Boot/Fonts}
	pe32plus 10 >"$tree/EFI/Boot/bootx64.efi"
	pe32plus 10 >"$tree/EFI/Microsoft/Boot/bootmgfw.efi"
	pe32plus 10 >"$tree/EFI/Microsoft/Boot/bootmgr.efi"
	empty_hive "$tree/EFI/Microsoft/Boot/BCD"
	truncate -s "${esp}M" "$1"
	# FAT32 needs room for 65525 clusters.
	mkfs.vfat -F $([ "$esp" -ge 34 ] && echo 32 || echo 12) -S "$sector" \
		-n SYSTEM -h $((esp_at * 2048 * 512 / sector)) "$1" >/dev/null
	mcopy -s -Q -i "$1" "$tree/EFI" ::/
}

make_ntfs() # IMAGE MIB LABEL FIRST_MIB
{
	truncate -s "$2M" "$1"
	mkntfs -F -Q -q -L "$3" -s "$sector" -p $(($4 * 2048 * 512 / sector)) \
		-H 255 -S 63 "$1" \
		>"$work/mkntfs.log" 2>&1 || { cat "$work/mkntfs.log" >&2; exit 1; }
}

make_table() # IMAGE
{
	truncate -s "${size}M" "$1"
	set -- "$1" -o -U "$disk_guid" \
		-n "1:${esp_at}M:+${esp}M" -t 1:ef00 -u "1:$esp_guid" \
		-c '1:EFI system partition' \
		-n "2:$((esp_at + esp))M:+${msr}M" -t 2:0c01 -u "2:$msr_guid" \
		-c '2:Microsoft reserved partition' \
		-n "3:${windows_at}M:+${windows}M" -t 3:0700 -u "3:$windows_guid" \
		-c '3:Basic data partition'
	if [ -n "$recovery" ]; then
		set -- "$@" -n "4:$((windows_at + windows))M:+$((recovery_size))M" \
			-t 4:2700 -u "4:$recovery_guid" -c '4:Recovery' -A 4:set:0
	fi
	image=$1
	shift
	sgdisk "$@" "$image" >"$work/sgdisk.log" ||
		{ cat "$work/sgdisk.log" >&2; exit 1; }
}

put() # PIECE IMAGE AT_MIB
{
	qemu-img convert -n --target-is-zero -f raw "$1" --target-image-opts \
		"driver=raw,offset=$3M,size=$(stat -c %s "$1"),file.filename=$2"
	rm "$1"
}

cc -O1 -o "$work/ntfs-fill" "$here/ntfs-fill.c" -lntfs-3g
make_table "$work/disk.raw"
make_esp "$work/esp.img"
put "$work/esp.img" "$work/disk.raw" "$esp_at"
mkdir "$work/tree"
make_windows_tree "$work/tree"
make_ntfs "$work/windows.img" "$windows" Windows "$windows_at"
"$work/ntfs-fill" "$work/windows.img" "$work/tree"
put "$work/windows.img" "$work/disk.raw" "$windows_at"
if [ -n "$recovery" ]; then
	make_ntfs "$work/recovery.img" "$recovery_size" Recovery \
		$((windows_at + windows))
	put "$work/recovery.img" "$work/disk.raw" $((windows_at + windows))
fi

case $format in
raw) mv "$work/disk.raw" "$out" ;;
dynamic | fixed)
	qemu-img convert -f raw -O vhdx -o "subformat=$format,block_size=2M" \
		"$work/disk.raw" "$work/disk.vhdx"
	mv "$work/disk.vhdx" "$out"
	;;
*) die "--format $format: must be dynamic, fixed or raw" ;;
esac
