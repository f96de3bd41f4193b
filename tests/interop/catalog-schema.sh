# The RELAX NG schema in docs/ and our decoder say yes and no to the same.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

need xmllint openssl
schema=$ROOT/docs/volume-signature-catalog.rng
new_ca ca
new_signer signer ca
valid() { xmllint --nonet --noout --relaxng "$schema" "$1" 2>xmllint.err; }
# Is the XML, signed by openssl, a catalog for us?
decodes()
{
	openssl cms -sign -binary -nodetach -cades -in "$1" -outform DER -out o.vsc \
		-signer signer.pem -inkey signer.key
	"$SHVM" template show o.vsc >show.out 2>show.err
}

windows_disk w.vhdx w.raw
linux_disk l.vhdx
# Bytes in a gap, for a region.
printf x | dd of=w.raw bs=1 seek=40000 conv=notrunc status=none
qemu-img convert -O vhdx -o block_size=1M w.raw w.vhdx
for row in "w" "w --algorithm sha512" "w --block-size 1M" "l --type preprocessed-linux" \
	"wo --cover os" "lo --type preprocessed-linux --cover os"; do
	read -ra words <<<"$row"
	[ -e "${words[0]}.vhdx" ] || ln -s "${words[0]:0:1}.vhdx" "${words[0]}.vhdx"
	expect 0 "$SHVM" template sign "${words[0]}.vhdx" --template-name 'Größe & <Name> "x"' \
		--template-version 65535.9999.0.10000 --signing-cert signer.pem --signing-key signer.key \
		--out x.vsc --force "${words[@]:1}"
	openssl cms -verify -binary -inform DER -in x.vsc -CAfile ca.pem -purpose any \
		-out "${words[0]}.xml" 2>/dev/null
	valid "${words[0]}.xml" || fail "$row: $(cat xmllint.err)"
done
grep -q '<Region Offset="17408"' w.xml || fail "no region: $(cat w.xml)"

# both_refuse FILE SED-EXPRESSION
both_refuse()
{
	sed -E "$2" "$1" >bad.xml
	! cmp -s "$1" bad.xml || fail "changes nothing: $2"
	! valid bad.xml || fail "the schema takes: $2"
	! decodes bad.xml || fail "the decoder takes: $2"
}
decodes w.xml || fail "$(cat show.err)"
while read -r expression; do
	both_refuse w.xml "$expression"
done <<'END'
s/Name="[^"]*"/Name=""/
s/ Name="[^"]*"//
s/Name="/Name="\&#9;/
s/Name="/Name="\&#x7f;/
s/Name="/Name="\&#x85;/
s/Version="65535/Version="65536/
s/Version="65535/Version="065535/
s/Version="65535\./Version="/
s/Version="65535/Version="1.65535/
s/MicrosoftWindows/Windows/
s/MicrosoftWindows/PreprocessedLinux/
s/Disk Guid="../Disk Guid="/
s/Disk Guid="[0-9a-f]/Disk Guid="A/
s/Disk Guid="/Disk Guid="{/
s/(Disk .*)Size="5/\1Size="05/
s/(Disk .*)Size="5/\1Size="-5/
s/(Disk .*) Size="[0-9]*"/\1 Size="0"/
s/SectorSize="512"/SectorSize="1024"/
s/Role="OS"/Role="Boot"/
s/Role="OS"/Role="Data"/
s/Role="ESP"/Role="OS"/
s/Role="Reserved"/Role="MSR"/
s/Coverage="disk"/Coverage="os"/
s/Coverage="disk"/Coverage="all"/
s/ Coverage="disk"//
/<Table/d
s/<Table /<Table More="1" /
s/FirstUsable="34"/FirstUsable="034"/
s/FirstUsable="34"/FirstUsable="0"/
s/Entries="128"/Entries="0"/
s/Entries="128"/Entries="1025"/
s/Number="3"/Number="0"/
s/Number="3"/Number="03"/
s/Number="3"/Number="1025"/
s/ Number="3"//
s/Attributes="0/Attributes="/
s/Attributes="0/Attributes="g/
s/Attributes="0/Attributes="A/
s/(Type.*) Name="Basic/\1 Name="\&#9;Basic/
s/(Type.*) Name="Basic/\1 Name="0123456789012345678901234567890123456/
s/(Type.*) Name="[^"]*"/\1/
s/Region Offset="0"/Region Offset="512"/
s/Region Offset="0" Size="512"/Region Offset="0" Size="1024"/
s/Region Offset="17408"/Region Offset="017408"/
s/<Region /<Region More="1" /
s/<\/Region>/<More\/><\/Region>/
s/Role="OS"/Role="os"/
s/Role="OS"//
s/(Volume.*)Offset="[0-9]*"/\1Offset="0"/
s/TypeGuid="ebd0/TypeGuid="EBD0/
s/fs-verity-sha256/sha256/
s/fs-verity-sha256/fs-verity-sha512/
s/BlockSize="[0-9]*"/BlockSize="2048"/
s/BlockSize="[0-9]*"/BlockSize="2097152"/
s/BlockSize="[0-9]*"/BlockSize="5000"/
s/.<\/Digest>/<\/Digest>/
s/.<\/Digest>/A<\/Digest>/
s/<\/Digest>/ <\/Digest>/
s/<Digest /<Digest More="1" /
s/<Template /<Template More="1" /
s/<Disk /<Disk More="1" /
s/<Volume /<Volume More="1" /
s/<VolumeSignatureCatalog /<VolumeSignatureCatalog More="1" /
s/<\/Volume>/<\/Volume><More\/>/
s/<\/Volume>/<More\/><\/Volume>/
s/<\/Volume>/text<\/Volume>/
s/urn:shvm:volume-signature-catalog:2/urn:shvm:volume-signature-catalog:1/
s/VolumeSignatureCatalog/Catalog/g
END
both_refuse wo.xml 's/Coverage="os"/Coverage="disk"/'
both_refuse wo.xml 's/Role="OS"/Role="ESP"/'
both_refuse wo.xml 's/(<.VolumeS)/<Region Offset="0" Size="512"\/>\1/'
both_refuse lo.xml 's/PreprocessedLinux/MicrosoftWindows/'
# What is listed is not what decides: a plain Linux may have both, or no Boot.
sed 's/PreprocessedLinux/Linux/' l.xml >plain.xml
valid plain.xml && decodes plain.xml || fail "plain Linux: $(cat xmllint.err show.err)"
both_refuse l.xml 's/Role="Root"/Role="Boot"/'
both_refuse l.xml 's/Role="Boot"/Role="OS"/'
both_refuse l.xml 's/PreprocessedLinux/MicrosoftWindows/'
