# With --json an error is also one object on stdout, whatever the words hold.
. "$ROOT/tests/cli/lib.sh"

expect 2 "$SHVM" --json completion
json_is .error.code arg "$TMP/out"

expect 2 "$SHVM" completion tcsh --json
json_is .schema 2 "$TMP/out"
json_is .error.code arg "$TMP/out"
json_is .error.reason null "$TMP/out"
json_is '"shvm: " + .error.message' "$(cat "$TMP/err")" "$TMP/out"

expect 2 "$SHVM" completion --json "$(printf 'q"\\\377\303\251')"
json_is .error.message "completion: unknown shell 'q\"\\?é' (expected bash, zsh or fish)" "$TMP/out"
