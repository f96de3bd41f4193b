# Sourced behind lib.sh by the scripts about templates: small disks and signers.

# windows_disk FILE.vhdx [RAW]: ESP, MSR and an NTFS partition in 48 MiB
windows_disk()
{
	local raw=${2:-$1.raw} first last
	need sgdisk mkntfs mkfs.vfat qemu-img
	rm -f "$raw" "$1"
	truncate -s 48M "$raw"
	sgdisk -o -n 1:2048:+4M -t 1:EF00 -n 2:0:+1M -t 2:0C01 -n 3:0:0 \
		-t 3:0700 "$raw" >/dev/null
	first=$(sgdisk -i 3 "$raw" | sed -n 's/First sector: \([0-9]*\).*/\1/p')
	last=$(sgdisk -i 3 "$raw" | sed -n 's/Last sector: \([0-9]*\).*/\1/p')
	truncate -s $(((last - first + 1) * 512)) part.tmp
	mkntfs -q -F -f -p "$first" part.tmp >/dev/null 2>&1
	dd if=part.tmp of="$raw" bs=512 seek="$first" conv=notrunc,sparse status=none
	rm part.tmp
	mkfs.vfat -C part.tmp 4096 >/dev/null
	dd if=part.tmp of="$raw" bs=512 seek=2048 conv=notrunc status=none
	rm part.tmp
	qemu-img convert -O vhdx -o block_size=1M "$raw" "$1"
	[ $# -gt 1 ] || rm "$raw"
}

# linux_disk FILE.vhdx: ESP, a boot and a root partition (LUKS headers)
linux_disk()
{
	local raw=$1.raw
	need sgdisk mkfs.vfat qemu-img cryptsetup
	truncate -s 48M "$raw"
	sgdisk -o -n 1:2048:+4M -t 1:EF00 -n 2:0:+8M -t 2:8300 -n 3:0:0 \
		-t 3:8300 "$raw" >/dev/null
	mkfs.vfat -C part.tmp 4096 >/dev/null
	dd if=part.tmp of="$raw" bs=512 seek=2048 conv=notrunc status=none
	rm part.tmp
	truncate -s 8M part.tmp
	echo passphrase | cryptsetup luksFormat -q --type luks1 \
		--pbkdf-force-iterations 1000 part.tmp -
	for number in 2 3; do
		dd if=part.tmp of="$raw" bs=512 conv=notrunc,sparse status=none \
			seek="$(sgdisk -i $number "$raw" |
				sed -n 's/First sector: \([0-9]*\).*/\1/p')"
	done
	rm part.tmp
	qemu-img convert -O vhdx -o block_size=1M "$raw" "$1"
	rm "$raw"
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
