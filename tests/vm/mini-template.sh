#!/bin/bash
# The mini template, made from Debian's packages: it is ready, is signed, and
# boots under Secure Boot from the verified view, where what the guest writes goes
# into an overlay. One boot, of 30 to 45 s on a quiet machine without KVM.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/interop/lib-nbdkit.sh"
. "$ROOT/tests/vm/lib-boot.sh"
need openssl debugfs

mini_template mini.vhdx
expect 0 "$SHVM" disk info --json mini.vhdx
json_is '"\(.yes) \(.disk_type)"' 'true Linux' out
json_is '[.checks[] | select(.outcome == "failed" or .outcome == "unknown") | select(.level != "note") | .id] | join(" ")' no-cloud-init out
json_is .guest.kernel true out

self_sign signer
expect 0 "$SHVM" template protect --type linux mini.vhdx --template-name mini \
	--template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key \
	--tree-out mini.tree --json
json_is .template.disk_type Linux out
expect 0 "$SHVM" template verify mini.vhdx --signer signer.pem
cp mini.vhdx keep.vhdx

printf '#cloud-config\nhostname: web1\n' >user-data
printf 'instance-id: i-1\n' >meta-data
seed seed.img user-data meta-data
serve mini.vhdx signer=signer.pem tree=mini.tree
qemu-img create -q -f qcow2 overlay.qcow2 "$(nbdinfo --size "$uri")"
view="{\"node-name\":\"view\",\"driver\":\"nbd\",\"server\":{\"type\":\"unix\",\"path\":\"$TMP/sock\"},\"read-only\":true}"
boot 900 seed.img -blockdev "$view" \
	-blockdev '{"node-name":"file","driver":"file","filename":"overlay.qcow2"}' \
	-blockdev '{"node-name":"disk","driver":"qcow2","file":"file","backing":"view"}' \
	-device virtio-blk-pci,drive=disk,bootindex=1
has 'shvm-mini: SecureBoot 1' serial
has 'shvm-mini: seed applied' serial
has 'shvm-mini: end' serial

# What the guest has on its disk: the seed's files, byte for byte. The template is
# what it was, and the view had nothing to say.
qemu-img convert -O raw --image-opts \
	"driver=qcow2,file.driver=file,file.filename=overlay.qcow2,backing.driver=nbd,backing.server.type=unix,backing.server.path=$TMP/sock" \
	after.raw
stop
[ ! -s log ] || fail "$(cat log)"
read -r start sectors < <(sgdisk -i 2 after.raw |
	awk '/First sector/ { first = $3 } /Partition size/ { print first, $3 }')
dd if=after.raw of=root.img bs=512 skip="$start" count="$sectors" conv=sparse status=none
for file in user-data meta-data; do
	debugfs -R "cat /root/seed-applied/$file" root.img >got 2>/dev/null
	same got "$file"
done
same mini.vhdx keep.vhdx
