#!/bin/bash
# A tour for new users: build, make a Windows-like disk and a test signer,
# protect the disk, verify it, change one byte, verify again.
# usage: first-run.sh [FOLDER]; default is a new folder below /tmp
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d "${TMPDIR:-/tmp}/shvm-first-run.XXXXXX")}
shvm=${SHVM:-$top/build/shvm}
# An installed sample runs the installed program.
[ -n "${SHVM-}" ] || [ -e "$top/Makefile" ] || shvm=shvm

say()
{
	printf '\n== %s\n' "$*"
}

# run COMMAND...: show it as typed in a shell, then run it
run()
{
	local word
	printf '$'
	for word; do
		word=${word/#$shvm/shvm}
		word=${word/#$top\/}
		case $word in
		*[!A-Za-z0-9_./:=@-]*) word="'$word'" ;;
		esac
		printf ' %s' "$word"
	done
	echo
	"$@"
}

# refused COMMAND...: run it; it must exit with 3
refused()
{
	local code=0
	run "$@" || code=$?
	[ "$code" = 3 ] || { echo "first-run: exit $code and not 3" >&2; exit 1; }
	echo "exit status: $code"
}

if [ -z "${SHVM-}" ] && [ -e "$top/Makefile" ]; then
	say 'build'
	make -s -C "$top" -j"$(nproc)" build/shvm
fi
mkdir -p "$folder"
cd "$folder"

say 'a Windows-like disk (GPT, ESP, MSR, NTFS) as a dynamic VHDX'
run "$top/samples/make-windows-disk.sh" disk.vhdx
run "$shvm" disk info disk.vhdx

say 'a test CA and a signer'
run "$top/samples/make-test-ca.sh" keys

say 'hash the whole disk, sign, put the catalog into the disk'
run "$shvm" template protect disk.vhdx --template-name 'Sample Server' --template-version 1.0.0.0 \
	--signing-cert keys/signer.pem --signing-key keys/signer.key

say 'verify: a CA certified the signer, and each byte of the disk matches the catalog'
run "$shvm" template verify disk.vhdx --ca keys/ca.pem

say 'change one byte of a file on the OS volume: verification must fail'
at=$(grep -abo -m 1 MARKER-IN-THE-OS-VOLUME-0001 disk.vhdx | head -n 1 | cut -d: -f1)
[ -n "$at" ] || { echo "first-run: the marker is not on the disk" >&2; exit 1; }
echo "byte $at of disk.vhdx: M becomes N"
printf N | dd of=disk.vhdx bs=1 seek="$at" conv=notrunc status=none
refused "$shvm" template verify disk.vhdx --ca keys/ca.pem
printf M | dd of=disk.vhdx bs=1 seek="$at" conv=notrunc status=none

say 'replace a boot loader on the EFI system partition of a raw copy: verification must fail again'
run "$shvm" template extract disk.vhdx --out disk.vsc
run qemu-img convert -O raw disk.vhdx disk.raw
run "$shvm" template verify disk.raw --catalog disk.vsc --ca keys/ca.pem --quiet >/dev/null
echo 'MZ another boot loader' >bootx64.efi
run mcopy -o -i disk.raw@@1M bootx64.efi ::/EFI/Boot/bootx64.efi
refused "$shvm" template verify disk.raw --catalog disk.vsc --ca keys/ca.pem

say "both changes were detected, as expected; all files are in $folder"
