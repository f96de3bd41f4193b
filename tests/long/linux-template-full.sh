# The full template: Debian with cloud-init, made from its packages. It breaks no
# rule, is signed, and applies a seed under Secure Boot. One boot: 130 s and more.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/vm/lib-boot.sh"
need openssl debugfs mmdebstrap jq

[ "$(id -u)" = 0 ] || skip "only root can install packages into a folder"
"$ROOT/samples/make-linux-template.sh" full.vhdx 2>template.err || {
	! grep -qE 'mmdebstrap failed|is missing|only for amd64' template.err ||
		skip "$(tail -n 1 template.err)"
	fail "make-linux-template.sh: $(cat template.err)"
}
echo "the template has $(($(stat -c %s full.vhdx) >> 20)) MiB after $SECONDS s"
expect 0 "$SHVM" disk info --json full.vhdx
json_is '"\(.yes) \(.disk_type)"' 'true Linux' out
json_is '[.checks[] | select(.level != "note") | select(.outcome != "passed" and .outcome != "skipped") | "\(.id) \(.outcome)"] | join(", ")' '' out
json_is .guest.datasources 'NoCloud, None' out

self_sign signer
expect 0 "$SHVM" template protect --type linux full.vhdx --template-name debian \
	--template-version 12.0.0.0 --signing-cert signer.pem --signing-key signer.key --json
json_is .template.disk_type Linux out
expect 0 "$SHVM" template verify full.vhdx --signer signer.pem

cat >user-data <<'END'
#cloud-config
hostname: web1
runcmd:
  - [sh, -c, 'echo "full: $(hostname) $(wc -c </etc/machine-id)" >/dev/ttyS0']
power_state:
  mode: poweroff
  delay: now
END
printf 'instance-id: i-1\n' >meta-data
seed seed.img user-data meta-data
qemu-img convert -O raw full.vhdx full.raw
MEMORY=1024 boot 2400 seed.img -drive if=none,id=disk,file=full.raw,format=raw \
	-device virtio-blk-pci,drive=disk,bootindex=1
has 'full: web1 33' serial
echo "it was off again after $SECONDS s"

# Now it is a machine of its own, and no template any more.
expect 0 "$SHVM" disk info --json --ignore not-vhdx full.raw
json_is '[.checks[] | select(.outcome == "failed" and .level == "error") | .id] | join(" ")' \
	'machine-id ssh-host-keys' out
