# Sourced after lib.sh by the scripts about templates: small disks and signers.

# windows_disk FILE.vhdx [RAW]: a small disk that keeps every rule but low-space,
# each with other GUIDs
windows_disk()
{
	local raw=${2:-$1.raw} base=$B/tests/windows-small.raw
	local make=$ROOT/samples/make-windows-disk.sh
	need sgdisk mkntfs mkfs.vfat mcopy hivexsh qemu-img perl cc flock
	mkdir -p "$B/tests"
	(
		flock 9
		[ "$base" -nt "$make" ] || {
			rm -f "$base" new.raw
			"$make" --size 48 --esp 4 --data 0 --files 0 \
				--format raw new.raw >/dev/null
			cp --sparse=always new.raw "$base.new"
			mv "$base.new" "$base"
			rm new.raw
		}
	) 9>"$base.lock" || fail "the sample disk could not be made"
	rm -f "$raw" "$1"
	cp --sparse=always "$base" "$raw"
	sgdisk -G "$raw" >/dev/null
	qemu-img convert -O vhdx -o block_size=1M "$raw" "$1"
	[ $# -gt 1 ] || rm "$raw"
}

# linux_disk FILE.vhdx: ESP, a boot and a root partition with LUKS
linux_disk()
{
	need sgdisk mkfs.vfat mcopy mke2fs qemu-img cryptsetup
	"$ROOT/tests/fixtures/make-linux.sh" good "$1"
}

# flip FILE BYTE: change one byte
flip()
{
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf "\\x$(printf %02x $((byte ^ 1)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# where TEXT FILE: the byte at which the text begins first
where()
{
	grep -abo -m 1 -e "$1" "$2" | head -n 1 | cut -d: -f1
}

# new_ca NAME: NAME.pem and NAME.key
new_ca()
{
	need openssl
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.pem" -subj "/CN=$1" -days 100 2>/dev/null
}

# new_signer NAME CA [DAYS] [EXTENSIONS] [KEY ARGUMENTS...]: NAME.pem, NAME.key
new_signer()
{
	local name=$1 ca=$2 days=${3:-50} more=${4:-keyUsage=digitalSignature}
	shift $(($# < 4 ? $# : 4))
	[ $# -gt 0 ] || set -- ec -pkeyopt ec_paramgen_curve:P-256
	openssl req -newkey "$@" -nodes -keyout "$name.key" -out "$name.csr" \
		-subj "/CN=$name" 2>/dev/null
	printf '%b\n' "$more" >"$name.ext"
	openssl x509 -req -in "$name.csr" -CA "$ca.pem" -CAkey "$ca.key" \
		-CAcreateserial -days "$days" -extfile "$name.ext" \
		-out "$name.pem" 2>/dev/null
	rm "$name.csr" "$name.ext"
}
