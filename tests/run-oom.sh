#!/bin/bash
# Run unit programs with the n-th allocation failing. Tests may fail then (they
# expect success); what must not happen is a crash, a hang, or anything that
# the sanitizers report.
# usage: run-oom.sh PROGRAM ...; RUNS for each program, default 40
set -u

out=$(mktemp -d "${TMPDIR:-/tmp}/shvm-oom.XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT
# Tests that stop in the middle leave memory allocated: leaks are looked for by
# check-asan. cmocka catches signals and prints "exception".
export ASAN_OPTIONS=detect_leaks=0:handle_segv=2:handle_abort=2:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1 SHVM_TEST_SLOW=1 out RUNS=${RUNS:-40}

# How many reports of a crash are in the log? A test may crash a child of its
# own on purpose, so the run without a failure is the measure.
reports()
{
	grep -cE 'Sanitizer|runtime error|exception: |Assertion .* failed' "$out/$1.log"
}

run_one()
{
	local program=$1 name=${1##*/} total n code step usual
	SHVM_OOM_COUNT=$out/$name.count timeout 120 "$program" \
		>"$out/$name.log" 2>&1 </dev/null
	total=$(cat "$out/$name.count" 2>/dev/null)
	[[ $total ]] || { echo 'allocations were not counted' >"$out/$name.bad"; return; }
	usual=$(reports "$name")
	touch "$out/$name.done"

	# The first half of the runs one by one, the others spread over the rest.
	step=$(((total - RUNS / 2) / (RUNS - RUNS / 2)))
	((step > 0)) || step=1
	for ((n = 1; n <= total; n += n < RUNS / 2 ? 1 : step)); do
		SHVM_OOM_AT=$n timeout 120 "$program" >"$out/$name.log" 2>&1 </dev/null
		code=$?
		if ((code >= 124 || $(reports "$name") > usual)); then
			{
				echo "allocation $n of $total (exit $code):"
				grep -v '^\[ RUN      \]\|^\[       OK \]' "$out/$name.log" | tail -n 60
			} >"$out/$name.bad"
			return
		fi
		echo "$n" >>"$out/$name.done"
	done
}
export -f run_one reports
printf '%s\0' "$@" | xargs -0 -r -P "${JOBS:-$(nproc)}" -I{} bash -c 'run_one "$1"' _ {}

passed=0 failed=0
for program in "$@"; do
	name=${program##*/}
	if [[ -e $out/$name.bad || ! -e $out/$name.done ]]; then
		echo "--- $program"
		cat "$out/$name.bad"
		failed=$((failed + 1))
	else
		printf '%5d runs  %s\n' "$(wc -l <"$out/$name.done")" "$program"
		passed=$((passed + 1))
	fi
done
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
