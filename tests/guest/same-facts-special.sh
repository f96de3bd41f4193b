# The two agree on files whose contents are elsewhere, and on hives that are not
# complete: neither believes them.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/guest/lib-same.sh"
need sgdisk mkntfs mkfs.vfat mcopy hivexsh qemu-img jq cc cryptsetup mke2fs

# words TEXT: both say so
words()
{
	json_is ".guest.trouble | test(\"$1\")" true fast.json
	json_is ".guest.trouble | test(\"$1\")" true guest.json
}
windows dirty-hive
words 'registry hive SOFTWARE: changes are only in its transaction log .*reg load'
json_is .guest.image_state null guest.json
json_is .guest.software_hive false guest.json
windows wof-system-esp
words 'registry hive SYSTEM is compressed by CompactOS'
words 'gives the architecture: the last one is compressed by CompactOS'
json_is .guest.architecture null guest.json
windows wof-esp
json_is .guest.architecture x86_64 guest.json
windows dedup
words 'State.ini is deduplicated, .*registry hive SOFTWARE is deduplicated'
json_is .guest.state_ini null guest.json
windows no-state
json_is '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' not-generalized guest.json
windows torn-hive
words 'registry hive SOFTWARE is damaged; registry hive SYSTEM is damaged'
