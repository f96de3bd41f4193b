# Each fault of a Linux template trips its rule; roles follow lsvmconf.
. "$ROOT/tests/cli/lib.sh"
need sgdisk mkfs.vfat mcopy mke2fs qemu-img cryptsetup jq
make=$ROOT/tests/fixtures/make-linux.sh

# trips CASE RULE
trips()
{
	"$make" "$1" "$1.raw" || fail "fixture $1"
	expect 0 "$SHVM" disk info --json --ignore not-vhdx "$1.raw"
	json_is '[.checks[] | select(.level == "error" and (.outcome == "failed" or (.outcome == "unknown" and .id == "unreadable"))) | .id] | join(" ")' "$2" out
	json_is .yes false out
	rm "$1.raw"
}

"$make" good good.vhdx
expect 0 "$SHVM" disk info --json good.vhdx
json_is .yes true out
json_is .disk_type PreprocessedLinux out
json_is '[.volumes[] | "\(.role) \(.partition)"] | join(", ")' \
	"Boot 2, Root 3" out
json_is .guest.lsvmprep 1.0.0 out
json_is '[.checks[] | select(.outcome == "failed")] | length' 0 out

"$make" swapped-conf swapped.raw
expect 0 "$SHVM" disk info --json swapped.raw
json_is '[.volumes[] | "\(.role) \(.partition)"] | join(", ")' \
	"Boot 3, Root 2" out

trips wrong-passphrase root-passphrase
trips wrong-boot-passphrase boot-passphrase
trips boot-not-encrypted boot-not-luks1
trips bad-luks root-not-luks1
trips no-marker no-lsvmprep
trips no-conf no-lsvmconf
trips no-loader no-bootx64
trips own-identity 'machine-id ssh-host-keys'
trips bad-conf bad-lsvmconf
trips upper-conf bad-lsvmconf
trips other-conf no-root-volume
