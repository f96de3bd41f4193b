# Each option of answer windows and answer linux, the element that it makes,
# and the one that is not there without it: New-ShieldingDataAnswerFile's
# parameters one by one.
. "$ROOT/tests/cli/lib.sh"
need xmllint openssl base64 python3
umask 077
echo 'P@ss w0rd' >pw
echo 'join<&>me' >join

# is FILE VALUE PATH: PATH is names of elements, /-separated; X[n] the n-th of them
is()
{
	local path='' part got
	for part in ${3//\// }; do
		path="$path//*[local-name()='${part%%\[*}']"
		[ "$part" = "${part%%\[*}" ] || path="($path)[${part##*\[}"
	done
	got=$(xmllint --xpath "string($path)" "$1")
	[ "$got" = "$2" ] || fail "$1: $3 is '$got', not '$2'"
}
# no FILE NAME...: there are no such elements, nor components
no()
{
	local file=$1 name
	shift
	for name in "$@"; do
		[ "$(xmllint --xpath "count(//*[local-name()='$name' or @name='$name'])" "$file")" = 0 ] ||
			fail "$file has $name"
	done
}
# windows FILE OPTION..., linux FILE OPTION...: made, of the schema, keys in $TMP/keys
windows()
{
	expect 0 "$SHVM" answer windows "$@" --admin-password pw --force --json
	jq -r '.keys | sort | join(" ")' "$TMP/out" >keys
	xmllint --noout --relaxng "$ROOT/docs/unattend.rng" "$1" 2>"$TMP/err" || fail "schema: $1"
}
linux()
{
	expect 0 "$SHVM" answer linux "$@" --force --json
	jq -r '.keys | sort | join(" ")' "$TMP/out" >keys
	xmllint --noout --relaxng "$ROOT/docs/linux-specialization.rng" "$1" 2>"$TMP/err" ||
		fail "schema: $1"
}
# keys KEY...: exactly these, in order
keys()
{
	[ "$(cat keys)" = "$*" ] || fail "keys are '$(cat keys)', not '$*'"
}

# Nothing but -AdminCredentials: the built-in account, DHCP, no domain, en-US.
windows a.xml
keys @ComputerName@
is a.xml @ComputerName@ ComputerName
# base64 of UTF-16LE of "P@ss w0rdAdministratorPassword"
is a.xml "$(printf 'P@ss w0rdAdministratorPassword' | iconv -t UTF-16LE | base64 -w 0)" AdministratorPassword/Value
is a.xml false AdministratorPassword/PlainText
is a.xml false fDenyTSConnections
is a.xml @FirewallAPI.dll,-28752 FirewallGroup/Group
is a.xml 1 UserAuthentication
for name in InputLocale SystemLocale UILanguage UserLocale; do
	is a.xml en-US "$name"
done
no a.xml LocalAccounts ProductKey TimeZone Identification Microsoft-Windows-UnattendedJoin \
	Microsoft-Windows-TCPIP Microsoft-Windows-DNS-Client
# The last command powers off, the one before removes copies.
commands=$(xmllint --xpath "count(//*[local-name()='RunSynchronousCommand'])" a.xml)
[ "$commands" = 4 ] || fail "$commands commands"
for n in 1 2 3 4; do
	is a.xml $n "RunSynchronousCommand[$n]/Order"
done
xmllint --xpath "string((//*[local-name()='Path'])[4])" a.xml >last
has 'echo shutdown.exe /s' last
xmllint --xpath "string((//*[local-name()='Path'])[3])" a.xml >last
has 'Panther\unattend.xml' last

# -AdminCredentials with another name: a local account in Administrators.
windows b.xml --admin-name tenant
is b.xml tenant LocalAccount/Name
is b.xml Administrators LocalAccount/Group
is b.xml "$(printf 'P@ss w0rdPassword' | iconv -t UTF-16LE | base64 -w 0)" LocalAccount/Password/Value
no b.xml AdministratorPassword
windows b.xml --admin-name administrator
is b.xml false AdministratorPassword/PlainText
no b.xml LocalAccounts

# -DomainName, -DomainJoinCredentials: the user with no domain, and both forms of one.
domain='--domain corp.example --domain-pass-file join'
windows c.xml $domain --domain-user joiner
is c.xml corp.example JoinDomain
is c.xml corp.example Credentials/Domain
is c.xml joiner Credentials/Username
is c.xml 'join<&>me' Credentials/Password
no c.xml MachineObjectOU
windows c.xml $domain --domain-user 'ADM\joiner' --domain-ou OU=vm,DC=corp,DC=example
is c.xml corp.example JoinDomain
is c.xml ADM Credentials/Domain
is c.xml joiner Credentials/Username
is c.xml OU=vm,DC=corp,DC=example MachineObjectOU
windows c.xml $domain --domain-user a@b@adm.example
is c.xml adm.example Credentials/Domain
is c.xml a@b Credentials/Username
keys @ComputerName@
for user in 'ADM\' '\joiner' @adm.example joiner@; do
	expect 2 "$SHVM" answer windows x.xml --admin-password pw $domain --domain-user "$user"
	has 'is not USER, DOMAIN\USER or USER@DOMAIN' "$TMP/err"
done

# -ProductKeyRequired; the time zone is ours.
windows d.xml --product-key --time-zone 'W. Europe Standard Time'
is d.xml @ProductKey@ ProductKey
is d.xml 'W. Europe Standard Time' TimeZone
keys @ComputerName@ @ProductKey@
windows d.xml --time-zone @TimeZone@
keys @ComputerName@ @TimeZone@

# -Locale.
windows e.xml --locale sr-Latn-RS
for name in InputLocale SystemLocale UILanguage UserLocale; do
	is e.xml sr-Latn-RS "$name"
done

# -RDPCertificatePath, -RDPCertificatePassword, -ConfigurationScript: files
# beside the answer, and their commands before the last two, in this order.
openssl req -x509 -newkey rsa:2048 -nodes -keyout rdp.key -out rdp.pem \
	-subj /CN=rdp -addext extendedKeyUsage=serverAuth 2>/dev/null
echo 'pfx pass' >pfxpass
openssl pkcs12 -export -inkey rdp.key -in rdp.pem -out rdp.pfx -passout file:pfxpass
echo 1 >one.ps1
echo 2 >two.bat
mkdir more
windows f.xml --rdp-cert rdp.pfx --rdp-cert-pass-file pfxpass --script one.ps1 --script two.bat --files more
[ "$(ls more | tr '\n' ' ')" = 'RDPCertificate.pfx RDPCertificateConfig.ps1 one.ps1 two.bat ' ] ||
	fail "files: $(ls more)"
cmp rdp.pfx more/RDPCertificate.pfx
has "$(printf 'pfx pass' | iconv -t UTF-16LE | base64 -w 0)" more/RDPCertificateConfig.ps1
has 'Cert:\LocalMachine\My' more/RDPCertificateConfig.ps1
has SSLCertificateSHA1Hash more/RDPCertificateConfig.ps1
has Remove-Item more/RDPCertificateConfig.ps1
# What Windows up to 2016 exports, and reads, is as good; what is wrong is said.
if openssl pkcs12 -export -legacy -inkey rdp.key -in rdp.pem -out old.pfx \
	-passout file:pfxpass 2>err; then
	windows old.xml --rdp-cert old.pfx --rdp-cert-pass-file pfxpass --files more
	cmp old.pfx more/RDPCertificate.pfx
	hasnt "old Windows versions" err
fi
echo wrong >wrong
for file in rdp.pfx old.pfx; do
	[ -e $file ] || continue
	expect 1 "$SHVM" answer windows x.xml --admin-password pw --rdp-cert $file \
		--rdp-cert-pass-file wrong
	has "$file: the passphrase is wrong [rdp-certificate]" err
done
openssl pkcs12 -export -nomac -inkey rdp.key -in rdp.pem -out plain.pfx -passout file:pfxpass
# The PRF of its key derivation becomes one that there is none of.
python3 - <<'END'
data = open("plain.pfx", "rb").read()
sha256 = bytes.fromhex("06082a864886f70d0209")
assert sha256 in data
open("prf.pfx", "wb").write(data.replace(sha256, sha256[:-1] + b"\x63"))
END
for file in 'prf.pfx: the encryption is not supported by this OpenSSL' \
	'plain.pfx: the PKCS#12 file has no MAC'; do
	expect 1 "$SHVM" answer windows x.xml --admin-password pw \
		--rdp-cert ${file%%:*} --rdp-cert-pass-file pfxpass
	has "$file" err
done
n=3
for want in 'powershell.exe .*temp\\RDPCertificateConfig\.ps1 ' 'powershell.exe .*temp\\one\.ps1 ' \
	'call .*temp\\two\.bat ' 'del /s' 'shutdown\.exe'; do
	xmllint --xpath "string((//*[local-name()='Path'])[$n])" f.xml >path
	grep -q "$want" path || fail "command $n: $(cat path)"
	n=$((n + 1))
done

# -StaticIPPool: which of the parts are there, and the keys the fabric supplies.
windows g.xml --static-ip All
keys @ComputerName@ @DnsAddr-1-1@ @IP4Addr-1@ @IP6Addr-1@ @MACAddr-1@ @NextHop-1-1@ @Prefix-1-1@
is g.xml false Ipv4Settings/DhcpEnabled
is g.xml false Ipv4Settings/RouterDiscoveryEnabled
is g.xml false Ipv6Settings/DhcpEnabled
is g.xml true Ipv6Settings/RouterDiscoveryEnabled
is g.xml @IP4Addr-1@ 'UnicastIpAddresses/IpAddress[1]'
is g.xml @IP6Addr-1@ 'UnicastIpAddresses/IpAddress[2]'
is g.xml @Prefix-1-1@ Route/Prefix
is g.xml @NextHop-1-1@ Route/NextHopAddress
is g.xml @DnsAddr-1-1@ DNSServerSearchOrder/IpAddress
windows g.xml --static-ip IPv4Address
keys @ComputerName@ @DnsAddr-1-1@ @IP4Addr-1@ @MACAddr-1@ @NextHop-1-1@ @Prefix-1-1@
no g.xml Ipv6Settings
windows g.xml --static-ip IPv6Address
keys @ComputerName@ @DnsAddr-1-1@ @IP6Addr-1@ @MACAddr-1@ @NextHop-1-1@ @Prefix-1-1@
no g.xml Ipv4Settings
windows g.xml --static-ip DnsServerOnly
keys @ComputerName@ @DnsAddr-1-1@ @MACAddr-1@
no g.xml Microsoft-Windows-TCPIP
windows g.xml --static-ip None
keys @ComputerName@
windows g.xml --static-ip IPv4Address --adapters 2
is g.xml @MACAddr-2@ 'Interface[2]/Identifier'
is g.xml @NextHop-2-1@ 'Interface[2]/NextHopAddress'

# -RootPassword, -RootSshKey: a file, or the key itself.
key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIDb42XVYh0Yd64xHyf19/+kQVBq2tV5RSTZbL1bLu2e'
echo "$key me@home" >id.pub
linux l.xml --root-password pw
keys @ComputerName@
is l.xml 1.00-0 SchemaVersion
is l.xml @ComputerName@ HostName
is l.xml root UserName
is l.xml "$(printf 'P@ss w0rd' | base64)" Password
no l.xml SSHKey VNetAdapters
linux l.xml --root-password pw --ssh-key id.pub
is l.xml "$key me@home" SSHKey
{ printf '\377\376'; sed 's/$/\r/' id.pub | iconv -t UTF-16LE; } >id16.pub
{ printf '\357\273\277'; cat id.pub; } >id8.pub
for f in id16.pub id8.pub; do
	linux l.xml --ssh-key $f
	is l.xml "$key me@home" SSHKey
done
linux l.xml --ssh-key "$key"
is l.xml "$key" SSHKey
no l.xml Password
linux l.xml --ssh-key id.pub --static-ip All
keys @ComputerName@ @DnsAddr-1-1@ @IP4Addr-1@ @IP6Addr-1@ @MACAddr-1@ @NextHop-1-1@
is l.xml @MACAddr-1@ VNetAdapter/MACAddress
is l.xml @IP4Addr-1@ IPV4Property/StaticIP/Address
is l.xml STATIC IPV4Property/StaticIP/AddressType
is l.xml @IP6Addr-1@ IPV6Property/StaticIP/Address
is l.xml @DnsAddr-1-1@ NameServers/NameServer
is l.xml @NextHop-1-1@ Gateways/Gateway/Address
linux l.xml --ssh-key id.pub --static-ip IPv4Address
no l.xml IPV6Property
linux l.xml --ssh-key id.pub --static-ip IPv6Address
no l.xml IPV4Property
linux l.xml --ssh-key id.pub --static-ip DnsServerOnly
keys @ComputerName@ @DnsAddr-1-1@ @MACAddr-1@
no l.xml IPV4Property IPV6Property Gateways

# -Force: an existing file stays without it; the name ends in .xml.
expect 2 "$SHVM" answer linux l.xml --root-password pw
has 'l.xml: already exists' "$TMP/err"
expect 2 "$SHVM" answer linux l.txt --root-password pw
has 'must end in .xml' "$TMP/err"
expect 1 "$SHVM" answer linux none/l.xml --root-password pw
has 'none/l.xml' "$TMP/err"
