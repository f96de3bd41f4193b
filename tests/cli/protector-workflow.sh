# New, grant, revoke: who can open what, and who may change it.
. "$ROOT/tests/cli/lib.sh"

for n in owner fab1 fab2; do
	"$SHVM" guardian new $n --out-dir g --no-encryption --bits 2048 --quiet >/dev/null
done
keys="--owner g/owner.xml --owner-signing-key g/owner-signing.pfx"
both="$keys --owner-encryption-key g/owner-encryption.pfx"
opens() { expect 0 "$SHVM" protector check "$1" --key "g/$2-encryption.pfx"; has 'passed   transport-key-signature' out; }
closed() { expect 3 "$SHVM" protector check "$1" --key "g/$2-encryption.pfx"; has 'belongs to none' out; }

expect 3 "$SHVM" protector new $keys --guardian g/fab1.xml --out kp
has '--allow-untrusted-root' err
[ ! -e kp ] || fail written for an untrusted guardian
expect 0 "$SHVM" protector new $keys --guardian g/fab1.xml --allow-untrusted-root --out kp --json
json_is '.protector.wrappings | length' 2 out
json_is '.protector.wrappings[0].role' owner out
json_is '.protector.wrappings[1].role' guardian out
json_is .protector.size "$(stat -c %s kp)" out
opens kp owner
opens kp fab1
closed kp fab2

expect 0 "$SHVM" protector grant kp $both --guardian g/fab2.xml --allow-untrusted-root --out kp2
opens kp2 fab2
opens kp2 fab1
expect 2 "$SHVM" protector grant kp2 $both --guardian g/fab2.xml --allow-untrusted-root --out kp3
has 'already' err
expect 0 "$SHVM" protector revoke kp2 $both --guardian g/fab1.xml --out kp3
closed kp3 fab1
opens kp3 fab2
opens kp3 owner
print=$("$SHVM" guardian show g/fab2.xml --json | jq -r .guardian.encryption.sha256)
expect 0 "$SHVM" protector revoke kp3 $both --fingerprint "$print" --out kp3 --force
closed kp3 fab2
opens kp3 owner
expect 2 "$SHVM" protector revoke kp3 $both --guardian g/owner.xml --out kp4
has 'owner cannot be revoked' err
expect 2 "$SHVM" protector revoke kp3 $both --out kp4
expect 3 "$SHVM" protector grant kp --owner g/fab1.xml --owner-signing-key g/fab1-signing.pfx --owner-encryption-key g/fab1-encryption.pfx --guardian g/fab2.xml --allow-untrusted-root --out kp4
has 'not the owner' err
expect 1 "$SHVM" protector new --owner g/owner.xml --owner-signing-key g/fab1-signing.pfx --out kp4
[ ! -e kp4 ] || fail something was written
