# What could not be read of a Windows is unknown, and not wrong: each reason has
# its own words, and what can be known from another place is.
. "$ROOT/tests/cli/lib.sh"
need sgdisk mkntfs ntfscp mkfs.vfat mcopy hivexsh qemu-img jq cc python3
make=$ROOT/tests/fixtures/make-windows.sh

# info CASE
info()
{
	BASE=base.raw "$make" "$1" "$1.raw" || fail "fixture $1"
	expect 0 "$SHVM" disk info --json --ignore not-vhdx "$1.raw"
	rm "$1.raw"
}

# unread CASE TROUBLE RULE...: not ready, for this reason only; these rules are
# unknown, and what else is judged is fine
unread()
{
	local case=$1 trouble=$2
	shift 2
	info "$case"
	json_is .yes false out
	json_is .reason unreadable out
	json_is ".guest.trouble | test(\"$trouble\")" true out
	json_is '[.checks[] | select(.outcome == "failed")] | length' 0 out
	json_is '[.checks[] | select(.outcome == "unknown") | .id] | sort | join(" ")' \
		"$(printf '%s\n' unreadable "$@" | sort | paste -sd' ')" out
}

"$make" good base.raw
info good
json_is .yes true out
json_is .guest.software_hive true out
json_is .guest.system_hive true out
json_is .guest.state_ini true out

# The registry: each hive by itself
both='not-generalized os-too-old'
log='changes are only in its transaction log .sequence numbers [0-9]+ and [0-9]+.: run reg load and reg unload'
unread bad-hive 'registry hive SOFTWARE cannot be opened: .*registry hive SYSTEM cannot be opened: ' $both
unread dirty-hive "registry hive SOFTWARE: $log.*registry hive SYSTEM: $log" $both
json_is '[.checks[] | select(.id == "not-x64")][0].outcome' passed out
json_is .guest.image_state null out
json_is .guest.software_hive false out
unread torn-hive 'registry hive SOFTWARE is damaged; registry hive SYSTEM is damaged' $both
json_is .guest.bitlocker_feature null out
unread empty-hive 'registry hive SOFTWARE is empty' $both
json_is .guest.system_hive true out
unread large-hive 'registry hive SOFTWARE has 202375168 bytes, more than the limit of 201326592' $both
unread reparse 'registry hive SOFTWARE is a reparse point with the tag 0x80000123' $both
unread dedup 'State.ini is deduplicated, .*; registry hive SOFTWARE is deduplicated, .*Unoptimization' $both
json_is .guest.state_ini null out
json_is .guest.image_state_file null out

# The architecture: programs, else the registry, else the boot manager
for case in wof-programs wof-esp; do
	info $case
	json_is .yes true out
	json_is .guest.trouble null out
	json_is .guest.architecture x86_64 out
done
wof='is compressed by CompactOS .WOF., .*compactos:never'
unread wof-system "registry hive SYSTEM $wof"
json_is .guest.architecture x86_64 out
unread wof-system-esp "registry hive SYSTEM $wof.*neither a program of Windows nor the registry gives the architecture: the last one $wof" \
	not-x64
json_is .guest.architecture null out
unread wof-state "State.ini $wof" not-generalized

# The file system
unread large-clusters 'partition 3: ntfs: clusters of 128 KiB are not supported, only up to 64 KiB' \
	no-windows not-generalized os-too-old not-x64 ntfs-dirty hibernated pagefile low-space
unread bad-mft 'partition 3: ntfs: ' \
	no-windows not-generalized os-too-old not-x64 ntfs-dirty hibernated pagefile low-space

# A partition that cannot be read leaves what is known of another one: sysprep's
# state is missing, and the EFI system partition is unknown.
info no-state
json_is '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' not-generalized out
json_is '[.checks[] | select(.outcome == "unknown")] | length' 0 out
info no-state-bad-esp
json_is .yes false out
json_is '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' not-generalized out
json_is '[.checks[] | select(.outcome == "unknown") | .id] | sort | join(" ")' \
	'no-bootmgr no-bootx64 unreadable' out
has "sysprep's state is missing in the registry and missing in State.ini" out
