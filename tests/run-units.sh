#!/bin/bash
# Run unit programs (cmocka) and check scripts; the last line sums them up.
# usage: run-units.sh PROGRAM|SCRIPT.sh ...
# WRAP is put in front of each program (valgrind), TIMEOUT is in seconds.
set -u

out=$(mktemp -d "${TMPDIR:-/tmp}/shvm-units.XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT
export out WRAP=${WRAP-} TIMEOUT=${TIMEOUT:-600}

run_one()
{
	local name
	name=$(basename "$1")

	case $1 in
	*.sh) "$1" ;;
	*) timeout "$TIMEOUT" $WRAP "$1" ;;
	esac >"$out/$name.log" 2>&1 </dev/null
	echo $? >"$out/$name.code"
}
export -f run_one
printf '%s\0' "$@" | xargs -0 -r -P "${JOBS:-$(nproc)}" -I{} bash -c 'run_one "$1"' _ {}

passed=0 failed=0 skipped=0
for program in "$@"; do
	name=$(basename "$program")
	log=$out/$name.log
	code=$(cat "$out/$name.code" 2>/dev/null || echo 'not run')
	left=
	if [[ $program == *.sh ]]; then
		ran=1
		[[ $code == 0 ]] && ok=1 || ok=0
	else
		ran=$(grep -c '^\[ RUN      \]' "$log")
		ok=$(grep -c '^\[       OK \]' "$log")
		# test_skip() gives the reason; the name comes once more at the end.
		left=$(awk -v program="$program" '
			/^skipped because / { why = substr($0, 17) }
			/^\[  SKIPPED \] [^ ]*$/ && !seen[$4]++ {
				print "  skipped  " program " " $4 ": " why
			}' "$log")
	fi
	not=$(grep -c . <<<"$left")
	bad=$((ran - ok - not))
	# A crash, a leak at exit or a program without tests is a failure too.
	if ((bad == 0)) && [[ $code != 0 || $ran == 0 ]]; then
		bad=1
	fi
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + not))
	((not == 0)) || echo "$left"
	if ((bad > 0)); then
		echo "--- $program: $bad failed (exit $code)"
		grep -v '^\[ RUN      \]\|^\[       OK \]' "$log"
	else
		printf '%5d passed  %s\n' "$ok" "$program"
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
