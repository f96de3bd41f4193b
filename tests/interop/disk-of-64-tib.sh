# The largest VHDX, 64 TiB in a file of a few MiB with one volume over nearly
# all of it: every command takes seconds and less than 200 MiB of memory.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need qemu-img qemu-io python3 mkntfs jq
[ -x /usr/bin/time ] || skip "/usr/bin/time is not installed"

new_ca ca
new_signer signer ca
truncate -s 4M ntfs.raw
mkntfs -q -F -f -p 2048 ntfs.raw >/dev/null 2>&1
python3 "$ROOT/tests/fixtures/gpt-64-tib.py"

# small COMMAND...: in at most 200 MiB and 30 s (about 0.1 s on an idle machine)
small()
{
	expect 0 /usr/bin/time -o used -f '%M %e' timeout 30 "$SHVM" "$@"
	read -r kib seconds <used
	[ "$kib" -lt 204800 ] || fail "$*: $kib KiB"
	echo "$1 $2: $((kib / 1024)) MiB, $seconds s"
}

size=$((1 << 46))
for block in 1M 256M; do
	rm -f d.vhdx d.vsc
	qemu-img create -q -f vhdx -o block_size=$block d.vhdx $size
	qemu-io -f vhdx -c 'write -q -s head 0 64k' -c 'write -q -s ntfs.raw 1M 64k' \
		-c "write -q -s tail $((size - 33 * 512)) 16896" d.vhdx
	echo "blocks of $block: a file of $(stat -c %s d.vhdx) bytes, $(du -k d.vhdx |
		cut -f1) KiB on disk"
	small disk info d.vhdx --json
	json_is .image.virtual_size $size out
	small disk check d.vhdx
	small disk map d.vhdx --json
	json_is '[.extents[].size] | add' $size out
	small disk digest d.vhdx --json
	json_is '.bytes_hashed <= 1048576' true out
	json_is '.bytes_hashed + .bytes_skipped == .size' true out
	small template sign d.vhdx --template-name n --template-version 1.0.0.0 --signing-cert signer.pem \
		--signing-key signer.key --out d.vsc --ignore no-esp --ignore no-windows
	small template protect d.vhdx --template-name n --template-version 1.0.0.0 \
		--signing-cert signer.pem --signing-key signer.key --ignore no-esp --ignore no-windows
	small template verify d.vhdx --ca ca.pem
	small template verify d.vhdx --ca ca.pem --catalog d.vsc
	small disk read d.vhdx --partition 1 --length 1M --out bytes --force
done
