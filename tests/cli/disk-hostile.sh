# Each hostile image of the generator: exit 1, one line that names the file, the
# reason that the case is about, and nothing writes to the image.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq

new_ca ca
gen=$B/tests/data/vhdx/mkvhdx
"$gen" list | sed -n 's/^hostile //p' >cases
mkdir images
cut -d' ' -f1 cases | xargs "$gen" write images
touch stamp

count=0
while read -r name reason; do
	file=images/$name.vhdx
	expect 1 "$SHVM" template verify --ca ca.pem "$file" --json
	mapfile -t lines <err # no programs for this: there are many files
	[ ${#lines[@]} = 1 ] || fail "$name: ${#lines[@]} lines"
	[[ ${lines[0]} == "shvm: $file: "*" [$reason]" ]] || fail "$name: ${lines[0]}"
	cat out >>outs
	echo "$reason" >>reasons
	count=$((count + 1))
	[ $((count % 8)) = 0 ] || continue
	cp err first
	for command in info map "digest --whole" "read --out x"; do
		# shellcheck disable=SC2086
		expect 1 "$SHVM" disk $command "$file"
		same err first
	done
done <cases
[ $count -gt 200 ] || fail "only $count cases"
jq -r .error.reason outs | diff reasons -
[ -z "$(find images -newer stamp)" ] || fail "$(find images -newer stamp)"
