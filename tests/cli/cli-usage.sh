# Wrong usage: one line on stderr that names the word, nothing on stdout, 2.
. "$ROOT/tests/cli/lib.sh"

wrong() # WORDS ARGUMENT...
{
	local words=$1
	shift
	expect 2 "$SHVM" "$@"
	has "$words" "$TMP/err"
	one_line "$TMP/err"
	[ ! -s "$TMP/out" ] || fail "something on stdout: $*"
}

wrong "no command was given" 
wrong "unknown command 'bogus'" bogus
wrong "unknown command 'dis'" dis info
wrong "operand SHELL is required; see 'shvm completion --help'" completion
wrong "unexpected operand 'more'" completion bash more
wrong "unknown shell 'tcsh' (expected bash, zsh or fish)" completion tcsh
wrong "unknown option --bogus" completion bash --bogus
wrong "unknown option -h" completion -h
wrong "--quiet is given twice" completion bash --quiet --quiet
wrong "'x' is not a number from 0 to 256" completion bash --jobs x
wrong "descriptor 99 is not open" completion bash --progress=99

# A name with control characters cannot break the line or drive a terminal.
expect 2 "$SHVM" "$(printf 'a\nb\033[2J')"
one_line "$TMP/err"
hasnt "$(printf '\033')" "$TMP/err"
