# What a power cut leaves of an edited image is fine for qemu, too: a sample of
# the crash points, each after qemu-img check -r all has replayed the log.
. "$ROOT/tests/cli/lib.sh"
need qemu-img

mkdir crash
CRASH_DIR=$PWD/crash CRASH_EVERY=${CRASH_EVERY:-23} \
	"$B/tests/unit/test_edit_crash" >log 2>&1 || { cat log; exit 1; }
grep 'crash points in all' log
tried=0
for f in crash/*.vhdx; do
	case $f in
	*4k-sectors*) continue ;; # qemu has only 512
	*one-good-copy*) continue ;; # nor does it read region table 2
	*replay-grows-the-file*) continue ;; # nor does it grow the file
	esac
	qemu-img check -q -r all -f vhdx "$f" >out 2>&1 || true
	qemu-img check -q -f vhdx "$f" >out 2>&1 || { cat out; fail "$f"; }
	tried=$((tried + 1))
done
[ "$tried" -gt 50 ] || fail "only $tried files"
echo "$tried images are fine for qemu-img"

# Only the metadata changes: all the time the same bytes for qemu-img compare.
qemu-img create -q -f vhdx a.vhdx 64M
qemu-io -f vhdx -c 'write -P 7 1M 3M' -c 'write -P 9 40M 100k' a.vhdx >/dev/null
cp a.vhdx b.vhdx
edit=$B/tests/data/vhdx/editvhdx
for len in 1 5000 1048576 300000 2; do
	"$edit" put b.vhdx "$len"
	qemu-img check -q -f vhdx b.vhdx || fail "check after put $len"
	qemu-img compare -q -f vhdx -F vhdx a.vhdx b.vhdx || fail "compare $len"
done
"$edit" remove b.vhdx
qemu-img compare -q -f vhdx -F vhdx a.vhdx b.vhdx || fail "compare after remove"
