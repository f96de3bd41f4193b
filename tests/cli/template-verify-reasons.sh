# Each reason of a verification that says no, and their order.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

windows_disk d.vhdx d.raw
new_ca ca
new_ca stranger
new_signer signer ca
expect 0 "$SHVM" template protect d.vhdx --template-name n --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --out x.vsc

# rejected REASON DISK OPTIONS...
rejected()
{
	local reason=$1
	shift
	expect 3 "$SHVM" template verify --json "$@"
	json_is .verdict rejected out
	json_is .reason "$reason" out
	[ "$(jq -r .text out)" != "" ] || fail "$reason without a text"
}

rejected no-catalog d.raw --ca ca.pem
: >empty.vsc
rejected bad-catalog d.vhdx --catalog empty.vsc --ca ca.pem
head -c 100 x.vsc >cut.vsc
rejected bad-catalog d.vhdx --catalog cut.vsc --ca ca.pem
head -c 2000000 /dev/zero >large.vsc
rejected bad-catalog d.vhdx --catalog large.vsc --ca ca.pem
cat x.vsc x.vsc >twice.vsc
rejected bad-catalog d.vhdx --catalog twice.vsc --ca ca.pem

# Signed well, but with content of another kind.
for content in '<a/>' 'not XML' '<!DOCTYPE a><a/>'; do
	echo "$content" >content
	openssl cms -sign -binary -nodetach -cades -nosmimecap -in content \
		-outform DER -out other.vsc -signer signer.pem -inkey signer.key
	rejected bad-catalog d.vhdx --catalog other.vsc --ca ca.pem
done

cp x.vsc changed.vsc
flip changed.vsc "$(where 'Version="1.0.0.0"' x.vsc)" # "Version" becomes "Wersion"
rejected bad-signature d.vhdx --catalog changed.vsc --ca ca.pem # not parsed
expect 3 "$SHVM" template show changed.vsc
cp x.vsc changed.vsc
flip changed.vsc $(($(where 'Name="n' x.vsc) + 6)) # n becomes o
rejected bad-signature d.vhdx --catalog changed.vsc --signer signer.pem

rejected untrusted-signer d.vhdx --ca stranger.pem
rejected untrusted-signer d.vhdx --signer ca.pem
# What an untrusted catalog costs is little: the digests of gaps' zeros wait.
json_is '[.parts[] | select(.part == "gap") | .expected] | length > 0 and all(. == null)' true out
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem --json
json_is '[.parts[] | select(.part == "gap") | .expected == .actual] | all' true out
expect 0 "$SHVM" template verify d.vhdx --signer stranger.pem --signer signer.pem
expect 0 "$SHVM" template verify d.vhdx --ca stranger.pem --ca ca.pem
expect 0 "$SHVM" template verify d.vhdx --signer stranger.pem --ca ca.pem
rejected untrusted-signer d.vhdx --ca ca.pem --eku 1.2.3.4
expect 2 "$SHVM" template verify d.vhdx --ca ca.pem --eku code
rejected certificate-expired d.vhdx --ca ca.pem --at 2040-01-01
rejected certificate-expired d.vhdx --signer signer.pem --at @1000000000
rejected untrusted-signer d.vhdx --ca stranger.pem --at 2040-01-01

# The same catalog, another table: renamed, moved, resized, gone.
cp d.raw t.raw
sgdisk -u 3:R t.raw >/dev/null
rejected layout-changed t.raw --catalog x.vsc --ca ca.pem
cp d.raw t.raw
sgdisk -U R t.raw >/dev/null
rejected layout-changed t.raw --catalog x.vsc --ca ca.pem
cp d.raw t.raw
sgdisk -t 3:8300 t.raw >/dev/null
rejected layout-changed t.raw --catalog x.vsc --ca ca.pem
cp d.raw t.raw
guid=$(sgdisk -i 3 t.raw | sed -n 's/Partition unique GUID: //p')
first=$(sgdisk -i 3 t.raw | sed -n 's/First sector: \([0-9]*\).*/\1/p')
sgdisk -d 3 -n "3:$first:+8M" -t 3:0700 -u "3:$guid" t.raw >/dev/null
rejected layout-changed t.raw --catalog x.vsc --ca ca.pem
sgdisk -d 3 t.raw >/dev/null
rejected layout-changed t.raw --catalog x.vsc --ca ca.pem
sgdisk -Z t.raw >/dev/null
rejected layout-changed t.raw --catalog x.vsc --ca ca.pem

# A larger disk with all volumes in their places is another disk; where only
# the OS volume is signed it is not.
cp d.raw t.raw
truncate -s 64M t.raw
sgdisk -e t.raw >/dev/null
rejected layout-changed t.raw --catalog x.vsc --ca ca.pem
json_is '.text | startswith("disk: 67108864 bytes, the catalog has 50331648")' true out
expect 0 "$SHVM" template sign d.raw --cover os --template-name n --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --out os.vsc --ignore not-vhdx
expect 0 "$SHVM" template verify t.raw --catalog os.vsc --ca ca.pem --require os
# One that ends within the OS volume is not even that, and LBA 0 says whether
# there is a GPT.
cp d.raw t.raw
truncate -s 40M t.raw
rejected layout-changed t.raw --catalog os.vsc --ca ca.pem --require os
json_is '.text | startswith("partition 3 (OS): ") and endswith("but the disk ends at 41943040")' true out
cp d.raw t.raw
printf '\x83' | dd of=t.raw bs=1 seek=450 conv=notrunc status=none
rejected layout-changed t.raw --catalog x.vsc --ca ca.pem
json_is '.text | startswith("LBA 0: ")' true out
# Before anything of the disk is looked at.
rejected coverage t.raw --catalog os.vsc --ca ca.pem
json_is '[.checks[] | .id + " " + .outcome] | join(", ")' \
	'catalog passed, signer passed, coverage failed, layout skipped, digest skipped' out
