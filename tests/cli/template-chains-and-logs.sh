# Differencing disks are read and not written; a dirty log is replayed first.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

need "$B/tests/data/vhdx/mkvhdx" python3 sgdisk mkntfs
new_ca ca
new_signer signer ca
# A chain is no template, and these volumes are too small for a Windows. The
# backup GPT of the disk with a dirty log is not in the image.
keys=(--template-name n --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key
	--cover os --ignore differencing --ignore no-esp --ignore no-windows)

# table MEBIBYTE: d.raw of 4 MiB with a partition of 1 MiB there, which holds the
# beginning of an NTFS (mkntfs makes none so small; only its head is looked at)
table()
{
	rm -f d.raw
	truncate -s 4M d.raw
	sgdisk -o -a 1 -n "1:$(($1 * 2048)):+1M" -t 1:0700 d.raw >/dev/null
	truncate -s 4M part.tmp
	mkntfs -q -F -f -p $(($1 * 2048)) part.tmp >/dev/null 2>&1
	dd if=part.tmp of=d.raw bs=1M count=1 seek="$1" conv=notrunc status=none
	rm part.tmp
}

# block NUMBER FILE MEBIBYTE: that block of d.raw to its place in the image
block() { dd if=d.raw bs=1M skip="$1" count=1 of="$2" seek="$3" conv=notrunc status=none; }

# The parent has blocks 0, 1 and 3 at 4, 5 and 6 MiB; the child has none.
"$B/tests/data/vhdx/mkvhdx" write . child-empty >/dev/null
child=child-empty.vhdx parent=child-empty-parent.vhdx
table 1
block 0 $parent 4
block 1 $parent 5
block 3 $parent 6
allow=
for disk in $parent $child; do
	expect 0 "$SHVM" template sign $disk "${keys[@]}" --out x.vsc --force --json
	jq -c '.volumes[0]' out >>volumes
	expect 0 "$SHVM" template verify --require os $disk --catalog x.vsc --ca ca.pem $allow
	allow=--allow-differencing
done
# Who was not told to expect a parent does not trust what depends on it.
expect 3 "$SHVM" template verify --require os $child --catalog x.vsc --ca ca.pem --json
json_is .reason differencing out
has "$parent" out
[ "$(sort -u volumes | wc -l)" = 1 ] || fail "child and parent differ: $(cat volumes)"
cp $child keep.vhdx
expect 1 "$SHVM" template protect $child "${keys[@]}"
has differencing err
has 'merge it with its parent first' err
same $child keep.vhdx
expect 3 "$SHVM" template verify --require os $child --ca ca.pem --allow-differencing --json
json_is .reason no-catalog out
mkdir elsewhere
mv $parent elsewhere/
expect 1 "$SHVM" template verify --require os $child --catalog x.vsc --ca ca.pem
expect 0 "$SHVM" template verify --require os $child --catalog x.vsc --ca ca.pem \
	--allow-differencing --parent elsewhere/$parent
# A link in the parent's place leads out of the folder.
ln -s elsewhere/$parent $parent
for options in '' --no-parent-lookup --parent-anywhere; do
	want=1
	[ "$options" != --parent-anywhere ] || want=0
	# shellcheck disable=SC2086
	{
		expect $want "$SHVM" template sign $child "${keys[@]}" --out link.vsc --force $options
		[ $want = 0 ] || has PARENT_NOT_ALLOWED err
		expect $want "$SHVM" template verify --require os $child --catalog x.vsc --ca ca.pem \
			--allow-differencing $options
		[ $want = 0 ] || has PARENT_NOT_ALLOWED err
		expect $want "$SHVM" disk digest $child --whole $options
	}
done
rm $parent

# The BAT of this one is junk until its log is replayed: then blocks 0 and 2
# lie at 4 and 5 MiB. (The backup GPT is missing; that is a finding only.)
"$B/tests/data/vhdx/mkvhdx" write . dirty-log >/dev/null
disk=dirty-log.vhdx
table 2
block 0 $disk 4
block 2 $disk 5
cp $disk keep.vhdx
expect 0 "$SHVM" template sign $disk "${keys[@]}" --out x.vsc --force
expect 0 "$SHVM" template verify --require os $disk --catalog x.vsc --ca ca.pem
expect 1 "$SHVM" template sign $disk "${keys[@]}" --out y.vsc --no-replay
expect 1 "$SHVM" template unprotect $disk
same $disk keep.vhdx
expect 0 "$SHVM" template protect $disk "${keys[@]}" --json
json_is .log_replayed true out
has 'the log was dirty and was replayed' err
expect 0 "$SHVM" template verify --require os $disk --ca ca.pem --no-replay
expect 0 "$SHVM" template verify --require os $disk --catalog x.vsc --ca ca.pem
expect 0 "$SHVM" template protect $disk "${keys[@]}" --force --json
json_is .log_replayed false out
