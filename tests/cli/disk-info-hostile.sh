# Hostile file systems: loops in the MFT, the FAT and the hives, sizes beyond
# all measure, noise. Findings, in seconds and without much memory.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need python3
windows_disk d.vhdx d.raw
expect 0 python3 -B "$ROOT/tests/fixtures/hostile.py" "$SHVM" d.raw "${HOSTILE:-3}"
cat "$TMP/out"

# A partition with LUKS that ends within the header, or within the material.
linux_disk l.vhdx
qemu-img convert -O raw l.vhdx l.raw
for sectors in 1 8 2048; do
	cp --sparse=always l.raw cut.raw
	guid=$(sgdisk -i 3 cut.raw | sed -n 's/Partition unique GUID: //p')
	sgdisk -a 1 -d 3 -n 3:85M:+$sectors -t 3:8300 -u "3:$guid" cut.raw >/dev/null
	expect 0 "$SHVM" disk info --type preprocessed-linux --json --ignore not-vhdx cut.raw
	json_is '[.checks[] | select(.level == "error" and (.outcome == "failed" or (.outcome == "unknown" and .id == "unreadable"))) |
		.id] | join(" ")' root-not-luks1 out
	json_is .yes false out
done

# LUKS headers that want an hour of hashing: both partitions, 4.9 million rounds
# of SHA-1 four times over, in the time that is left for all of the disk.
cp --sparse=always l.raw slow.raw
for n in 2 3; do
	at=$(($(sgdisk -i "$n" slow.raw | sed -n 's/^First sector: \([0-9]*\).*/\1/p') * 512))
	for slot in 0 1 2 3 4 5 6 7; do
		dd if=slow.raw of=slow.raw bs=1 skip=$((at + 208)) count=48 \
			seek=$((at + 208 + 48 * slot)) conv=notrunc status=none
		printf '\000\112\304\100' | dd of=slow.raw bs=1 \
			seek=$((at + 208 + 48 * slot + 4)) conv=notrunc status=none
	done
	printf 'sha1\0\0' | dd of=slow.raw bs=1 seek=$((at + 72)) conv=notrunc status=none
done
start=$(date +%s%N)
expect 0 "$SHVM" disk info --type preprocessed-linux --json --ignore not-vhdx slow.raw
took=$((($(date +%s%N) - start) / 1000000))
[ "$took" -lt 15000 ] || fail "$took ms for LUKS" # 30 s and more, untamed
json_is '[.checks[] | select(.level == "error" and (.outcome == "failed" or (.outcome == "unknown" and .id == "unreadable"))) |
	.id] | join(" ")' 'boot-passphrase root-passphrase' out
json_is '[.checks[] | select(.id == "root-passphrase")][0].text |
	contains("hash runs")' true out
echo "slow LUKS: $took ms"
