# Names inside of what is judged, of characters of 2, 3 and 4 bytes, begun at each
# byte: no check gets lost, a no stays a no, and texts are cut between characters.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need jq
pdk_setup

for c in é € 😀; do
	size=$(printf %s $c | wc -c)
	for shift in 0 1 2 3; do
		[ $shift -lt "$size" ] || continue
		name=$(printf '%.*s' $shift xxx)
		while [ "$(printf %s "$name" | wc -c)" -le $((250 - size)) ]; do name=$name$c; done
		expect 0 "$SHVM" template sign disk.vhdx --template-name "$name" --template-version 1.0.0.0 \
			--signing-cert signer.pem --signing-key signer.key --out n.vsc --force
		pdk_create n.pdk --trust n.vsc:Equals --publish-qualifiers --force
		expect 0 "$SHVM" pdk check n.pdk --catalog n.vsc --json
		json_is .template.name "$name" out
		json_is '.checks | length' 14 out
		json_is '[.checks[] | select(.text | test("\ufffd|\\?"))] | length' 0 out

		# Not the template that is trusted: both names are in the reason.
		pdk_create only.pdk --trust n.vsc:Equals --publish-qualifiers --force
		expect 0 "$SHVM" template sign disk.vhdx --template-name "y$name" --template-version 1.0.0.0 \
			--signing-cert signer.pem --signing-key signer.key --out other.vsc --force
		expect 3 "$SHVM" pdk check only.pdk --catalog other.vsc --json
		json_is .reason untrusted-template out
		json_is '.checks | length' 14 out
		json_is '.text | test("\ufffd|\\?")' false out
	done
done
