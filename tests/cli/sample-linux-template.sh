# What the sample for Linux templates refuses before it fetches anything; that its
# template boots is in tests/vm.
. "$ROOT/tests/cli/lib.sh"
need sgdisk mkfs.vfat mcopy mke2fs qemu-img cpio apt-get
make=$ROOT/samples/make-linux-template.sh

expect 0 "$make" --help
has 'usage: make-linux-template.sh' out
for arguments in '' '--mini' '--what a.vhdx' 'a.vhdx b.vhdx' '--size' 'a.vhdx --size'; do
	# shellcheck disable=SC2086
	expect 2 "$make" $arguments
	has 'usage: make-linux-template.sh' err
done
expect 1 "$make" --mini --size 1G a.vhdx
has 'make-linux-template: --size 1G: not a number' err
: >there.vhdx
expect 1 "$make" --mini there.vhdx
has 'make-linux-template: there.vhdx exists' err
[ ! -s there.vhdx ] || fail "there.vhdx was written to"
[ "$(find . -mindepth 1 ! -name out ! -name err)" = ./there.vhdx ] || fail "left over: $(ls -A)"
