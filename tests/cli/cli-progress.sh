# --progress: lines to a descriptor, a bar on a terminal, silence otherwise.
. "$ROOT/tests/cli/lib.sh"
need_terminal

head -c 64M /dev/zero | tr '\0' x >data.raw
expect 0 "$SHVM" disk digest data.raw --raw --whole
[ ! -s "$TMP/err" ] || fail "not silent without a terminal: $(cat "$TMP/err")"

"$SHVM" disk digest data.raw --raw --whole --progress=7 7>lines >out
[ "$(tail -n 1 lines)" = '67108864 67108864' ] || fail "last line: $(tail -n 1 lines)"
awk 'NF != 2 || $1 < last || $2 != 67108864 { print "bad line: " $0; exit 1 } { last = $1 }' lines

# A reader that is gone stops the reports and not the work.
"$SHVM" disk digest data.raw --raw --whole --progress=7 7> >(exec true) >out2
cmp <(sed '/^seconds\|s,/d' out | grep -i digest) <(grep -i digest out2)

TERM=xterm script -qec "'$SHVM' disk digest data.raw --raw --whole" bar >/dev/null
has '[#' bar
has '100%' bar
has 'left' bar
TERM=dumb script -qec "'$SHVM' disk digest data.raw --raw --whole" bar >/dev/null
hasnt '100%' bar
for option in --progress=none --quiet; do
	TERM=xterm script -qec "'$SHVM' disk digest data.raw --raw --whole $option" bar >/dev/null
	hasnt '100%' bar
done
