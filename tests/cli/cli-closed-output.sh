# A result that is lost is a failure; closed descriptors do no harm.
. "$ROOT/tests/cli/lib.sh"

code=0
"$SHVM" completion bash >/dev/full 2>"$TMP/err" || code=$?
[ $code = 1 ] || fail "full: exit $code"
has 'shvm: standard output: No space left on device' "$TMP/err"
one_line "$TMP/err"

code=0
"$SHVM" completion bash >&- 2>"$TMP/err" || code=$?
[ $code = 1 ] || fail "closed: exit $code"
has 'shvm: standard output: Bad file descriptor' "$TMP/err"

# A reader that goes away early: an error and no signal.
code=0
(
	"$SHVM" completion bash 2>"$TMP/err" || echo $? >"$TMP/code"
) | true
[ ! -e "$TMP/code" ] || [ "$(cat "$TMP/code")" = 1 ] || fail "pipe: exit $(cat "$TMP/code")"

"$SHVM" completion bash <&- >"$TMP/out" || fail "closed stdin"
[ -s "$TMP/out" ] || fail "no output"
code=0
"$SHVM" bogus 2>&- >"$TMP/out" || code=$?
[ $code = 2 ] || fail "closed stderr: exit $code"
[ ! -s "$TMP/out" ] || fail "the error went to stdout"
code=0
"$SHVM" bogus <&- >&- 2>&- || code=$?
[ $code = 2 ] || fail "all closed: exit $code"
