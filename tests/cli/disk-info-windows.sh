# Each fault of a Windows template trips its rule, and only what belongs to it.
. "$ROOT/tests/cli/lib.sh"
need sgdisk sfdisk mkntfs ntfscp mkfs.vfat mcopy hivexsh qemu-img jq cc python3
make=$ROOT/tests/fixtures/make-windows.sh

# trips CASE RULE LEVEL
trips()
{
	BASE=base.raw "$make" "$1" "$1.raw" || fail "fixture $1"
	expect 0 "$SHVM" disk info --json "$1.raw"
	json_is "[.checks[] | select(.id == \"$2\" and (.outcome == \"failed\" or (.outcome == \"unknown\" and .id == \"unreadable\"))) | .level] | unique |
		join(\" \")" "$3" out
	[ "$3" = warning ] || json_is .yes false out
	cp out "$1.json"
	rm "$1.raw"
}

"$make" good base.raw
BASE=base.raw "$make" good good.vhdx
start=$(date +%s%N)
expect 0 "$SHVM" disk info --json good.vhdx
[ $((($(date +%s%N) - start) / 1000000)) -lt 5000 ] || fail "too slow"
json_is .yes true out
json_is '[.checks[] | select(.outcome == "failed")] | length' 0 out
json_is .guest.product "Windows Server 2022 Datacenter" out
json_is .guest.build 20348 out
json_is .guest.version 10.0 out
json_is .guest.architecture x86_64 out
json_is .guest.image_state IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE out
json_is .guest.image_state_file IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE out
json_is .guest.ntfs_dirty false out
json_is .guest.bootmgfw true out
json_is .guest.trouble null out
expect 0 "$SHVM" disk info --verbose good.vhdx
grep -qx 'passed   not-generalized  *the image is generalized' out || fail "not-generalized: $(cat out)"

trips good not-vhdx error
json_is '[.checks[] | select(.level == "error" and .outcome == "failed")] | length' 1 out
trips not-generalized not-generalized error
has IMAGE_STATE_COMPLETE not-generalized.json
trips old os-too-old error
json_is .guest.bitlocker_feature false out
"$make" bitlocker-feature feature.raw || fail "fixture bitlocker-feature"
expect 0 "$SHVM" disk info --json feature.raw
json_is .guest.bitlocker_feature true out
rm feature.raw
trips mbr mbr error
trips no-esp no-esp error
trips no-msr no-msr warning
trips ldm ldm error
trips bitlocker bitlocker error
trips refs refs error
trips no-windows no-windows error
trips hibernated hibernated warning
trips pagefile pagefile warning
trips dirty ntfs-dirty warning
json_is .guest.ntfs_dirty true out
trips no-bootmgr no-bootmgr error
trips no-bootx64 no-bootx64 error
trips bad-mft unreadable error
trips two-windows several-os-volumes error
has "2 and 3 contain" two-windows.json

# Of two NTFS volumes the one with Windows is the OS volume.
BASE=base.raw "$make" two-ntfs two.raw
expect 0 "$SHVM" disk info --json two.raw
json_is '.volumes | tostring' '[{"role":"OS","partition":3}]' out
expect 0 "$SHVM" disk info --json --partition 2 two.raw
json_is '[.checks[] | select(.id == "no-windows" and .outcome == "failed")][0].level' error out

# --ignore takes errors out of the verdict one by one, by known names only.
expect 0 "$SHVM" disk info --json --ignore not-vhdx base.raw
json_is .yes true out
json_is '[.checks[] | select(.outcome == "ignored")][0].id' not-vhdx out
expect 2 "$SHVM" disk info --ignore no-such-rule base.raw
has 'no rule "no-such-rule"' err
cp good.vhdx good_0123.avhdx
expect 0 "$SHVM" disk info --json good_0123.avhdx
json_is '[.checks[] | select(.id == "checkpoint" and .outcome == "failed")][0].level' error out
