#!/bin/bash
# Run test scripts, each in a fresh folder; the last line sums them up.
# usage: SHVM=program run.sh FOLDER|SCRIPT ...
# ONLY=pattern picks scripts by name, JOBS how many run at once (one more than
# there are CPUs: some wait), TIMEOUT is in seconds for each, KEEP=1 leaves the
# folders of failed ones.
set -u

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
: "${SHVM:=$ROOT/build/shvm}" "${B:=$ROOT/build}"
out=$(mktemp -d "${TMPDIR:-/tmp}/shvm-tests.XXXXXX") || exit 1
trap '[[ ${KEEP-} && -e $out/failed ]] && echo "kept: $out" || rm -rf "$out"' EXIT
export ROOT SHVM B out TIMEOUT=${TIMEOUT:-300} LC_ALL=C.UTF-8
unset XDG_CONFIG_HOME XDG_CACHE_HOME NO_COLOR

# sgdisk without its second of sleep: tests/fixtures/no-wait.c says why.
mkdir "$out/bin"
if sgdisk=$(command -v sgdisk) && [[ -e $B/tests/no-wait.so ]]; then
	printf '#!/bin/sh\nLD_PRELOAD=%s exec %s "$@"\n' "$B/tests/no-wait.so" "$sgdisk" >"$out/bin/sgdisk"
	chmod 755 "$out/bin/sgdisk"
fi
export PATH=$out/bin:$PATH

scripts=()
for arg in "$@"; do
	if [[ -d $arg ]]; then
		# The largest first: on the whole they take longest, and none
		# should be alone at the end.
		mapfile -t found < <(ls -S "$arg"/*.sh)
		for script in "${found[@]}"; do
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
	local name=${1##*/} code=0 TIMEFORMAT='%R %U %S'
	export TMP=$out/$name.d
	export HOME=$TMP XDG_CACHE_HOME=$out/$name.cache # of root it is elsewhere

	mkdir "$TMP"
	script=$(realpath "$1")
	(
		cd "$TMP" || exit 1
		time timeout -k 5 "$TIMEOUT" bash "$script" >"$out/$name.log" 2>&1 </dev/null
	) 2>"$out/$name.time" || code=$?
	echo "$code" >"$out/$name.code"
	case $code in
	0) echo "  ok       $1 ($(awk '{ printf "%.0f s, CPU %.1f s", $1, $2 + $3 }' "$out/$name.time"))" ;;
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
	xargs -0 -r -P "${JOBS:-$(($(nproc) + 1))}" -I{} bash -c 'run_one "$1"' _ {}

echo "  slowest  $(cd "$out" && grep -H . ./*.sh.time | sort -t: -k2 -rn | head -n 5 |
	sed -E 's/^\.\/(.*)\.time:([0-9]*).*/\1 \2 s/' | paste -sd, | sed 's/,/, /g')"
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
