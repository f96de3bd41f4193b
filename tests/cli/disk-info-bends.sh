# What known writers do against the format is read, and disk info tells it: a
# warning where it leaves a doubt, a note where not, and only warnings are
# findings of disk check.
. "$ROOT/tests/cli/lib.sh"
need "$B/tests/data/vhdx/mkvhdx" jq

# bend NAME LEVEL RULE WORDS
bend()
{
	"$B/tests/data/vhdx/mkvhdx" write . "$1"
	expect 0 "$SHVM" disk info "$1.vhdx" --json
	json_is "[.checks[] | select(.id == \"$3\") | .level] | join(\" \")" "$2" out
	expect 0 "$SHVM" disk info "$1.vhdx"
	has "$4" out
	grep -q "^$2 *  $3 " out || fail "$1: no line '$2  $3'"
	case $2 in
	warning) expect 3 "$SHVM" disk check "$1.vhdx" --json ;;
	note) expect 0 "$SHVM" disk check "$1.vhdx" --json ;;
	esac
	json_is "[.checks[] | select(.id == \"$3\") | .level] | unique | join(\" \")" "$2" out
	rm -f ./*.vhdx
}

bend identical-headers-as-disk2vhd-writes warning HEADER_TIE 'both headers are the same'
bend last-block-cut-as-qemu-writes warning BAT_CUT "truncated by the end of the file"
bend bitmap-slot-with-junk-as-old-qemu-writes warning BAT_SB_STATE 'the disk has no parent'
bend physical-sector-size-not-required warning META_FLAGS 'physical sector size'
bend locator-without-parent warning LOCATOR_UNUSED 'a parent locator but no parent'
bend child-as-windows-writes note LOCATOR_LINKAGE 'parent_linkage2 is zero'
bend child-as-windows-writes note LOCATOR_PATH 'absolute_win32_path does not begin'

# Two regions, two notes.
"$B/tests/data/vhdx/mkvhdx" write . regions-optional-as-qemu-writes unmapped-keeps-its-place \
	dirty-log-flushed-size-0
expect 0 "$SHVM" disk info regions-optional-as-qemu-writes.vhdx --json
json_is '[.checks[] | select(.id == "REGION_FLAGS") | .level] | join(" ")' 'note note' out
expect 0 "$SHVM" disk check regions-optional-as-qemu-writes.vhdx

# What the format allows, though others stumble over it, is not told.
for name in unmapped-keeps-its-place dirty-log-flushed-size-0; do
	expect 0 "$SHVM" disk info $name.vhdx --json
	json_is '[.checks[] | select(.id | test("^[A-Z_0-9]+$"))] | length' 0 out
done
