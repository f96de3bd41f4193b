# Every command explains itself on stdout, and the texts fit a terminal.
. "$ROOT/tests/cli/lib.sh"

expect 0 "$SHVM" --version
has 'shvm 0.' "$TMP/out"
expect 0 "$SHVM" --help
[ ! -s "$TMP/err" ] || fail "something on stderr"
sed -n "s/^\t'\([a-z -]*\)') opts=.*/\1/p" <("$SHVM" completion bash) >commands
[ -s commands ] || fail "no commands"
while read -r command; do
	has "  $command" "$TMP/out"
done <commands

while read -r command; do
	# shellcheck disable=SC2086
	expect 0 "$SHVM" $command --help
	has "Usage: shvm $command" "$TMP/out"
	has "--json" "$TMP/out"
	[ ! -s "$TMP/err" ] || fail "something on stderr"
	awk -v c="$command" 'length($0) > 80 { print c ": " $0; bad = 1 } END { exit bad }' "$TMP/out"
	# Help wins over whatever else is wrong.
	# shellcheck disable=SC2086
	expect 0 "$SHVM" $command --bogus --help
	case $command in
	*' '*)
		expect 0 "$SHVM" "${command%% *}" --help
		has "  $command" "$TMP/out"
		;;
	esac
done <commands
