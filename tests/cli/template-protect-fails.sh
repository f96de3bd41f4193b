# Whatever goes wrong while a disk is being protected, its bytes stay: a writer
# in between, a second shvm, an interruption, a full file system.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

[ -r /proc/self/syscall ] || skip "/proc/PID/syscall cannot be read"
windows_disk d.vhdx
cp --sparse=always d.vhdx fresh.vhdx
new_ca ca
new_signer signer ca
protect=("$SHVM" template protect --template-name n --template-version 1.0.0.0
	--signing-cert signer.pem --signing-key signer.key)
cp d.vhdx keep.vhdx

# held COMMAND...: run it in the background and hold it in the middle of the
# hashing: its report of progress waits for a pipe that is full.
held()
{
	mkfifo pipe
	exec 8<>pipe
	dd if=/dev/zero bs=64K count=1 status=none >&8
	# A background job of a script ignores SIGINT: env puts it back.
	env --default-signal=INT "$@" --progress=7 7>pipe >held.out 2>held.err &
	pid=$!
	until grep -qs '^1 0x7 ' /proc/$pid/task/*/syscall; do
		[ -d /proc/$pid ] || fail "not held: $(cat held.err)"
		# Who loads keys lets only root look at it.
		if [ -d /proc/$pid ] && ! cat /proc/$pid/syscall >/dev/null 2>&1; then
			kill -9 "$pid"
			skip "only root can see where a program with keys is held"
		fi
		sleep 0.02
	done
}

# release CODE: let it go on, and see how it ends
release()
{
	local code=0
	cat <&8 >/dev/null &
	local reader=$!
	exec 8>&-
	wait "$pid" || code=$?
	kill $reader 2>/dev/null || true
	wait $reader 2>/dev/null || true
	rm pipe
	[ $code = "$1" ] || fail "exit $code and not $1: $(cat held.err)"
}

# A process that takes no lock writes one byte of the volume.
held "${protect[@]}" d.vhdx --json
at=$(where FILE0 d.vhdx)
flip d.vhdx $((at + 32))
flip keep.vhdx $((at + 32))
release 1
one_line held.err
has 'd.vhdx: changed while it was in use' held.err
json_is .error.reason changed held.out
same d.vhdx keep.vhdx

# The same while it is verified or signed: no verdict, no catalog.
expect 0 "${protect[@]}" d.vhdx
cp d.vhdx keep.vhdx
held "$SHVM" template verify d.vhdx --ca ca.pem --json
flip d.vhdx $((at + 32))
flip d.vhdx $((at + 32))
release 1
json_is .error.reason changed held.out
held "$SHVM" template sign d.vhdx --template-name n --template-version 1.0.0.0 --out x.vsc \
	--signing-cert signer.pem --signing-key signer.key
touch d.vhdx
release 1
[ ! -e x.vsc ] || fail "a catalog of a changing disk was written"
same d.vhdx keep.vhdx
expect 0 "$SHVM" template unprotect d.vhdx
cp d.vhdx keep.vhdx

# A second one while the first one hashes; reading is allowed.
held "${protect[@]}" d.vhdx
expect 1 "${protect[@]}" d.vhdx --json
one_line err
has d.vhdx err
json_is .error.reason in-use out
expect 1 "$SHVM" template unprotect d.vhdx
expect 0 "$SHVM" disk digest d.vhdx
same d.vhdx keep.vhdx
release 0
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem

# Interrupted or killed: the old catalog is there, byte for byte.
cp d.vhdx keep.vhdx
for signal in INT:130 TERM:143 KILL:137; do
	held "${protect[@]}" d.vhdx --force --out new.vsc
	kill "-${signal%:*}" "$pid"
	release "${signal#*:}"
	same d.vhdx keep.vhdx
	[ -z "$(find . -name 'new.vsc*')" ] || fail "a catalog was left"
done

# No room for what has to be written into a sparse file: the virtual disk is
# as it was, the file no longer, and qemu has nothing to say about it.
[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || exit 0
cat >inner.sh <<'END'
set -eu
mkdir full
mount -t tmpfs -o size=24m tmpfs full
cp --sparse=always fresh.vhdx full/d.vhdx
dd if=/dev/zero of=full/fill bs=4k status=none 2>/dev/null || true
code=0
"$@" full/d.vhdx 2>err || code=$?
cat err
[ $code = 1 ]
grep -q 'full/d.vhdx.*No space left' err
[ "$(grep -vc '^shvm: warning: ' err)" = 1 ]
[ "$(stat -c %s full/d.vhdx)" = "$(stat -c %s fresh.vhdx)" ]
code=0
"$SHVM" template show full/d.vhdx || code=$?
[ $code = 1 ]
qemu-img check -q full/d.vhdx
qemu-img compare -q full/d.vhdx fresh.vhdx
rm full/fill
"$@" full/d.vhdx
"$SHVM" template verify full/d.vhdx --ca ca.pem
END
unshare -m bash inner.sh "${protect[@]}" >inner.out 2>&1 || { cat inner.out; exit 1; }
