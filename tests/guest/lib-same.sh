# Sourced after lib.sh: what the fast path and libguestfs tell of one disk.

# same_facts FILE [DIFFERENCE]: the same facts, as far as both know them, and the
# same errors. DIFFERENCE is a fact of which they may think differently. That
# LUKS does not open is one more error of libguestfs, which tries it by itself;
# the dirty flag of NTFS it does not know.
same_facts()
{
	expect 0 "$SHVM" disk info --json "$1"
	cp out fast.json
	"$SHVM" disk info --json --guest --tcg "$1" >guest.json 2>err || {
		cp err guest.err
		"$SHVM" doctor --guest --json >doctor.json 2>err || :
		[ "$(jq -r '.checks[] | select(.id == "appliance").outcome' doctor.json)" = passed ] ||
			skip "$(jq -r .error.message guest.json)"
		fail "$1: $(cat guest.err)" # an empty one starts
	}
	jq -S '.guest | del(.engine, .trouble)' fast.json >fast.facts
	jq -S '.guest | del(.engine, .trouble)' guest.json >guest.facts
	jq -r --slurpfile b guest.facts 'to_entries[] | select(.value != null and
		$b[0][.key] != null and $b[0][.key] != .value) |
		"\(.key): \(.value) and \($b[0][.key])"' fast.facts |
		grep -v "^${2:-none}:" >differ || true
	[ ! -s differ ] || fail "$1: the engines differ in $(cat differ)"
	local broken='.level == "error" and (.outcome == "failed" or
		(.outcome == "unknown" and .id == "unreadable"))'
	jq -S "[.checks[] | select($broken) | .id]" fast.json >fast.rules
	jq -S "[.checks[] | select(($broken) and (.id != \"unreadable\" or
		(.text | contains(\"LUKS cannot be opened\") | not))) | .id]" guest.json >guest.rules
	cmp -s fast.rules guest.rules ||
		fail "$1: fast $(jq -c . fast.rules), guest $(jq -c . guest.rules)"
	json_is '.guest.engine | startswith("libguestfs")' true guest.json
	[ "$(jq .yes fast.json)" = "$(jq .yes guest.json)" ] ||
		fail "$1: ready in one of them"
	echo "$1: $(jq -r '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' \
		guest.json)"
}

# windows CASE... and linux CASE...: each fixture of these
windows()
{
	local case
	[ -e base.raw ] || "$ROOT/tests/fixtures/make-windows.sh" good base.raw
	for case; do
		BASE=base.raw "$ROOT/tests/fixtures/make-windows.sh" "${case%:*}" "${case%:*}.vhdx" ||
			fail "fixture $case"
		same_facts "${case%:*}.vhdx" "$([[ $case != *:* ]] || echo "${case#*:}")"
		rm "${case%:*}.vhdx"
	done
}

linux()
{
	local case
	for case; do
		"$ROOT/tests/fixtures/make-linux.sh" "$case" "$case.vhdx" ||
			fail "fixture $case"
		same_facts "$case.vhdx"
		rm "$case.vhdx"
	done
}
