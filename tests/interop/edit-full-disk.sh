# A file system without room: the error says so and the image is as it was.
. "$ROOT/tests/cli/lib.sh"
[ "$(id -u)" = 0 ] || skip "needs root for a small tmpfs"
need unshare qemu-img

qemu-img create -q -f vhdx start.vhdx 16M
qemu-io -f vhdx -c 'write -P 5 0 64k' start.vhdx >/dev/null
export edit=$B/tests/data/vhdx/editvhdx
unshare -m true 2>/dev/null || skip "unshare is not allowed"
cat >inner.sh <<'INNER'
set -eu
mkdir full
mount -t tmpfs -o size=8m tmpfs full
for free in 0 4 8 12 16 24 40 80 200 400 1100 1300 1500 2000; do
	cp --sparse=always start.vhdx full/a.vhdx
	rm -f full/fill
	dd if=/dev/zero of=full/fill bs=4k status=none 2>/dev/null || true
	truncate -s -"${free}k" full/fill 2>/dev/null
	before=$(stat -c %s full/a.vhdx)
	if "$edit" put full/a.vhdx 1048576 2>err; then
		echo "$free KiB: done"
	else
		grep -q 'No space left' err
		[ "$(stat -c %s full/a.vhdx)" = "$before" ] ||
			{ echo "$free KiB: the file grew"; exit 1; }
		echo "$free KiB: $(cat err)"
	fi
	rm full/fill
	qemu-img check -q -f vhdx full/a.vhdx
	qemu-img compare -q -f vhdx -F vhdx start.vhdx full/a.vhdx
	rm full/a.vhdx
done

# And one that is for reading only.
cp --sparse=always start.vhdx full/a.vhdx
mount -o remount,ro full
! "$edit" put full/a.vhdx 1 2>err
grep -q 'a.vhdx cannot be written: Read-only file system' err
cmp start.vhdx full/a.vhdx
INNER
unshare -m bash inner.sh >out 2>&1 || { cat out; exit 1; }
has 'No space left' out
has 'done' out
