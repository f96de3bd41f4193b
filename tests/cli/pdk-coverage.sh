# What a template's catalog must cover is sealed in the file and judged before
# the disk is read; a pin is the content of one catalog.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need python3
pdk_setup
says_no='the catalog covers only the OS volumes (os), but coverage of the whole disk (disk) is required'

# sign OUT DISK [OPTION...]: the same template, version and signer each time
sign()
{
	local out=$1 disk=$2
	shift 2
	expect 0 "$SHVM" template sign "$disk" --template-name T --template-version 1.0.0.0 \
		--signing-cert signer.pem --signing-key signer.key --out "$out" "$@"
}
sign os.vsc disk.vhdx --cover os
windows_disk os.vhdx
expect 0 "$SHVM" template protect os.vhdx --template-name T --template-version 1.0.0.0 --cover os \
	--signing-cert signer.pem --signing-key signer.key

# A file that every check would refuse is not made.
for from in os.vsc os.vhdx; do
	for require in '' '--require disk'; do
		expect 3 "$SHVM" pdk create n.pdk $owner $fabric $answer --trust $from:Equals $require --signer signer.pem
		has "$from: template \"T\": $says_no" err
		has 'use --require os to accept it' err
		has '[coverage]' err
		[ ! -e n.pdk ] || fail "a file for $from was made"
	done
	expect 3 "$SHVM" pdk create --print-plan $owner $fabric $answer --trust $from:Equals --signer signer.pem
	has "$says_no" err
done
pdk_create m.pdk
cp m.pdk before
expect 3 "$SHVM" pdk edit m.pdk $edit --trust os.vsc:Equals --signer signer.pem --force
has '[coverage]' err
cmp m.pdk before

# Asked for, it is; a catalog of the whole disk is always enough.
expect 0 "$SHVM" pdk create os.pdk $owner $fabric $answer --trust os.vsc:Equals --require os --signer signer.pem
expect 0 "$SHVM" pdk show os.pdk $(key fabric)
grep -q '^ *signed: *at least the OS volumes$' out || fail "$(cat out)"
expect 0 "$SHVM" pdk show os.pdk $(key fabric) --json
json_is '.qualifiers[0].require' os out
json_is '.qualifiers[0].content_sha256' null out
verdict - - os.pdk --catalog os.vsc $(key fabric)
has 'the catalog covers os, os is required' out
verdict - - os.pdk --disk os.vhdx $(key fabric)
json_is .verdict provision out
has 'the rest of the disk is not signed' out
has 'of 50331648 bytes of the disk match the signed digests; the others are not signed' out
verdict - - os.pdk --disk disk.vhdx $(key fabric)
has 'the catalog covers disk, os is required' out
has '50331648 of 50331648 bytes of the disk match the signed digests"' out
hasnt 'not signed' out
expect 0 "$SHVM" pdk show m.pdk $(key fabric)
grep -q '^ *signed: *the whole disk$' out || fail "$(cat out)"

# Where the disk is required: a catalog of the OS, alone, in a disk, without a key,
# and of a disk that was changed: nothing is measured for it.
pdk_create p.pdk --publish-qualifiers
cp os.vhdx bad.vhdx
flip bad.vhdx "$(where 'NTFS    ' bad.vhdx)"
for file in "m.pdk $(key fabric)" "m.pdk $(key owner)" p.pdk "p.pdk $(key fabric)"; do
	for what in '--catalog os.vsc' '--disk os.vhdx' '--disk disk.vhdx --catalog os.vsc' '--disk bad.vhdx'; do
		verdict coverage coverage $file $what
		json_is .text "template \"T\", qualifier 1: $says_no" out
		json_is '[.checks[] | select(.id == "layout" or .id == "digest").outcome] | unique | join(" ")' skipped out
		json_is '.checks[] | select(.id == "template").outcome' passed out
	done
	verdict - - $file --disk disk.vhdx
done
expect 0 "$SHVM" fsk create v.fsk @ComputerName@=vm
expect 3 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --disk os.vhdx --out-dir made
has '[coverage]' err
[ ! -e made ] || fail specialized for a disk that is not signed as a whole
verdict digest-mismatch digest os.pdk --disk bad.vhdx $(key fabric)

# Another signer's is untrusted, not too small.
self_signed fake signer
expect 0 "$SHVM" template sign disk.vhdx --cover os --template-name T --template-version 1.0.0.0 \
	--signing-cert fake.pem --signing-key fake.key --out fake.vsc
verdict untrusted-template template m.pdk --catalog fake.vsc $(key fabric)

# All that is signed is measured, also where the OS would be enough.
cp disk.vhdx esp.vhdx
flip esp.vhdx "$(where mkfs.fat esp.vhdx)"
verdict digest-mismatch digest os.pdk --disk esp.vhdx $(key fabric)
cp os.vhdx esp.vhdx
flip esp.vhdx "$(where mkfs.fat esp.vhdx)"
verdict - - os.pdk --disk esp.vhdx $(key fabric)

# Each difference of the table is named, and nothing is hashed any more.
expect 0 "$SHVM" disk read disk.vhdx --out table.raw
sgdisk -c 1:evil -t 2:0700 table.raw >/dev/null
verdict layout-changed 'layout layout' os.pdk --disk table.raw --catalog t.vsc $(key fabric)
json_is '[.checks[] | select(.outcome == "failed").text | split(":")[0]] | join(", ")' \
	'partition 1 (ESP), partition 2 (Reserved)' out
json_is '.checks[] | select(.id == "digest").outcome' skipped out
verdict - - os.pdk --disk table.raw --catalog os.vsc $(key fabric)

# Different terms in one file: the one that is met counts.
expect 0 "$SHVM" pdk edit m.pdk $edit --trust os.vsc:Equals --require os --signer signer.pem --out both.pdk --json
json_is '.trusted[0].require' os out
expect 0 "$SHVM" pdk show both.pdk $(key fabric) --json
json_is '[.qualifiers[].require] | join(" ")' 'disk os' out
verdict - - both.pdk --catalog os.vsc $(key fabric)
verdict - - both.pdk --catalog t.vsc $(key fabric)

# The owner's signature covers what was published.
swap()
{
	python3 - "$@" <<-'END'
	import sys
	data = open(sys.argv[1], "rb").read()
	old, new = (a.encode() for a in sys.argv[3:])
	assert data.count(old) == 1 and len(old) == len(new)
	open(sys.argv[2], "wb").write(data.replace(old, new))
	END
}
swap p.pdk x.pdk 'Coverage="disk"' 'Coverage="os"  '
verdict bad-owner-signature owner-signature x.pdk --catalog os.vsc
verdict bad-owner-signature owner-signature x.pdk --catalog os.vsc $(key fabric)
swap p.pdk x.pdk 'Coverage="disk"' '               '
verdict bad-pdk pdk x.pdk --catalog os.vsc
has 'no attribute Coverage' out
swap p.pdk x.pdk 'Coverage="disk"' 'Coverage="none"'
verdict bad-pdk pdk x.pdk --catalog os.vsc
has 'is neither disk nor os' out

# A pin is one content. The same again, signed at another time, is the same; a
# catalog of another disk, of less, or with another digest is not.
sign again.vsc disk.vhdx
cmp -s again.vsc t.vsc && fail two signatures are the same
windows_disk other.vhdx
sign other.vsc other.vhdx
sign sha512.vsc disk.vhdx --algorithm sha512
pdk_create pin.pdk --pin-catalog --publish-qualifiers
content=$(openssl cms -verify -inform DER -in t.vsc -CAfile signer.pem -purpose any -binary |
	sha256sum | cut -d ' ' -f 1)
expect 0 "$SHVM" pdk show pin.pdk --json
json_is '.qualifiers[0].content_sha256' "$content" out
expect 0 "$SHVM" pdk show pin.pdk
grep -q "^ *pinned: *to the catalog content with SHA-256 $content\$" out || fail "$(cat out)"
for good in t.vsc again.vsc; do
	verdict - - pin.pdk --catalog $good
	verdict - - pin.pdk --catalog $good --disk disk.vhdx $(key fabric)
	has 'pinned to this catalog' out
done
for bad in other.vsc sha512.vsc os.vsc; do
	for with in '' "$(key fabric)"; do
		verdict untrusted-template template pin.pdk --catalog $bad $with
		has "catalog is not the pinned one (SHA-256 $content)" out
	done
	[ $bad = os.vsc ] || verdict - - m.pdk --catalog $bad $(key fabric)
done
swap pin.pdk x.pdk "$content" "$(printf %064d 0)"
verdict bad-owner-signature owner-signature x.pdk --catalog t.vsc

# Usage: terms of no template, and words that are none.
for option in '--require os' '--require disk' --pin-catalog; do
	expect 2 "$SHVM" pdk edit m.pdk $edit $option --out n.pdk
	has "${option% *} requires --trust" err
	expect 2 "$SHVM" pdk create n.pdk $owner --existing-vm $option
	has "${option% *} requires --trust" err
done
for word in '' Disk none disk,os; do
	expect 2 "$SHVM" pdk create n.pdk $owner $trust $answer --require "$word"
done
for value in '"Disk"' true '""' null; do
	jq -n "{schema: 2, owner: \"owner.xml\", owner_signing_key: \"owner-signing.pfx\",
		templates: [{path: \"t.vsc\", rule: \"Equals\"}], require: $value}" >bad.json
	expect 2 "$SHVM" pdk create n.pdk --spec bad.json
	has require err
done
[ ! -e n.pdk ] || fail a file was made
jq -n '{schema: 2, owner: "owner.xml", owner_signing_key: "owner-signing.pfx",
	owner_signing_key_pass_file: "pass", signers: ["signer.pem"], require: "os", pin_catalog: true,
	templates: [{path: "os.vsc", rule: "Equals"}], answer_file: "unattend.xml"}' >good.json
expect 0 "$SHVM" pdk create spec.pdk --spec good.json
verdict - - spec.pdk --catalog os.vsc $(key owner)
verdict untrusted-template template spec.pdk --catalog t.vsc $(key owner)
