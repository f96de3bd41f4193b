# The passphrase shows up nowhere: not in output, argv or the environment, and
# no core can be dumped.
. "$ROOT/tests/cli/lib.sh"

marker=Marker-Passphrase-4711
(umask 077; echo $marker >pass)
run()
{
	"$SHVM" "$@" >>all 2>&1 || true
}
run guardian new m --out-dir g --pass-file pass --bits 2048 --verbose
run guardian show g/m.xml --json
run guardian export --signing-key g/m-signing.pfx --signing-key-pass-file pass --encryption-key g/m-encryption.pfx --encryption-key-pass-file pass --out m2.xml --json
run protector new --owner g/m.xml --owner-signing-key g/m-signing.pfx --owner-signing-key-pass-file pass --out kp --json
run protector check kp --key g/m-encryption.pfx --key-pass-file pass --json --verbose
run protector check kp --key g/m-signing.pfx --key-pass-file pass
run protector check g/m.xml --key g/m-encryption.pfx --key-pass-file pass
[ -s kp ] && [ -s m2.xml ] || fail the commands did not work
hasnt "$marker" all
! grep -rqF "$marker" g kp m2.xml || fail the passphrase is in a file

# A descriptor works, too, and a running command shows nothing.
expect 0 "$SHVM" protector check kp --key g/m-encryption.pfx --key-pass-file fd:7 7<pass
mkfifo fifo
"$SHVM" protector check kp --key g/m-encryption.pfx --key-pass-file fifo >out2 2>&1 &
pid=$!
exec 8>fifo
tr '\0' '\n' <"/proc/$pid/cmdline" >cmdline
tr '\0' '\n' <"/proc/$pid/environ" >environ 2>/dev/null || : # undumpable: not even ours to read
echo $marker >&8
exec 8>&-
wait $pid || fail the check with a passphrase from a pipe
hasnt "$marker" cmdline
hasnt "$marker" environ
