# A passphrase from the terminal: asked for, not echoed, and the echo comes back,
# also after an interrupt.
. "$ROOT/tests/cli/lib.sh"
need stty
need_terminal

# talk ANSWER: run ./command in a terminal and answer each prompt; all that the
# terminal showed is in ./shown
talk()
{
	local answered=0 pid
	mkfifo keyboard
	TERM=dumb timeout 60 script -qefc 'sh ./command' /dev/null <keyboard >shown 2>&1 &
	pid=$!
	exec 9>keyboard
	while kill -0 $pid 2>/dev/null; do
		if [ "$(grep -o 'Passphrase for [^:]*: ' shown | wc -l)" -gt $answered ]; then
			printf '%b' "$1" >&9
			answered=$((answered + 1))
		fi
		sleep 0.05
	done
	exec 9>&-
	rm keyboard
}

cat >command <<END
trap : INT
'$SHVM' guardian new alice --out-dir keys --bits 2048 --pass-file -
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
expect 1 setsid -w "$SHVM" guardian new bob --out-dir keys --bits 2048 --pass-file -
has 'no terminal' "$TMP/err"
has 'fd:N' "$TMP/err"
