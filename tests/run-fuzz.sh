#!/bin/bash
# Run each fuzz target over its corpus with the plain driver.
# usage: run-fuzz.sh BUILD_FOLDER; MUTATIONS of each file, default 200
set -u

cd "$(dirname "$0")/.." || exit 1
export ASAN_OPTIONS=${ASAN_OPTIONS:-handle_abort=0:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
log=$(mktemp "${TMPDIR:-/tmp}/shvm-fuzz.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT

passed=0 failed=0
for source in tests/fuzz/fuzz_*.c; do
	[[ -e $source ]] || continue
	name=${source##*/fuzz_}
	name=${name%.c}
	if [[ ! -d tests/fuzz/corpus/$name ]]; then
		echo "  FAILED   $name: there is no tests/fuzz/corpus/$name"
		failed=$((failed + 1))
	elif timeout 600 "$1/tests/fuzz/fuzz_$name" -n "${MUTATIONS:-200}" \
		"tests/fuzz/corpus/$name" >"$log" 2>&1 </dev/null; then
		echo "  ok       $name: $(tail -n 1 "$log")"
		passed=$((passed + 1))
	else
		echo "  FAILED   $name"
		tail -n 40 "$log" | sed 's/^/    | /'
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
