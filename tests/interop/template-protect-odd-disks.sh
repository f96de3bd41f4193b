# template protect on a disk that is read-only, full, a symbolic link, a hard
# link, or in use by qemu: done or refused in one line, never half done.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need qemu-io qemu-nbd unshare

windows_disk d.vhdx
new_ca ca
new_signer signer ca
protect=("$SHVM" template protect --template-name n --template-version 1.0.0.0
	--signing-cert signer.pem --signing-key signer.key)
cp d.vhdx keep.vhdx

# Through a symbolic link: its target gets the catalog.
ln -s d.vhdx link.vhdx
expect 0 "${protect[@]}" link.vhdx
[ -L link.vhdx ] || fail "the link is gone"
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem
cp keep.vhdx d.vhdx
ln -s nowhere.vhdx broken.vhdx
expect 1 "${protect[@]}" broken.vhdx
one_line err
[ ! -e nowhere.vhdx ] || fail "created the target of a broken link"

# One of two names: both show the catalog.
ln d.vhdx other.vhdx
expect 0 "${protect[@]}" other.vhdx
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem
[ d.vhdx -ef other.vhdx ] || fail "the hard link is broken"
rm other.vhdx
cp keep.vhdx d.vhdx

# In use by qemu-io and by qemu-nbd.
mkfifo commands
qemu-io -f vhdx d.vhdx <commands >qemu.out 2>&1 &
pid=$!
exec 3>commands
echo 'read 0 4k' >&3
while ! grep -q 'read 4096/4096' qemu.out; do sleep 0.05; done
expect 1 "${protect[@]}" d.vhdx --json
json_is .error.reason in-use out
exec 3>&-
wait "$pid"
cmp d.vhdx keep.vhdx >/dev/null || qemu-img compare -q d.vhdx keep.vhdx ||
	fail "changed while in use"
cp keep.vhdx d.vhdx
qemu-nbd -t -k "$PWD/sock" -f vhdx d.vhdx &
pid=$!
while [ ! -S sock ]; do sleep 0.05; done
expect 1 "${protect[@]}" d.vhdx --json
json_is .error.reason in-use out
kill "$pid"
wait "$pid" || true
cp keep.vhdx d.vhdx

# Read-only, for who is not root or on a file system that is.
if [ "$(id -u)" != 0 ]; then
	chmod 400 d.vhdx
	expect 1 "${protect[@]}" d.vhdx
	one_line err
	same d.vhdx keep.vhdx
	exit 0
fi
unshare -m true 2>/dev/null || skip "the rest needs unshare"
export SHVM
cat >inner.sh <<'INNER'
set -eu
protect=("$SHVM" template protect --quiet --template-name n --template-version 1.0.0.0
	--signing-cert signer.pem --signing-key signer.key)
mkdir small
mount -t tmpfs -o size=24m tmpfs small
cp --sparse=always keep.vhdx small/d.vhdx
mount -o remount,ro small
code=0
"${protect[@]}" small/d.vhdx 2>err || code=$?
[ "$code" = 1 ] && grep -qi 'read-only' err || { echo "read-only: $code"; cat err; exit 1; }
cmp small/d.vhdx keep.vhdx
mount -o remount,rw small
dd if=/dev/zero of=small/fill bs=4k status=none 2>/dev/null || true
code=0
"${protect[@]}" small/d.vhdx 2>err || code=$?
if [ "$code" = 0 ]; then
	echo "full: done" # the metadata region had its pages already
else
	grep -q 'No space left' err || { echo "full: $code"; cat err; exit 1; }
	[ "$(grep -vc '^shvm: warning: ' err)" = 1 ]
fi
rm small/fill
"${protect[@]}" --force small/d.vhdx
"$SHVM" template verify small/d.vhdx --ca ca.pem >/dev/null
umount small
INNER
unshare -m bash inner.sh >inner.log 2>&1 || { cat inner.log; fail "read-only or full"; }
cat inner.log
