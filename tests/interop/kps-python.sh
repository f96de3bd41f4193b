# A second implementation opens our protectors and makes ones that we accept.
. "$ROOT/tests/cli/lib.sh"
need python3 openssl
python3 -c 'import cryptography' 2>/dev/null || skip "Python's cryptography is not installed"
other="$ROOT/tests/interop/kps-python.py"

for n in owner:4096 fab:2048; do
	bits=${n#*:} n=${n%:*}
	"$SHVM" guardian new $n --out-dir g --no-encryption --bits "$bits" --quiet >/dev/null
	for kind in signing:sign encryption:enc; do
		openssl pkcs12 -in "g/$n-${kind%:*}.pfx" -passin pass: -noenc -nocerts 2>/dev/null |
			openssl pkey -out "$n.${kind#*:}.pem"
		openssl pkcs12 -in "g/$n-${kind%:*}.pfx" -passin pass: -nokeys -out "$n.${kind#*:}.crt" 2>/dev/null
	done
done
"$SHVM" protector new --owner g/owner.xml --owner-signing-key g/owner-signing.pfx --guardian g/fab.xml --allow-untrusted-root --out kp --quiet >/dev/null
for n in owner fab; do
	[ "$(python3 "$other" open kp $n.enc.pem)" = 'ok 2' ] || fail "theirs does not open ours as $n"
done
python3 "$other" open kp owner.sign.pem 2>/dev/null && fail theirs opens with a wrong key

python3 "$other" make theirs owner fab
for n in owner fab; do
	expect 0 "$SHVM" protector check theirs --key g/$n-encryption.pfx --json
	json_is '[.checks[] | select(.outcome != "passed")] | length' 0 out
done
expect 0 "$SHVM" protector revoke theirs --owner g/owner.xml --owner-signing-key owner.sign.pem --owner-encryption-key owner.enc.pem --guardian g/fab.xml --out less
[ "$(python3 "$other" open less owner.enc.pem)" = 'ok 1' ] || fail theirs does not open the revoked one
