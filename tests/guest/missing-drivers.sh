# An appliance that was built without ntfs-3g or cryptsetup: what cannot be read
# is a finding that names the package.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq unshare
[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || skip "unshare -m needs root"
export SHVM

# without PROGRAM COMMAND...: run it where a new appliance does not have the program
without()
{
	unshare -m bash -ec 'mount -t tmpfs -o size=1500m none /var/tmp
		for f in /bin /usr/bin /sbin /usr/sbin; do
			[ ! -e "$f/$1" ] || mount --bind /dev/null "$f/$1"
		done
		shift
		exec "$@"' _ "$@"
}

windows_disk d.vhdx
expect 0 "$SHVM" doctor --guest --json
[ "$(jq -r '.checks[] | select(.id == "appliance").outcome' out)" = passed ] ||
	skip "the libguestfs appliance does not start"
expect 0 without ntfs-3g.probe "$SHVM" disk info --guest --tcg --json d.vhdx
json_is '.guest.trouble | contains("; install ntfs-3g")' true out
json_is '[.checks[] | select(.level == "error" and (.outcome == "failed" or (.outcome == "unknown" and .id == "unreadable"))) | .id] | join(" ")' unreadable out
json_is .guest.bootx64 true out

linux_disk l.vhdx
expect 0 without cryptsetup "$SHVM" disk info --guest --tcg --json l.vhdx
json_is '.guest.trouble | contains("; install cryptsetup-bin")' true out
json_is .yes false out
