#!/bin/bash
# Run each fuzz target over its corpus with the plain driver.
# usage: run-fuzz.sh BUILD_FOLDER; MUTATIONS of each file, default 200
set -u

cd "$(dirname "$0")/.." || exit 1
export ASAN_OPTIONS=${ASAN_OPTIONS:-handle_abort=0:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
out=$(mktemp -d "${TMPDIR:-/tmp}/shvm-fuzz.XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT
export out build=$1 MUTATIONS=${MUTATIONS:-200}

run_one() # tests/fuzz/fuzz_NAME.c
{
	local name=${1##*/fuzz_}
	name=${name%.c}
	if [[ ! -d tests/fuzz/corpus/$name ]]; then
		echo "  FAILED   $name: there is no tests/fuzz/corpus/$name"
	elif timeout 600 "$build/tests/fuzz/fuzz_$name" -n "$MUTATIONS" \
		"tests/fuzz/corpus/$name" >"$out/$name.log" 2>&1 </dev/null; then
		echo "  ok       $name: $(tail -n 1 "$out/$name.log")"
	else
		echo "  FAILED   $name"
		tail -n 40 "$out/$name.log" | sed 's/^/    | /'
	fi >"$out/$name"
	cat "$out/$name"
}
export -f run_one
targets=(tests/fuzz/fuzz_*.c)
printf '%s\0' "${targets[@]}" | xargs -0 -P "${JOBS:-$(nproc)}" -I{} bash -c 'run_one "$1"' _ {}

passed=0
for source in "${targets[@]}"; do
	name=${source##*/fuzz_}
	! grep -q '^  ok ' "$out/${name%.c}" || passed=$((passed + 1))
done
failed=$((${#targets[@]} - passed))
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
