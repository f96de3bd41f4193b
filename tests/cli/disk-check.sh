# disk check says yes to a good image and no, with the rule, to a damaged one.
. "$ROOT/tests/cli/lib.sh"
need qemu-img jq

qemu-img create -q -f vhdx -o block_size=1M a.vhdx 16M
expect 0 "$SHVM" disk check --json a.vhdx
json_is .yes true out
json_is .verdict good out
json_is .complete true out
json_is .errors 0 out
json_is .file_size "$(stat -c %s a.vhdx)" out

# Both headers lose their checksum.
for at in 65552 131088; do
	printf 'XXXX' | dd of=a.vhdx bs=1 seek=$at conv=notrunc status=none
done
sha256sum a.vhdx >before
expect 3 "$SHVM" disk check --json a.vhdx
json_is .yes false out
json_is .verdict damaged out
json_is '.errors > 0' true out
json_is '[.checks[] | select(.level == "error")] | length > 0' true out
expect 3 "$SHVM" disk check a.vhdx
has damaged out
sha256sum -c --quiet before
echo text >b.vhdx
expect 1 "$SHVM" disk check b.vhdx
has b.vhdx err
