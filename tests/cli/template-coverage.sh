# What a catalog covers and what not: sign, protect, show and verify say it in
# bytes and by partition, in text and in JSON.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq

windows_disk d.vhdx
new_ca ca
new_signer signer ca
sign=(--template-name T --template-version 1.0.0.0 --signing-cert signer.pem
	--signing-key signer.key)
all=$((48 << 20)) os=$((26 << 20))

# covered COVERAGE BYTES: of the JSON in out, and the rest of the disk is not
covered()
{
	json_is .disk.coverage "$1" out
	json_is .bytes_covered "$2" out
	json_is .bytes_uncovered $((all - $2)) out
}
# The whole disk unless it is asked otherwise.
expect 0 "$SHVM" template sign d.vhdx "${sign[@]}" --out default.vsc --json
covered disk $all
expect 0 "$SHVM" template sign d.vhdx "${sign[@]}" --cover disk --out d.vsc --json
covered disk $all
json_is '[.volumes[] | "\(.number) \(.role)"] | join(", ")' '1 ESP, 2 Reserved, 3 OS' out
json_is '[.regions[].offset] | join(" ")' 0 out
expect 0 "$SHVM" template sign d.vhdx "${sign[@]}" --cover os --out o.vsc --json
covered os $os
json_is '[.volumes[] | "\(.number) \(.role)"] | join(", ")' '3 OS' out
json_is .regions '[]' out
expect 0 "$SHVM" template show o.vsc
has "os: $os bytes are signed, $((all - os)) are not" out
expect 0 "$SHVM" template show d.vsc
has "disk: $all bytes are signed, 0 are not" out
for word in DISK volume ''; do
	expect 2 "$SHVM" template sign d.vhdx "${sign[@]}" --cover "$word" --out x.vsc
	has "--cover" err
	expect 2 "$SHVM" template verify d.vhdx --catalog o.vsc --ca ca.pem --require "$word"
	has "--require" err
done
[ ! -e x.vsc ] || fail "x.vsc was written"

# verified EXIT BYTES PARTITIONS OPTIONS...: what of the disk is as it was
# signed, and which partitions are not known to be
verified()
{
	local code=$1 bytes=$2 partitions=$3 n
	shift 3
	expect "$code" "$SHVM" template verify "$@" --ca ca.pem --json
	json_is .bytes_covered "$bytes" out
	json_is .bytes_uncovered $((all - bytes)) out
	json_is '[.partitions_uncovered[].number] | join(" ")' "$partitions" out
	expect "$code" "$SHVM" template verify "$@" --ca ca.pem
	has "$bytes bytes match the signed digests, $((all - bytes)) bytes do not or were not checked" out
	for n in 1 2 3; do
		case " $partitions " in
		*" $n "*) has "partition $n (" out ;;
		*) ! grep -q "^not covered: *partition $n (" out ||
			fail "partition $n is not covered" ;;
		esac
	done
}
verified 0 $all '' d.vhdx --catalog d.vsc
! grep -q '^not covered' out || fail "of a whole disk: $(cat out)"
grep -qx 'verdict: *trusted' out || fail "verdict: $(tail -n 1 out)"
verified 0 $all '' d.vhdx --catalog d.vsc --require os
verified 0 $os '1 2' d.vhdx --catalog o.vsc --require os
has 'not covered:        partition 1 (EFI system), 4194304 bytes at 1048576' out
has "trusted: only the OS volumes are signed; $((all - os)) other bytes of the disk were not checked" out
verified 3 0 '1 2 3' d.vhdx --catalog o.vsc
has 'rejected, coverage' out
has 'the catalog covers only the OS volumes (os), but coverage of the whole disk (disk) is required' out
: >bad.vsc
verified 3 0 '1 2 3' d.vhdx --catalog bad.vsc
verified 3 0 '1 2 3' d.vhdx # no catalog

# A difference ends it: of what comes after it only the table was compared.
qemu-img convert -O raw d.vhdx t.raw
flip t.raw $(((5 << 20) + 4096))
verified 3 $(((5 << 20) + 33 * 512)) '2 3' t.raw --catalog d.vsc
has 'rejected, digest-mismatch' out

# In the disk itself, too.
expect 0 "$SHVM" template protect d.vhdx "${sign[@]}" --cover os --json
covered os $os
verified 3 0 '1 2 3' d.vhdx
verified 0 $os '1 2' d.vhdx --require os
expect 0 "$SHVM" template protect d.vhdx "${sign[@]}" --force --json
covered disk $all
verified 0 $all '' d.vhdx
expect 0 "$SHVM" disk info d.vhdx --json
json_is .catalog.bytes_covered $all out
