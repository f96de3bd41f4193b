# A dirty log is replayed in memory: no reading command writes to the file, each
# shows the replayed bytes, and info says so.
. "$ROOT/tests/cli/lib.sh"
need jq "$B/tests/data/vhdx/mkvhdx"

gen=$B/tests/data/vhdx/mkvhdx
n=0
while read -r kind name _ size; do
	[ "$kind" = good ] && [ "$size" -le 16777216 ] || continue
	case $name in *dirty* | dynamic-2m) ;; *) continue ;; esac
	rm -f ./*.vhdx ./*.raw
	"$gen" write . "$name"
	"$gen" raw "$name" want.raw
	sha256sum ./*.vhdx >sums
	touch -d '2001-01-01' ./*.vhdx
	chmod 0444 ./*.vhdx
	expect 0 "$SHVM" disk info "$name.vhdx" --json
	case $name in
	dynamic-2m | child-of-a-dirty-parent) want=clean ;;
	*) want=replayed ;;
	esac
	json_is .image.log $want out
	expect 0 "$SHVM" disk read "$name.vhdx" --out got.raw
	same got.raw want.raw
	expect 0 "$SHVM" disk map "$name.vhdx"
	expect 0 "$SHVM" disk digest "$name.vhdx" --whole --json
	jq -r .digest out >digest
	expect 0 "$SHVM" disk digest want.raw --raw --whole --json
	json_is .digest "$(cat digest)" out
	[ $want = clean ] || expect 3 "$SHVM" disk check "$name.vhdx"
	sha256sum -c --quiet sums
	[ -z "$(find . -name '*.vhdx' -newermt 2001-01-02)" ] || fail "$name was written to"
	n=$((n + 1))
done < <("$gen" list)
[ $n -gt 8 ] || fail "only $n images"
echo "$n images"
