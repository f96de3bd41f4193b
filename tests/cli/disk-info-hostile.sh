# Hostile file systems: loops in the MFT, the FAT and the hives, sizes beyond
# all measure, noise. Findings, in seconds and without much memory.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need python3
windows_disk d.vhdx d.raw
expect 0 python3 "$ROOT/tests/fixtures/hostile.py" "$SHVM" d.raw "${HOSTILE:-3}"
cat "$TMP/out"

# A partition with LUKS that ends within the header, or within the material.
linux_disk l.vhdx
qemu-img convert -O raw l.vhdx l.raw
for sectors in 1 8 2048; do
	cp --sparse=always l.raw cut.raw
	guid=$(sgdisk -i 3 cut.raw | sed -n 's/Partition unique GUID: //p')
	sgdisk -a 1 -d 3 -n 3:85M:+$sectors -t 3:8300 -u "3:$guid" cut.raw >/dev/null
	expect 0 "$SHVM" disk info --type linux --json --ignore not-vhdx cut.raw
	json_is '[.findings[] | select(.level == "error" and (.ignored | not)) |
		.rule] | join(" ")' root-not-luks1 out
	json_is .ready false out
done
