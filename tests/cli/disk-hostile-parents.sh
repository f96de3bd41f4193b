# Locators that lead elsewhere: refused, and strace sees nothing opened through
# the child but regular files of its folder.
. "$ROOT/tests/cli/lib.sh"
need "$B/tests/data/vhdx/mkvhdx" strace
strace -o trace true 2>/dev/null || skip "strace is not allowed here"

gen=$B/tests/data/vhdx/mkvhdx
mkdir -p outside vm
"$gen" write vm parent-path-goes-up parent-path-goes-up-later \
	parent-path-absolute parent-path-device parent-path-is-a-folder \
	parent-path-drive-as-relative parent-path-unc-as-relative \
	parent-path-is-nothing parent-absolute-path-elsewhere parent-volume-path-elsewhere \
	parent-is-not-there child-empty

# opened: what the program opened after the child, a line each (O_PATH opens
# nothing: it looks)
opened()
{
	sed -n '/openat(.*\.vhdx", .*= [0-9]/,$p' trace | tail -n +2 |
		grep -E '^[0-9]* *open' | grep -v O_PATH | grep -E '= [0-9]+$' || true
}

# refused DISK REASON OPTIONS...
refused()
{
	local disk=$1 reason=$2
	shift 2
	for verb in $verbs; do
		code=0 json=--json
		[ $verb != read ] || json='--json --out got.raw'
		timeout 20 strace -f -o trace -e trace=open,openat,openat2 \
			"$SHVM" disk $verb "$disk" "$@" $json >out 2>err || code=$?
		[ "$code" = 1 ] || [ "$verb:$code" = check:3 ] ||
			fail "$disk, $verb: exit $code: $(cat err)"
		cat out err >both
		has "$reason" both
		# A check opens the child twice; jansson wants random numbers.
		opened | grep -vF -e "$disk" -e '"/dev/urandom"' >more || true
		[ ! -s more ] || fail "$disk, $verb opened: $(cat more)"
	done
}

verbs='info read map digest check'
for name in goes-up goes-up-later absolute device is-a-folder is-nothing \
	drive-as-relative unc-as-relative; do
	refused "vm/parent-path-$name.vhdx" PARENT_NOT_ALLOWED
	verbs='read check'
done
refused vm/parent-path-goes-up.vhdx PARENT_NOT_ALLOWED --no-parent-lookup
for name in parent-is-not-there parent-absolute-path-elsewhere \
	parent-volume-path-elsewhere; do
	refused vm/$name.vhdx PARENT_MISSING
done
# Absolute paths and devices not even with the option.
for name in absolute device drive-as-relative unc-as-relative is-a-folder; do
	refused vm/parent-path-$name.vhdx PARENT_NOT_ALLOWED --parent-anywhere
done

# A symbolic link, a FIFO and a device in the parent's place.
parent=vm/child-empty-parent.vhdx
expect 0 "$SHVM" disk read vm/child-empty.vhdx --length 512
mv $parent outside/
ln -s ../outside/child-empty-parent.vhdx $parent
refused vm/child-empty.vhdx PARENT_NOT_ALLOWED
expect 0 "$SHVM" disk read vm/child-empty.vhdx --length 512 --parent-anywhere
ln -sf /dev/zero $parent
refused vm/child-empty.vhdx PARENT_NOT_ALLOWED
refused vm/child-empty.vhdx PARENT_NOT_ALLOWED --parent-anywhere
rm $parent
mkfifo $parent
refused vm/child-empty.vhdx PARENT_NOT_ALLOWED
refused vm/child-empty.vhdx PARENT_NOT_ALLOWED --parent-anywhere
rm $parent
expect 0 "$SHVM" disk read vm/child-empty.vhdx --length 512 \
	--parent outside/child-empty-parent.vhdx
