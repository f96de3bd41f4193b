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

windows_disk w.vhdx
linux_disk l.vhdx
for row in "w" "w --algorithm sha512" "w --block-size 1M" "l --type linux"; do
	read -ra words <<<"$row"
	expect 0 "$SHVM" template sign "${words[0]}.vhdx" --template-name 'Größe & <Name> "x"' \
		--template-version 65535.9999.0.10000 --signing-cert signer.pem --signing-key signer.key \
		--out x.vsc --force "${words[@]:1}"
	openssl cms -verify -binary -inform DER -in x.vsc -CAfile ca.pem -purpose any \
		-out "${words[0]}.xml" 2>/dev/null
	valid "${words[0]}.xml" || fail "$row: $(cat xmllint.err)"
done

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
s/Role="OS"/Role="os"/
s/Role="OS"//
s/Offset="[0-9]*"/Offset="0"/
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
s/urn:shvm:volume-signature-catalog:1/urn:shvm:volume-signature-catalog:2/
s/VolumeSignatureCatalog/Catalog/g
END
both_refuse l.xml 's/Role="Root"/Role="Boot"/'
both_refuse l.xml 's/Role="Boot"/Role="OS"/'
both_refuse l.xml 's/PreprocessedLinux/MicrosoftWindows/'
