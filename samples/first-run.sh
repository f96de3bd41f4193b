#!/bin/bash
# The tour of a newcomer: build, make a Windows-like disk and a test signer,
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

# run COMMAND...: show it, then run it
run()
{
	printf '$ %s\n' "${*/#$shvm/shvm}"
	"$@"
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

say 'verify: the signer is trusted by the CA, each byte of the disk is as it was'
run "$shvm" template verify disk.vhdx --ca keys/ca.pem

say 'change one byte of a file inside the OS volume'
at=$(grep -abo -m 1 MARKER-IN-THE-OS-VOLUME-0001 disk.vhdx | head -n 1 | cut -d: -f1)
[ -n "$at" ] || { echo "first-run: the marker is not on the disk" >&2; exit 1; }
echo "byte $at of disk.vhdx: M becomes N"
printf N | dd of=disk.vhdx bs=1 seek="$at" conv=notrunc status=none

say 'verify again: this must say no'
code=0
run "$shvm" template verify disk.vhdx --ca keys/ca.pem || code=$?
[ "$code" = 3 ] || { echo "first-run: exit $code and not 3" >&2; exit 1; }
say 'a boot loader on the EFI system partition is replaced: no, too'
printf M | dd of=disk.vhdx bs=1 seek="$at" conv=notrunc status=none
run "$shvm" template verify disk.vhdx --ca keys/ca.pem --quiet >/dev/null
run "$shvm" template extract disk.vhdx --out disk.vsc
run qemu-img convert -O raw disk.vhdx disk.raw
echo 'MZ another boot loader' >bootx64.efi
run mcopy -o -i disk.raw@@1M bootx64.efi ::/EFI/Boot/bootx64.efi
code=0
run "$shvm" template verify disk.raw --catalog disk.vsc --ca keys/ca.pem || code=$?
[ "$code" = 3 ] || { echo "first-run: exit $code and not 3" >&2; exit 1; }
say "verification said no with exit 3, as it should; all files are in $folder"
