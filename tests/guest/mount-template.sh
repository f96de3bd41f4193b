# The man page's line that mounts a verified template read-only: its files can be
# read in the mount point, and one that was changed cannot.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/interop/lib-nbdkit.sh"
need guestfish fusermount3 ntfscp
[ -w /dev/fuse ] || skip "there is no /dev/fuse"
export LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
expect 0 "$SHVM" template protect d.vhdx --template-name T --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --tree-out d.tree

line=$(sed -n 's/\\-/-/g; s/\\(aq/'"'"'/g; s/^\(guestfish .*mount-local-run\)$/\1/p' \
	"$ROOT/docs/nbdkit-shvm-plugin.1")
[ -n "$line" ] || fail "the page has no line with guestfish"
line=${line//\/run\/template.sock/$TMP/sock}
line=${line//\/mnt/$TMP/mnt}
mkdir mnt
serve d.vhdx ca=ca.pem tree=d.tree
bash -c "exec $line" >guestfish.log 2>&1 &
guestfish=$!
trap 'fusermount3 -u -z mnt 2>/dev/null || :' EXIT
for _ in $(seq 1500); do
	! mountpoint -q mnt || break
	[ -d "/proc/$guestfish" ] || fail "guestfish has ended: $(cat guestfish.log log)"
	sleep 0.1
done
[ -d mnt/Windows/System32 ] || fail "not mounted: $(ls -A mnt) $(cat guestfish.log log)"
[ "$(head -c 2 mnt/Windows/System32/ntoskrnl.exe | tr -d '\0')" = MZ ] || fail "ntoskrnl.exe"
! touch mnt/x 2>/dev/null || fail "the mount can be written to"
fusermount3 -u mnt
wait $guestfish || fail "guestfish: $(cat guestfish.log)"
kill "$server" 2>/dev/null || :
wait "$server" || : # it may abort when its client leaves
