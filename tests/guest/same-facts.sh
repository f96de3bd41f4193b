# libguestfs and the fast path tell the same of the Windows fixture.
. "$ROOT/tests/cli/lib.sh"
need sgdisk mkntfs mkfs.vfat mcopy hivexsh qemu-img jq cc cryptsetup mke2fs

# same FILE: all facts but those that one engine does not know
same()
{
	expect 0 "$SHVM" disk info --json "$1"
	cp out fast.json
	"$SHVM" disk info --json --guest "$1" >guest.json 2>err || {
		! grep -q no-appliance guest.json ||
			skip "$(jq -r .error.message guest.json)"
		fail "$(cat err)"
	}
	jq -S '.guest | del(.engine, .trouble)' fast.json >fast.facts
	jq -S '.guest | del(.engine, .trouble)' guest.json >guest.facts
	jq -r --slurpfile b guest.facts 'to_entries[] | select(.value != null and
		$b[0][.key] != null and $b[0][.key] != .value) | .key' \
		fast.facts >differ
	[ ! -s differ ] || fail "$1: the engines differ in $(cat differ)"
	jq -S '[.findings[] | [.rule, .level]]' fast.json >fast.rules
	jq -S '[.findings[] | [.rule, .level]]' guest.json >guest.rules
	cmp fast.rules guest.rules
	json_is '.guest.engine | startswith("libguestfs")' true guest.json
}

"$ROOT/tests/fixtures/make-windows.sh" good windows.vhdx
same windows.vhdx
json_is .guest.product "Windows Server 2022 Datacenter" guest.json
