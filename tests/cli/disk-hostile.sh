# Each hostile image of the generator: exit 1, one line that names the file and
# no control character, the same code for each command, the bytes unchanged.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq

new_ca ca
gen=$B/tests/gen/mkvhdx
count=0
while read -r kind name reason; do
	[ "$kind" = hostile ] || continue
	rm -f ./*.vhdx
	"$gen" write . "$name"
	sha256sum ./*.vhdx >before
	expect 1 "$SHVM" template verify --ca ca.pem "$name.vhdx" --json
	one_line err
	has "$name.vhdx: " err
	case $(jq -r .error.reason out) in
	"$reason"*) ;; # some cases name a family of reasons
	*) fail "$name: $(jq -c .error out) and not $reason" ;;
	esac
	cp err first
	for command in info "digest --whole"; do
		# shellcheck disable=SC2086
		expect 1 "$SHVM" disk $command "$name.vhdx"
		same err first
	done
	sha256sum --quiet -c before
	count=$((count + 1))
done < <("$gen" list)
[ $count -gt 200 ] || fail "only $count cases"
