#!/bin/bash
# The man page's line for a template in a qcow2 image: qemu-nbd shows it as a raw
# file, which is verified and served; without root, kernel module or copy.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/interop/lib-nbdkit.sh"
need nbdfuse qemu-nbd fusermount3
[ -w /dev/fuse ] || skip "there is no /dev/fuse"

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
expect 0 "$SHVM" template sign d.raw --ignore not-vhdx --template-name T --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --tree-out d.tree --out d.vsc
qemu-img convert -f raw -O qcow2 -c d.raw template.qcow2
cp d.raw changed.raw
at=$(($(where FILE0 d.raw) + 32))
flip changed.raw $at
qemu-img convert -f raw -O qcow2 changed.raw changed.qcow2

# as_raw IMAGE: the line of the page, for template.raw
line=$(sed -n 's/\\-/-/g; s/^\(nbdfuse .*\) &$/\1/p' "$ROOT/docs/nbdkit-shvm-plugin.1")
[ -n "$line" ] || fail "the page has no line with nbdfuse"
as_raw()
{
	: >template.raw
	cp --reflink=auto "$1" disk.qcow2
	bash -c "exec ${line//template.qcow2/disk.qcow2}" >fuse.log 2>&1 &
	fuse=$!
	for _ in $(seq 500); do
		[ ! -s template.raw ] || return 0
		[ -d "/proc/$fuse" ] || skip "nbdfuse does not work here: $(cat fuse.log)"
		sleep 0.02
	done
	fail "nbdfuse shows nothing: $(cat fuse.log)"
}
away()
{
	fusermount3 -u template.raw
	wait $fuse || :
}
trap 'fusermount3 -u -z template.raw 2>/dev/null || :' EXIT

as_raw template.qcow2
expect 0 "$SHVM" template verify template.raw --catalog d.vsc --ca ca.pem
serve template.raw catalog=d.vsc ca=ca.pem tree=d.tree
timeout 60 nbdcopy "$uri" copy.raw
same copy.raw d.raw
stop
away

as_raw changed.qcow2
expect 3 "$SHVM" template verify template.raw --catalog d.vsc --ca ca.pem
serve template.raw catalog=d.vsc ca=ca.pem tree=d.tree
io_error $at 1
has "template.raw: partition 3 (OS): the 4096 bytes at $((at / 4096 * 4096)) of the disk" log
stop
away
