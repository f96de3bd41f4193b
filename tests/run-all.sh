#!/bin/bash
# All tests, one stage after the other, each with a line of its counts and its
# time; then what was skipped and why, what failed, and the total. The stages are
# make targets, so each can be run alone. STAGES="check ..." picks some.
set -u
cd "$(dirname "$0")/.." || exit 1

jobs=$(nproc)
log=$(mktemp "${TMPDIR:-/tmp}/shvm-all.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0 left_out= bad=

# stage NAME COMMAND...: its last line of totals counts; without one the stage
# itself is one test.
stage()
{
	local name=$1 start=$SECONDS code=0 totals
	shift
	[[ -z ${STAGES-} || " $STAGES " == *" $name "* ]] || return 0
	echo "=== $name: $*"
	"$@" >"$log" 2>&1 || code=$?
	totals=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	if [[ $totals ]]; then
		read -r p _ f _ s _ <<<"${totals//,/}"
		passed=$((passed + p)) failed=$((failed + f))
		skipped=$((skipped + ${s:-0}))
		if ((code != 0 && f == 0)); then
			failed=$((failed + 1))
		fi
	elif ((code == 0)); then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
	if ((code != 0)); then
		grep -vE '^  (CC|LD|AR) ' "$log" | tail -n 200
		bad+=$(names 's/^  FAILED  *//p; s/^--- //p')$'\n'
		[[ $bad == *"  $name: "* ]] || bad+="  $name: exit $code"$'\n'
	else
		grep -E '^  slowest ' "$log"
	fi
	left_out+=$(names 's/^  skipped  *//p')$'\n'
	echo "=== $name: ${totals:-exit $code} ($((SECONDS - start)) s)"
}

# names SED: of the log's lines what this prints, under the name of the stage
names()
{
	sed -n "$1" "$log" | sed "s/^/  $name: /"
}

stage build make -j"$jobs" WERROR=1 all units
stage check make -j"$jobs" WERROR=1 check
stage check-cli make WERROR=1 check-cli
stage check-interop make WERROR=1 check-interop
stage check-asan make -j"$jobs" check-asan
stage check-fuzz make -j"$jobs" check-fuzz
stage clang make -j"$jobs" CC=clang B=build/clang WERROR=1 all units fuzzers
stage check-cross make -s check-cross
stage check-format make check-format
stage check-static make -s check-static
# One fixture through libguestfs; make check-guest takes them all and, without
# KVM, a quarter of an hour.
stage check-guest env ONLY=same-facts.sh make WERROR=1 check-guest
stage check-vm make WERROR=1 check-vm
echo "=== all: $SECONDS s"
[[ $left_out != *[^$'\n']* ]] || printf '=== skipped\n%s\n' "$(grep . <<<"$left_out")"
[[ $bad != *[^$'\n']* ]] || printf '=== failed\n%s\n' "$(grep . <<<"$bad")"
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
