# pdk specialize --format cloud-init: the seed of NoCloud from user-data and from
# a LinuxOSSpecialization, judged by cloud-init itself: its schema, two boots of its
# own code (the second without the seed), and its network renderers.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need cloud-init /usr/bin/python3 jq strace
/usr/bin/python3 -c 'import cloudinit' 2>/dev/null || skip cloud-init is not for /usr/bin/python3
py="/usr/bin/python3 $ROOT/tests/fixtures/cloud-init-boots.py"
pdk_setup
linux="$owner $fabric $trust"
ssh='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIDb42XVYh0Yd64xHyf19/+kQVBq2tV5RSTZbL1bLu2e a "b" \c @home'

# seed PDK DIR OPTION...: written, four files, and the schema is content
seed()
{
	local pdk=$1 dir=$2
	shift 2
	rm -rf "$dir" "$dir.state"
	expect 0 "$SHVM" pdk specialize "$pdk" $(key fabric) --format cloud-init --out-dir "$dir" --json "$@"
	[ "$(stat -c %a "$dir" "$dir"/* | sort -u | tr '\n' ' ')" = '600 700 ' ] || fail modes of "$dir"
	for part in user-data vendor-data; do
		cloud-init schema --config-file "$dir/$part" >schema 2>&1 || fail "$part: $(cat schema)"
		grep -q "Valid cloud-config: $dir/$part" schema || fail "$part: $(cat schema)"
	done
	$py boots "$PWD/$dir" "$PWD/$dir.state" >"$dir.boots" 2>boots.err || fail "boots: $(cat boots.err)"
}

# --- user-data: byte for byte, with the values; ours wins nowhere ---
printf '#cloud-config\n# kept  \nhostname:   "@ComputerName@"\nruncmd:\n- [echo, hunter2]\nmanage_etc_hosts: true\n' >user-data
sed 's/@ComputerName@/web1/' user-data >want
expect 0 "$SHVM" pdk create u.pdk $linux --answer-file user-data --file extra=pass
expect 0 "$SHVM" fsk create name.fsk @ComputerName@=web1
seed u.pdk u --fsk name.fsk --instance-id vm-1
same want u/user-data
same pass u/extra
[ "$(ls u | tr '\n' ' ')" = 'extra meta-data network-config user-data vendor-data ' ] || fail "$(ls u)"
printf 'instance-id: "vm-1"\nlocal-hostname: "web1"\n' | cmp - u/meta-data
json_is '[.instance_id, .second, .hostname] | join(" ")' 'vm-1 vm-1 web1' u.boots
json_is .marker true u.boots
json_is .config.power_state.mode poweroff u.boots
json_is .config.power_state.condition true u.boots
json_is '.config.runcmd | tostring' '[["echo","hunter2"]]' u.boots
# No adapter is named: what cloud-init does by itself is DHCP on the first card.
json_is .network fallback u.boots
# Without our part the machine would not know itself without the seed.
cp -r u none
: >none/vendor-data
$py boots "$PWD/none" "$PWD/none.state" >out 2>err && fail the second boot found a data source
has DataSourceNotFoundException err

# The instance id is another one each time.
seed u.pdk r1 --fsk name.fsk
seed u.pdk r2 --fsk name.fsk
id='^instance-id: "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"$'
grep -qE "$id" r1/meta-data || fail "$(cat r1/meta-data)"
cmp -s r1/meta-data r2/meta-data && fail the same instance id twice
for id in '' 'a b' 'a/../b' "$(printf 'x%.0s' {1..65})"; do
	expect 2 "$SHVM" pdk specialize u.pdk $(key fabric) --fsk name.fsk --format cloud-init --out-dir x --instance-id "$id"
	[ ! -e x ] || fail a folder
done

# --- addresses from the fabric, in the words of three renderers ---
expect 0 "$SHVM" fsk create net.fsk @ComputerName@=web1 @MACAddr-1@=00-15-5D-0A-0B-0C @IP4Addr-1@=192.0.2.5/24 \
	@IP6Addr-1@=2001:db8::5/64 @NextHop-1-1@=192.0.2.1 @NextHop-1-2@=2001:db8::1 \
	@NextHop-1-3@=192.0.2.2 @Prefix-1-3@=198.51.100.0/24 @DnsAddr-1-1@=192.0.2.53 @DnsAddr-1-2@=2001:db8::53 \
	@MACAddr-3@=00155d0a0b0d @Other@=x
seed u.pdk n --fsk net.fsk
json_is .network ds n.boots
$py network n/network-config net >net.json 2>err || fail "$(cat err)"
json_is .version 2 net.json
json_is '.ethernets | keys | join(" ")' 'net1 net3' net.json
json_is .ethernets.net3.dhcp4 true net.json
json_is '.ethernets.net3.match.macaddress' 00:15:5d:0a:0b:0d net.json
find net -type f -exec cat {} + >rendered
for words in 'address 192.0.2.5/24' 'iface net1 inet6 static' 'iface net3 inet dhcp' \
	'Gateway=192.0.2.1' 'Gateway=2001:db8::1' 'Destination=198.51.100.0/24' 'Address=2001:db8::5/64' \
	'gateway6: 2001:db8::1' 'macaddress: 00:15:5d:0a:0b:0c' 'DNS=192.0.2.53 2001:db8::53'; do
	has "$words" rendered
done

# refused WORDS PAIR...: the fabric's values cannot be a network
refused()
{
	local words=$1
	shift
	rm -f bad.fsk
	expect 0 "$SHVM" fsk create bad.fsk @ComputerName@=web1 "$@"
	expect 3 "$SHVM" pdk specialize u.pdk $(key fabric) --fsk bad.fsk --format cloud-init --out-dir x
	one_line err
	has "$words" err
	has '[value-refused]' err
	[ ! -e x ] || fail a folder
}
mac=@MACAddr-1@=00:15:5d:0a:0b:0c
refused 'fabric data: @IP4Addr-1@: "192.0.2.5" has no prefix length' $mac @IP4Addr-1@=192.0.2.5
refused 'network adapter 1 has no MAC address' @IP4Addr-1@=192.0.2.5/24
refused 'fabric data: @MACAddr-2@: "00:15:5d" is not a MAC address' @MACAddr-2@=00:15:5d
refused '"0-0155d0a0b0c-0d" is not a MAC address' @MACAddr-1@=0-0155d0a0b0c-0d
refused '"192.0.2.1/24" has a prefix length' $mac @IP4Addr-1@=192.0.2.5/24 @NextHop-1-1@=192.0.2.1/24
refused 'gateway 2001:db8::1 and no address of its family' $mac @IP4Addr-1@=192.0.2.5/24 @NextHop-1-1@=2001:db8::1
refused 'is a second gateway' $mac @IP4Addr-1@=192.0.2.5/24 @NextHop-1-1@=192.0.2.1 @NextHop-1-2@=192.0.2.2
refused 'is of another family' $mac @IP4Addr-1@=192.0.2.5/24 @NextHop-1-1@=192.0.2.1 @Prefix-1-1@=2001:db8::/32
refused 'is of an adapter after the eighth' @MACAddr-9@=00:15:5d:0a:0b:0c

# The owner's own network-config is taken; other parts have our names.
printf 'version: 2\nethernets: {}\n# "@ComputerName@"\n' >nc
expect 0 "$SHVM" pdk create own.pdk $linux --answer-file user-data --file network-config=nc
seed own.pdk own --fsk net.fsk
same nc own/network-config
for part in user-data Meta-Data vendor-data; do
	printf '#cloud-config\na: b\n' >conf
	expect 0 "$SHVM" pdk create part.pdk $linux --answer-file conf --file $part=pass --force
	expect 3 "$SHVM" pdk specialize part.pdk $(key fabric) --format cloud-init --out-dir x
	has "\"$part\" has the name of a part of the seed" err
done

# --- LinuxOSSpecialization in the words of cloud-init ---
expect 0 "$SHVM" pdk create l.pdk $linux --answer linux --root-password admin --ssh-key "$ssh" \
	--static-ip All --adapters 2
expect 0 "$SHVM" fsk create l.fsk @ComputerName@=db1.example.org @MACAddr-1@=00:15:5d:00:00:01 \
	@IP4Addr-1@=192.0.2.7/24 @IP6Addr-1@=2001:db8::7/64 @DnsAddr-1-1@=192.0.2.53 @NextHop-1-1@=192.0.2.1 \
	@MACAddr-2@=00:15:5d:00:00:02 @IP4Addr-2@=198.51.100.7/24 @IP6Addr-2@=2001:db8:1::7/64 \
	@DnsAddr-2-1@=192.0.2.54 @NextHop-2-1@=2001:db8:1::1
seed l.pdk l --fsk l.fsk
json_is .hostname db1 l.boots
json_is '.config.users | length' 1 l.boots
json_is '.config.users[0] | [.name, .lock_passwd] | join(" ")' 'root false' l.boots
json_is '.config.users[0].ssh_authorized_keys[0]' "$ssh" l.boots
json_is .config.disable_root false l.boots
hash=$(jq -r '.config.users[0].hashed_passwd' l.boots)
[[ $hash == '$y$'* ]] || fail "hash $hash"
/usr/bin/python3 -W ignore -c 'import crypt, sys; sys.exit(crypt.crypt("geheim 47", sys.argv[1]) != sys.argv[1])' "$hash" ||
	fail the hash is of another password
! grep -r -e 'geheim' -e "$(printf 'geheim 47' | base64)" l || fail the password is in the seed
$py network l/network-config lnet >net.json 2>err || fail "$(cat err)"
json_is '.ethernets.net1 | [.gateway4, .gateway6, .addresses[]] | join(" ")' '192.0.2.1  192.0.2.7/24 2001:db8::7/64' net.json
json_is '.ethernets.net2 | [.gateway6, .match.macaddress] | join(" ")' '2001:db8:1::1 00:15:5d:00:00:02' net.json
# Only a key: the password stays locked; DHCP without adapters.
expect 0 "$SHVM" pdk create k.pdk $linux --answer linux --ssh-key "$ssh"
seed k.pdk k --fsk net.fsk
json_is '.config.users[0] | [.lock_passwd, .hashed_passwd] | tostring' '[true,null]' k.boots
json_is .network fallback k.boots

# What has no counterpart would be lost: it is refused, with its place.
xml()
{
	printf '<LinuxOSSpecialization xmlns="http://www.microsoft.com/schema/linuxvmmst">\n<OSConfiguration>\n%s\n</OSConfiguration></LinuxOSSpecialization>\n' "$1" >l.xml
	expect 0 "$SHVM" pdk create x.pdk $linux --answer-file l.xml --force
	expect 3 "$SHVM" pdk specialize x.pdk $(key fabric) --format cloud-init --out-dir x
	one_line err
	has "answer file: $2" err
	[ ! -e x ] || fail a folder
}
xml '<TimeZone>4</TimeZone>' 'line 3: <TimeZone> cannot be translated'
xml '<HostName>a</HostName><HostName>b</HostName>' 'line 3: <HostName> is there twice'
xml '<Users><User><Password>eA==</Password></User></Users>' 'line 3: <User> has no UserName'
xml '<Users><User><UserName>a b</UserName></User></Users>' '"a b" is not the name of a user'
xml '<Users><User><UserName>root</UserName><Password>!</Password></User></Users>' "a user's password"
xml '<Users><User><UserName>root</UserName><Password/></User></Users>' "a user's password is empty"
xml '<VNetAdapters><VNetAdapter><MACAddress>x</MACAddress></VNetAdapter></VNetAdapters>' 'line 3: MACAddress: "x" is not a MAC'

# --- other kinds, wrong usage ---
pdk_create w.pdk
expect 2 "$SHVM" pdk specialize w.pdk $(key fabric) --fsk name.fsk --format cloud-init --out-dir x
has 'the answer file is for Windows' err
expect 0 "$SHVM" pdk create vm.pdk $owner $fabric --existing-vm --file x=pass
expect 2 "$SHVM" pdk specialize vm.pdk $(key fabric) --format cloud-init --out-dir x
has 'no answer file' err
expect 2 "$SHVM" pdk specialize u.pdk $(key fabric) --format cloud-init --out x
has '--format requires --out-dir' err
expect 2 "$SHVM" pdk specialize u.pdk $(key fabric) --out-dir x --instance-id a
has '--instance-id requires --format cloud-init' err

# All files or none: the third one, or its name, cannot be written.
# fails INJECT...: with a new folder nothing is there, in an old one all is as before
fails()
{
	strace -f -o trace "$@" "$SHVM" pdk specialize u.pdk $(key fabric) --fsk name.fsk \
		--format cloud-init --out-dir "$dir" --force >out 2>err && fail "$*: written"
	one_line err
}
seed u.pdk old --fsk name.fsk
cp -r old before
dir=x
fails -e inject=fsync:error=ENOSPC:when=3
[ ! -e x ] || fail "$(ls -A x)"
fails -e inject=link:error=EIO:when=3 -e inject=renameat2:error=EIO:when=1
[ ! -e x ] || fail "$(ls -A x)"
dir=old
fails -e inject=fsync:error=ENOSPC:when=3
diff -r before old || fail changed
fails -e inject=renameat2:error=EIO:when=3 -e inject=rename:error=EIO:when=1
diff -r before old || fail changed
