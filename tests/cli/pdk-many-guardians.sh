# Twenty guardians in one file: each opens it, one more is granted, one and then
# nearly all are revoked, and what is left fits to who is left.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
need openssl
umask 077

guardians=
for n in $(seq 21); do
	for k in "s$n" "$n"; do
		openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$k.key" 2>/dev/null ||
			openssl genrsa -out "$k.key" 2048 2>/dev/null
	done
	openssl req -x509 -new -key "s$n.key" -subj "/CN=signs $n" -days 30 -out s.pem \
		-addext keyUsage=digitalSignature
	openssl req -x509 -new -key "$n.key" -subj "/CN=encrypts $n" -days 30 -out e.pem \
		-addext keyUsage=keyEncipherment,dataEncipherment
	expect 0 "$SHVM" guardian export --signing-key "s$n.key" --signing-cert s.pem \
		--encryption-key "$n.key" --encryption-cert e.pem --out "g$n.xml"
	[ "$n" = 21 ] || guardians="$guardians --guardian g$n.xml"
done

# opens CODE FILE GUARDIAN
opens()
{
	expect "$1" "$SHVM" pdk show "$2" --key "$3.key" --json
	[ "$1" != 0 ] || json_is .answer_file.name unattend.xml "$TMP/out"
}
# ids FILE: fingerprints of the guardians, the owner's first
ids()
{
	"$SHVM" pdk show "$1" --json | jq -r '.guardians[].signing.sha256'
}

start=$(date +%s%N)
expect 0 "$SHVM" pdk create many.pdk $owner $guardians --allow-untrusted-root $trust $answer
echo "created with 20 guardians in $((($(date +%s%N) - start) / 1000000)) ms, $(stat -c %s many.pdk) bytes"
[ "$(ids many.pdk | sort -u | wc -l)" = 21 ] || fail the number of wrappings
for g in 1 10 20; do
	opens 0 many.pdk $g
done
opens 3 many.pdk 21
expect 0 "$SHVM" pdk check many.pdk --disk disk.vhdx --key 20.key
expect 0 "$SHVM" pdk check many.pdk --disk disk.vhdx $(key owner)
expect 3 "$SHVM" pdk check many.pdk --disk disk.vhdx --key 21.key

# Granted: the others' wrappings do not change.
expect 2 "$SHVM" pdk grant many.pdk $edit --guardian g10.xml --allow-untrusted-root --out x.pdk
has 'already' "$TMP/err"
expect 0 "$SHVM" pdk grant many.pdk $edit --guardian g21.xml --allow-untrusted-root --out more.pdk
for g in 1 10 20 21; do
	opens 0 more.pdk $g
done
ids many.pdk >before
ids more.pdk | head -n 21 | cmp - before

# Revoked: one, in the middle; then all but the first.
expect 0 "$SHVM" pdk revoke more.pdk $edit --fingerprint "$(sed -n 11p before)" --out less.pdk
opens 3 less.pdk 10
for g in 1 20 21; do
	opens 0 less.pdk $g
done
[ "$(ids less.pdk | wc -l)" = 21 ] || fail one was revoked
expect 0 "$SHVM" pdk check less.pdk --disk disk.vhdx $(key owner)
all=
for id in $(ids less.pdk | tail -n +3); do
	all="$all --fingerprint $id"
done
expect 0 "$SHVM" pdk revoke less.pdk $edit $all --out few.pdk
[ "$(ids few.pdk | wc -l)" = 2 ] || fail all but one were revoked
opens 0 few.pdk 1
for g in 10 20 21; do
	opens 3 few.pdk $g
done
expect 0 "$SHVM" pdk open few.pdk $(key owner) --out-dir out-few
cmp unattend.xml out-few/unattend.xml
[ ! -e x.pdk ] || fail x.pdk was written
