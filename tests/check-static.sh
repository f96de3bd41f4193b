#!/bin/bash
# cppcheck and clang's analyser over the sources; any finding is a failure.
# usage: check-static.sh FILE.c ...; CPPFLAGS as the Makefile has them
set -u
cd "$(dirname "$0")/.." || exit 1
export CPPFLAGS=${CPPFLAGS:--D_GNU_SOURCE -I. -Iinclude}
log=$(mktemp "${TMPDIR:-/tmp}/shvm-static.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT
jobs=${JOBS:-$(nproc)} passed=0 failed=0 skipped=0

verdict() # NAME CODE
{
	if [[ $2 == 0 ]]; then
		passed=$((passed + 1))
	else
		echo "--- $1 (exit $2)"
		grep -vE '^\s*$' "$log" | tail -n 200
		failed=$((failed + 1))
	fi
}

# Leaks are the analyser's and the sanitizers' work: cppcheck does not know the
# release by scope of base/auto.h. It takes an fd of -1 in mmap for a mistake.
if command -v cppcheck >/dev/null; then
	cppcheck -j "$jobs" -q --std=c11 --library=posix --inline-suppr \
		--enable=warning,performance,portability --error-exitcode=1 \
		--suppress={missingIncludeSystem,memleak,resourceLeak,leakReturnValNotUsed,invalidFunctionArg,readdirCalled} \
		-D_GNU_SOURCE -D__x86_64__ -I. -Iinclude "$@" >"$log" 2>&1
	verdict cppcheck $?
else
	echo '  skipped  cppcheck is not installed'
	skipped=$((skipped + 1))
fi

# The analyser does not know the release by scope either, so its looks at
# malloc and at values stored for STEAL are off.
analyse()
{
	local header='-include tests/static.h'
	case $1 in
	base/err.c | base/xml.c | base/rules.c | signer/readiness.c) header= ;;
	esac
	# shellcheck disable=SC2086
	clang --analyze --analyzer-output text -Xclang -analyzer-werror \
		-Xclang -analyzer-disable-checker=unix.Malloc,deadcode.DeadStores \
		-std=gnu17 $CPPFLAGS $header -o /dev/null "$1"
}
export -f analyse
if command -v clang >/dev/null; then
	printf '%s\0' "$@" | xargs -0 -P "$jobs" -I{} bash -c 'analyse "$1"' _ {} >"$log" 2>&1
	verdict 'clang --analyze' $?
else
	echo '  skipped  clang is not installed'
	skipped=$((skipped + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
