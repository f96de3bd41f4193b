#!/bin/bash
# Run test scripts, each in a fresh folder; the last line sums them up.
# usage: SHVM=program run.sh FOLDER|SCRIPT ...
# ONLY=pattern picks scripts by name, JOBS how many run at once, TIMEOUT is in
# seconds for each, KEEP=1 leaves the folders of failed ones.
set -u

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
: "${SHVM:=$ROOT/build/shvm}" "${B:=$ROOT/build}"
out=$(mktemp -d "${TMPDIR:-/tmp}/shvm-tests.XXXXXX") || exit 1
trap '[[ ${KEEP-} && -e $out/failed ]] && echo "kept: $out" || rm -rf "$out"' EXIT
export ROOT SHVM B out TIMEOUT=${TIMEOUT:-300} LC_ALL=C.UTF-8
unset XDG_CONFIG_HOME XDG_CACHE_HOME NO_COLOR

scripts=()
for arg in "$@"; do
	if [[ -d $arg ]]; then
		for script in "$arg"/*.sh; do
			case ${script##*/} in
			lib*.sh | run.sh | '*.sh') continue ;;
			esac
			[[ ${script##*/} == *${ONLY-}* ]] && scripts+=("$script")
		done
	else
		scripts+=("$arg")
	fi
done

run_one()
{
	local name=${1##*/} code=0 start=$SECONDS
	export TMP=$out/$name.d
	export HOME=$TMP

	mkdir "$TMP"
	script=$(realpath "$1")
	(cd "$TMP" && timeout -k 5 "$TIMEOUT" bash "$script") \
		>"$out/$name.log" 2>&1 </dev/null || code=$?
	echo "$code" >"$out/$name.code"
	case $code in
	0) echo "  ok       $1 ($((SECONDS - start)) s)" ;;
	77) echo "  skipped  $1: $(tail -n 1 "$out/$name.log" | sed 's/^skipped: //')" ;;
	*)
		echo "  FAILED   $1 (exit $code)"
		sed 's/^/    | /' "$out/$name.log" | tail -n 60
		touch "$out/failed"
		;;
	esac
	[[ ${KEEP-} && $code != 0 ]] || { chmod -R u+rwx "$TMP"; rm -rf "$TMP"; } 2>/dev/null
}
export -f run_one
printf '%s\0' "${scripts[@]}" |
	xargs -0 -r -P "${JOBS:-$(nproc)}" -I{} bash -c 'run_one "$1"' _ {}

passed=0 failed=0 skipped=0
for script in "${scripts[@]}"; do
	case $(cat "$out/${script##*/}.code" 2>/dev/null) in
	0) passed=$((passed + 1)) ;;
	77) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed + skipped > 0))
