# Sourced after lib.sh by scripts that boot a guest: qemu without KVM, firmware
# with Secure Boot and Microsoft's keys.
need qemu-system-x86_64 qemu-img sgdisk mkfs.vfat mcopy mke2fs
firmware=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd variables=/usr/share/OVMF/OVMF_VARS_4M.ms.fd
[ -e "$firmware" ] && [ -e "$variables" ] || skip "ovmf is not installed"

# mini_template OUT.vhdx: made of packages that apt fetches
mini_template()
{
	"$ROOT/samples/make-linux-template.sh" --mini "$1" 2>template.err && return
	! grep -qE 'apt-get failed|apt knows no|is missing|only for amd64' template.err ||
		skip "$(tail -n 1 template.err)"
	fail "make-linux-template.sh: $(cat template.err)"
}

# self_sign NAME: NAME.pem and NAME.key
self_sign()
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" \
		-subj "/CN=$1" -addext keyUsage=digitalSignature 2>/dev/null
}

# seed IMAGE FILE...: a disk as cloud-init's NoCloud wants it
seed()
{
	truncate -s 1M "$1"
	mkfs.vfat -n CIDATA "$1" >/dev/null
	mcopy -i "$1" "${@:2}" ::/
}

# boot SECONDS SEED OPTION-OF-QEMU...: until it powers off; what it said is in
# serial. The caller looks there: the exit code says nothing about the guest.
# MEMORY is in MiB.
boot()
{
	local seconds=$1 seed=$2 code=0
	shift 2
	cp "$variables" variables.fd
	timeout -k 5 "$seconds" qemu-system-x86_64 -machine q35,smm=on,hpet=off \
		-accel tcg,thread=multi -smp 2 -m "${MEMORY:-512}" -nodefaults \
		-no-user-config -display none -vga none -no-reboot \
		-global driver=cfi.pflash01,property=secure,value=on \
		-drive "if=pflash,format=raw,unit=0,file=$firmware,readonly=on" \
		-drive if=pflash,format=raw,unit=1,file=variables.fd \
		-device virtio-rng-pci -serial file:serial.raw \
		-drive "if=none,id=seed,file=$seed,format=raw,readonly=on" \
		-device virtio-blk-pci,drive=seed "$@" </dev/null >qemu.log 2>&1 || code=$?
	tr -d '\033\000' <serial.raw >serial || :
	[ "$code" != 124 ] || fail "the guest ran for $seconds s: $(tail -n 5 serial)"
	[ "$code" = 0 ] || fail "qemu: exit $code: $(cat qemu.log)"
}
