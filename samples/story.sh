#!/bin/bash
# The whole story of a shielded VM: an author signs a template, a VM owner
# creates guardian and shielding data, the fabric's guardian opens it, CI decides.
# Then malware flips a byte, a new version appears, and another author signs.
# usage: story.sh [FOLDER]; default is a new folder below /tmp
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d "${TMPDIR:-/tmp}/shvm-story.XXXXXX")}
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

# verdict CODE REASON ARGUMENT...: pdk check must end like this
verdict()
{
	local want=$1 reason=$2 code=0
	shift 2
	run "$shvm" pdk check "$@" >verdict.txt || code=$?
	cat verdict.txt
	[ "$code" = "$want" ] || { echo "story: exit $code and not $want" >&2; exit 1; }
	grep -q "^verdict: *$reason" verdict.txt ||
		{ echo "story: the reason is not $reason" >&2; exit 1; }
}

# signer NAME: a self-signed certificate for templates
signer()
{
	openssl req -x509 -newkey rsa:2048 -nodes -days 365 -keyout "$1.key" \
		-out "$1.pem" -subj "/CN=$1" -addext keyUsage=digitalSignature 2>openssl.log
}

if [ -z "${SHVM-}" ] && [ -e "$top/Makefile" ]; then
	say 'build'
	make -s -C "$top" -j"$(nproc)" build/shvm
fi
mkdir -p "$folder"
cd "$folder"
umask 077

say 'THE AUTHOR creates a disk and signs it as version 1.0.0.0'
run "$top/samples/make-windows-disk.sh" --size 512 --data 8 disk.vhdx
signer author
run "$shvm" template protect disk.vhdx --template-name 'Sample Server' --template-version 1.0.0.0 \
	--signing-cert author.pem --signing-key author.key --out author-1.vsc

say 'THE FABRIC has a guardian and publishes its metadata, fabric.xml'
echo 'passphrase of the fabric' >fabric.pass
run "$shvm" guardian new fabric --out-dir . --pass-file fabric.pass

say 'THE OWNER creates a guardian and the shielding data, in one command'
echo 'passphrase of the owner' >owner.pass
run "$shvm" guardian new owner --out-dir . --pass-file owner.pass
owner=(--owner owner.xml --owner-signing-key owner-signing.pfx
	--owner-signing-key-pass-file owner.pass)
run "$shvm" pdk create machine.pdk "${owner[@]}" --guardian fabric.xml \
	--guardian-fingerprint "$("$shvm" guardian show fabric.xml --json |
		sed -n '/"signing"/,/}/s/.*"sha256": "\(.*\)".*/\1/p')" \
	--policy Shielded --trust author-1.vsc:GreaterThanOrEquals \
	--signer author.pem --answer windows --time-zone @TimeZone@ \
	--admin-password random --admin-password-out admin-password.txt
run "$shvm" pdk create exact.pdk "${owner[@]}" --guardian fabric.xml \
	--allow-untrusted-root --policy Shielded --trust author-1.vsc:Equals \
	--signer author.pem --answer windows \
	--admin-password admin-password.txt
run "$shvm" pdk show machine.pdk

say "THE FABRIC opens it with its own key, and adds the values of this VM"
fabric=(--key fabric-encryption.pfx --key-pass-file fabric.pass)
run "$shvm" fsk create machine.fsk @ComputerName@=web1 '@TimeZone@=W. Europe Standard Time'
run "$shvm" pdk specialize machine.pdk "${fabric[@]}" --fsk machine.fsk --out-dir guest
grep -q '<ComputerName>web1</ComputerName>' guest/unattend.xml

say 'CI checks whether the disk would be provisioned: yes'
verdict 0 provision machine.pdk --disk disk.vhdx "${fabric[@]}" --fsk machine.fsk

say 'MALWARE flips a byte of the OS volume: no, digest-mismatch'
cp disk.vhdx bad.vhdx
at=$(grep -abo -m 1 MARKER-IN-THE-OS-VOLUME-0001 bad.vhdx | head -n 1 | cut -d: -f1)
printf N | dd of=bad.vhdx bs=1 seek="$at" conv=notrunc status=none
verdict 3 'abort, digest-mismatch' machine.pdk --disk bad.vhdx "${fabric[@]}"
rm bad.vhdx

say 'THE AUTHOR signs version 1.1.0.0: GreaterThanOrEquals accepts it, Equals does not'
run "$shvm" template protect disk.vhdx --template-name 'Sample Server' --template-version 1.1.0.0 \
	--signing-cert author.pem --signing-key author.key --force
verdict 0 provision machine.pdk --disk disk.vhdx "${fabric[@]}" --fsk machine.fsk
verdict 3 'abort, untrusted-template' exact.pdk --disk disk.vhdx "${fabric[@]}"

say 'ANOTHER AUTHOR signs under the same name: no, untrusted-template'
signer mallory
run "$shvm" template protect disk.vhdx --template-name 'Sample Server' --template-version 1.2.0.0 \
	--signing-cert mallory.pem --signing-key mallory.key --force
verdict 3 'abort, untrusted-template' machine.pdk --disk disk.vhdx "${fabric[@]}"

say "all steps gave the expected results; all files are in $folder"
