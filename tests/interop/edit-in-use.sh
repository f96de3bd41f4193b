# shvm and qemu notice each other on one image.
. "$ROOT/tests/cli/lib.sh"
need qemu-img qemu-io

edit=$B/tests/data/vhdx/editvhdx
qemu-img create -q -f vhdx a.vhdx 16M
mkfifo hold
"$edit" hold a.vhdx <hold >held &
pid=$!
exec 3>hold
while ! grep -q held held; do sleep 0.05; done
expect 1 qemu-io -f vhdx -c 'read 0 4k' a.vhdx
has 'lock' "$TMP/err"
expect 1 "$edit" put a.vhdx 100
has 'in-use' "$TMP/err"
exec 3>&-
wait "$pid"
expect 0 qemu-io -f vhdx -c 'read 0 4k' a.vhdx

mkfifo commands
qemu-io -f vhdx a.vhdx <commands >qemu.out 2>&1 &
pid=$!
exec 3>commands
echo 'read 0 4k' >&3
while ! grep -q 'read 4096/4096' qemu.out; do sleep 0.05; done
expect 1 "$edit" put a.vhdx 100
has 'in-use' "$TMP/err"
exec 3>&-
wait "$pid"
expect 0 "$edit" put a.vhdx 100
