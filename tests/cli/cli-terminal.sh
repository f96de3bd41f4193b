# A passphrase from the terminal: asked for, not echoed, and the echo comes back,
# also after an interrupt.
. "$ROOT/tests/cli/lib.sh"
need script stty

# talk ANSWER: run ./command in a terminal and answer each prompt; all that the
# terminal showed is in ./shown
talk()
{
	coproc TTY { TERM=dumb timeout 60 script -qefc 'sh ./command' /dev/null; }
	local in=${TTY[1]} out=${TTY[0]} pid=$TTY_PID char line=
	: >shown
	while IFS= read -r -d '' -n 1 -t 30 char <&"$out"; do
		printf %s "$char" >>shown
		line=$line$char
		case $line in
		*'Passphrase for '*': ')
			printf '%b' "$1" >&"$in"
			line=
			;;
		esac
	done
	wait "$pid" || true
}

cat >command <<END
trap : INT
'$SHVM' guardian new alice --out keys --bits 2048 --pass-file -
echo "exit \$?"
stty -a
END
talk 'MARKER-one\n'
hasnt MARKER shown
has 'exit 0' shown
grep -q '[ ;]echo ' shown || fail "the echo did not come back: $(cat shown)"
[ -s keys/alice.xml ] || fail "no guardian"
openssl pkcs12 -in keys/alice-signing.pfx -passin pass:MARKER-one -nokeys -out certs 2>openssl.log ||
	fail "another passphrase was used: $(cat openssl.log)"

rm -r keys
talk '\003'
has 'exit 130' shown
grep -q '[ ;]echo ' shown || fail "the echo did not come back: $(cat shown)"
[ ! -e keys/alice-signing.pfx ] || fail "a key was written"

# Without a terminal there is an error that names the other ways, at once.
expect 1 setsid -w "$SHVM" guardian new bob --out keys --bits 2048 --pass-file -
has 'no terminal' "$TMP/err"
has 'fd:N' "$TMP/err"
