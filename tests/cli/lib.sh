# Sourced by the scripts in tests/cli, tests/interop and tests/guest:
#     . "$ROOT/tests/cli/lib.sh"
# The runner sets ROOT (top of the project), SHVM (the program), B (the build
# folder) and TMP (a fresh working folder). A script ends with 0, with 77 for a
# skip (the reason on stdout), or with anything else for a failure.
set -eu
umask 022

fail()
{
	echo "FAILED: $*"
	exit 1
}

skip()
{
	echo "skipped: $*"
	exit 77
}

# need PROGRAM...: skip when one of them is not installed
need()
{
	local program
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# need_terminal: skip where there is no pseudo-terminal, as in some containers
need_terminal()
{
	need script
	timeout 20 script -qec true /dev/null </dev/null >"$TMP/terminal" 2>&1 ||
		skip "there is no pseudo-terminal: $(head -n 1 "$TMP/terminal")"
}

# expect CODE COMMAND...: run it, stdout to $TMP/out, stderr to $TMP/err
expect()
{
	local want=$1 code=0
	shift
	"$@" >"$TMP/out" 2>"$TMP/err" || code=$?
	if [ "$code" != "$want" ]; then
		echo "exit $code and not $want: $*"
		head -c 4000 "$TMP/out" | cat -v
		head -c 4000 "$TMP/err" | cat -v
		exit 1
	fi
}

# has WORDS FILE: the words are in the file
has()
{
	grep -qF -e "$1" "$2" && return
	echo "'$1' is not in $2:"
	head -c 4000 "$2" | cat -v
	exit 1
}

# hasnt WORDS FILE: the words are not in the file
hasnt()
{
	grep -qF -e "$1" "$2" || return 0
	fail "'$1' is in $2"
}

# json_is JQ_EXPR VALUE FILE: what jq -r prints is the value
json_is()
{
	local got
	got=$(jq -r "$1" "$3") || fail "$3 is not JSON"
	[ "$got" = "$2" ] || fail "$1 is '$got' and not '$2' in $3"
}

# same FILE FILE: the bytes are equal
same()
{
	cmp "$1" "$2" || exit 1
}

# one_line FILE: an error is one line, after the warnings if there are any
one_line()
{
	[ "$(grep -vc '^shvm: warning: ' "$1")" = 1 ] ||
		fail "$(wc -l <"$1") lines in $1: $(cat -v "$1")"
}

# interrupt PID WHAT PROBE...: SIGINT once the probe succeeds; WHAT, a job of the
# script with its stderr in err, ends with 130, SECONDS after the signal. Such a
# job ignores SIGINT: env --default-signal=INT in front of it puts that back.
interrupt()
{
	local pid=$1 what=$2 code=0
	shift 2
	until "$@"; do
		[ -d "/proc/$pid" ] || fail "$what: it has ended: $(cat err)"
		sleep 0.02
	done
	kill -INT "$pid"
	SECONDS=0
	wait "$pid" || code=$?
	[ "$code" = 130 ] || fail "$what: exit $code"
}

# unattend [ELEMENTS]: an answer file for Windows with these in its pass specialize
unattend()
{
	printf '%s\n' "<unattend xmlns=\"urn:schemas-microsoft-com:unattend\"><settings pass=\"specialize\"><component>${1-<ComputerName>@ComputerName@</ComputerName>}</component></settings></unattend>"
}
