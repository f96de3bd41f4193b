# The completion script offers commands, options, words and files.
. "$ROOT/tests/cli/lib.sh"
"$SHVM" completion bash >script
bash -n script

. ./script

# offers WANTED WORD...: completing the last word offers WANTED
offers()
{
	local wanted=$1
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	set +eu # as in an interactive shell
	_shvm 2>"$TMP/err"
	set -eu
	[ ! -s "$TMP/err" ] || fail "$(cat "$TMP/err")"
	printf '%s\n' "${COMPREPLY[@]}" >"$TMP/offered"
	grep -qxF -e "$wanted" "$TMP/offered" || fail "'$wanted' is not offered for: $*"
}

touch disk.vhdx 'with space.vhdx'
offers completion shvm comp
offers --version shvm --v
offers --json shvm completion --js
offers --progress shvm completion ''-
offers disk.vhdx shvm completion d
offers 'with space.vhdx' shvm completion with

# Every command's options are offered, as its help lists them.
while read -r command; do
	# shellcheck disable=SC2086
	for option in $("$SHVM" $command --help | grep -oE '^  --[a-z0-9-]+'); do
		# shellcheck disable=SC2086
		offers "$option" shvm $command "$option"
	done
	case $command in
	*' '*)
		offers "${command%% *}" shvm "${command%% *}"
		offers "${command##* }" shvm "${command%% *}" "${command##* }"
		;;
	esac
done < <(sed -n "s/^\t'\([a-z -]*\)') opts=.*/\1/p" script)
