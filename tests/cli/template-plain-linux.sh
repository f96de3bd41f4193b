# The signer of a Linux of today is told of a warning and of what is not known,
# and refuses a disk that breaks a rule.
. "$ROOT/tests/cli/lib.sh"
need openssl sgdisk mkfs.vfat mcopy mke2fs mkfs.xfs cryptsetup qemu-img jq
openssl req -x509 -newkey rsa:2048 -nodes -keyout s.key -out s.pem -subj /CN=s \
	-addext keyUsage=digitalSignature 2>/dev/null
sign()
{
	rm -f d.vhdx d.vsc
	"$ROOT/tests/fixtures/make-plain-linux.sh" "$1" d.vhdx
	expect "$2" "$SHVM" template sign --type linux d.vhdx --template-name T \
		--template-version 1.0.0.0 --signing-cert s.pem --signing-key s.key \
		--out d.vsc "${@:3}"
}
sign good 0
! grep -F '[' err || fail "warnings of a good one"
sign xfs 0
has '[root-unread]' err
sign boot-xfs 0
has '[no-kernel]' err
for case in machine-id:machine-id host-keys:ssh-host-keys authorized-keys:ssh-user-keys \
	no-release:no-linux no-loader:no-bootx64 luks:root-encrypted; do
	sign "${case%:*}" 1
	has "[${case#*:}]" err
	[ ! -e d.vsc ] || fail "$case: signed"
	sign "${case%:*}" 0 --ignore "${case#*:}"
done
expect 0 "$SHVM" template protect --type linux d.vhdx --template-name T --ignore root-encrypted \
	--template-version 1.0.0.0 --signing-cert s.pem --signing-key s.key --json
json_is .template.disk_type Linux out
expect 0 "$SHVM" template verify d.vhdx --signer s.pem
