# Sourced after lib-template.sh by the scripts that attack a signed disk. They
# set up d.raw, its catalogs d.vsc (coverage disk) and o.vsc (coverage os), and
# ca.pem; each attack changes t.raw, a fresh copy.

# sign_both TYPE: d.vsc and o.vsc of d.raw, with a signer of their own
sign_both()
{
	local cover
	new_ca ca
	new_signer signer ca
	for cover in disk:d.vsc os:o.vsc; do
		expect 0 "$SHVM" template sign d.raw --type "$1" \
			--cover "${cover%:*}" --ignore not-vhdx \
			--template-name T --template-version 1.0.0.0 \
			--signing-cert signer.pem --signing-key signer.key \
			--out "${cover#*:}"
	done
	trusted d.raw d.vsc
	trusted d.raw o.vsc --require os
}

# trusted DISK CATALOG OPTIONS...: it is what was signed
trusted()
{
	local disk=$1 catalog=$2
	shift 2
	expect 0 "$SHVM" template verify "$disk" --catalog "$catalog" \
		--ca ca.pem --json "$@"
	json_is .verdict trusted out
}

# again: t.raw is d.raw
again()
{
	rm -f t.raw
	cp --sparse=always d.raw t.raw
}

# change AT HEX: bytes of t.raw
change()
{
	perl -e 'open F, "+<", "t.raw" or die; seek F, $ARGV[0], 0;
		print F pack "H*", $ARGV[1]; close F or die' "$1" "$2"
}

# gpt ARGUMENTS...: see tests/fixtures/patch-gpt.py
gpt()
{
	python3 "$ROOT/tests/fixtures/patch-gpt.py" t.raw "$@"
}

# says DISK CATALOG REASON PLACE OPTIONS...: rejected, and text and JSON name
# the place in the verdict and in a check that failed
says()
{
	local disk=$1 catalog=$2 reason=$3 place=$4
	shift 4
	expect 3 "$SHVM" template verify "$disk" --catalog "$catalog" \
		--ca ca.pem "$@" --json
	json_is .verdict rejected out
	json_is .reason "$reason" out
	[[ $(jq -r .text out) == "$place"* ]] ||
		fail "not '$place', but $(jq -r .text out)"
	jq -e --arg p "$place" '[.checks[] | select(.outcome == "failed") |
		(.object // .text) as $o | .text |
		select(startswith($p) or ($o | startswith($p)) or
			($p | startswith($o)))] | length > 0' out >/dev/null ||
		fail "$place: no check that failed names it: $(jq -c .checks out)"
	expect 3 "$SHVM" template verify "$disk" --catalog "$catalog" \
		--ca ca.pem "$@"
	grep -q "^verdict: *rejected, $reason" out ||
		fail "text without the verdict $reason: $(cat out)"
	has "$place" out
}

# attack WHAT REASON PLACE [OS_REASON OS_PLACE]: t.raw is refused with the
# catalog of the disk; with that of the OS volumes it is trusted, unless a
# reason is given
attack()
{
	echo "attack: $1"
	cmp -s d.raw t.raw && fail "$1: nothing was changed"
	says t.raw d.vsc "$2" "$3"
	if [ $# -gt 3 ]; then
		says t.raw o.vsc "$4" "$5" --require os
	else
		trusted t.raw o.vsc --require os
	fi
	tried=$((tried + 1))
	again
}
tried=0
