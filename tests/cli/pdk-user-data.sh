# Shielding data with user-data of cloud-init as its answer file: what goes in
# comes out byte for byte but for the fabric's values, what is hostile does not go
# in, and no text repeats what is in it.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need iconv
pdk_setup
cp disk.vhdx windows.vhdx
cp t.vsc windows.vsc
linux_setup
linux="$owner $fabric $trust"
expect 0 "$SHVM" fsk create v.fsk @ComputerName@=web1 @DnsAddr-1-1@=192.0.2.53

printf '#cloud-config\r\n# @Comment@ \xc3\xa4\r\nhostname:   "@ComputerName@"\r\npassword: hunter2\nx: {"dns": "@DnsAddr-1-1@"}\n' >user-data
sed 's/@ComputerName@/web1/; s/@DnsAddr-1-1@/192.0.2.53/' user-data >filled
expect 0 "$SHVM" pdk create u.pdk $linux --answer-file user-data --file 'a:b=pass'
expect 0 "$SHVM" pdk show u.pdk $(key fabric) --json
json_is .answer_file.name user-data out
json_is '.keys | join(" ")' '@ComputerName@ @DnsAddr-1-1@' out
hasnt hunter2 out
expect 0 "$SHVM" pdk open u.pdk $(key fabric) --out-dir opened
cmp user-data opened/user-data
verdict - - u.pdk --disk disk.vhdx $(key fabric) --fsk v.fsk
expect 0 "$SHVM" fsk create short.fsk @ComputerName@=web1
verdict answer-file-incomplete answer-file u.pdk --disk disk.vhdx $(key fabric) --fsk short.fsk
expect 0 "$SHVM" pdk specialize u.pdk $(key fabric) --fsk v.fsk --out-dir made
cmp filled made/user-data
expect 2 "$SHVM" pdk specialize u.pdk $(key fabric) --fsk v.fsk --out payload
has 'user-data of cloud-init, which guests of this payload do not read' err
[ ! -e payload ] || fail a payload

# What the fabric says cannot leave its quotes, and cannot be what was refused.
expect 0 "$SHVM" fsk create bad.fsk '@ComputerName@=web1' '@DnsAddr-1-1@=::1' @Quote@='a", "b'
printf '#cloud-config\nx: "@Quote@"\n' >quote
expect 0 "$SHVM" pdk create q.pdk $linux --answer-file quote
verdict value-refused answer-file q.pdk --disk disk.vhdx $(key fabric) --fsk bad.fsk
printf '#cloud-config\n"@ComputerName@": {enabled: false}\n' >key
expect 0 "$SHVM" pdk create k.pdk $linux --answer-file key
expect 0 "$SHVM" fsk create key.fsk @ComputerName@=vendor_data
verdict value-refused answer-file k.pdk --disk disk.vhdx $(key fabric) --fsk key.fsk
has 'line 2, column 1: vendor_data would turn off what shvm adds' out
expect 3 "$SHVM" pdk specialize k.pdk $(key fabric) --fsk key.fsk --out-dir k
[ ! -e k ] || fail a folder

# UTF-16 with a mark is converted, and a mark of UTF-8 goes.
{ printf '\377\376'; iconv -t UTF-16LE user-data; } >wide
{ printf '\357\273\277'; cat user-data; } >mark
for file in wide mark; do
	expect 0 "$SHVM" pdk create w.pdk $linux --answer-file $file --force
	expect 0 "$SHVM" pdk open w.pdk $(key fabric) --out-dir $file.d
	cmp user-data $file.d/$file
done

# In another file than XML no password can be replaced.
expect 2 "$SHVM" pdk edit u.pdk $edit --root-password admin --out e.pdk
has 'user-data of cloud-init, in which no password can be replaced' err
[ ! -e e.pdk ] || fail e.pdk
expect 0 "$SHVM" pdk create m.pdk $linux $answer
expect 0 "$SHVM" pdk edit m.pdk $edit --answer-file user-data --out e.pdk
expect 0 "$SHVM" pdk open e.pdk $(key fabric) --out-dir edited
cmp user-data edited/user-data

# refused WORDS <FILE: by create and edit, in one line without a value
refused()
{
	cat >bad
	expect 1 "$SHVM" pdk create x.pdk $linux --answer-file bad
	one_line err
	has "answer file: $1" err
	has '[answer-file-invalid]' err
	hasnt hunter2 err
	expect 1 "$SHVM" pdk edit m.pdk $edit --answer-file bad --out x.pdk
	hasnt hunter2 err
	[ ! -e x.pdk ] || fail "$1: a result"
}
cloud()
{
	printf '#cloud-config\n'
	printf "$@"
}
refused 'line 1: neither XML nor the line "#cloud-config"' < <(echo 'password: hunter2')
refused 'line 1: neither XML nor' < <(printf '#!/bin/sh\necho hunter2\n')
refused 'line 1: neither XML nor' < <(gzip -c user-data)
refused 'line 1: is a Jinja template' < <(printf '## template: jinja\n#cloud-config\na: hunter2\n')
refused 'line 2, column 4: an anchor (&NAME)' < <(cloud 'a: &hunter2 b\n')
refused 'line 2, column 4: an anchor (&NAME)' < <(
	cloud 'a: &a [hunter2]\n'
	for n in b c d e f g h i; do echo "$n: &$n [*a,*a,*a,*a,*a,*a,*a,*a,*a]"; done)
refused 'line 2, column 4: an alias (*NAME)' < <(cloud 'a: *hunter2\n')
refused 'line 2, column 4: a tag (!NAME)' < <(cloud 'a: !!python/name:os.system hunter2\n')
refused 'line 3, column 1: a second document' < <(cloud 'a: hunter2\n---\nb: c\n')
refused 'line 3, column 1: a key of the top level that is there already' < <(cloud 'a: hunter2\na: b\n')
refused 'line 2, column 5: a control character' < <(cloud 'a: h\0hunter2\n')
refused 'line 2, column 4: a control character' < <(cloud 'a: \344 hunter2\n')
refused 'is UTF-16 without a byte order mark: save it as UTF-8' < <(iconv -t UTF-16LE user-data)
refused 'line 2, column 35: more than 32 collections' < <(cloud 'a: %s\n' "$(printf '[%.0s' {1..5000})")
refused 'user-data of 1048577 bytes, the limit is 1048576' < <(cloud 'a: %1048559s\n' hunter2)
refused 'line 2, column 1: power_state is set by shvm' < <(cloud 'power_state: {mode: reboot}\n')
refused 'line 2, column 11: mapping values are not allowed' < <(cloud 'a: hunter2: b: c\n')
printf '#cloud-config\na: %1048558s\n' b >full
[ "$(stat -c %s full)" = 1048576 ] || fail "$(stat -c %s full)"
expect 0 "$SHVM" pdk create x.pdk $linux --answer-file full

# The template's system must read the answer file.
for kind in user-data linux; do
	how="--answer-file user-data"
	[ $kind = user-data ] || how='--answer linux --root-password admin'
	expect 0 "$SHVM" pdk create pair.pdk $owner $fabric --signer signer.pem --trust t.vsc:Equals \
		--trust windows.vsc:Equals $how --force
	verdict - - pair.pdk --catalog t.vsc $(key fabric) --fsk v.fsk
	verdict answer-file-mismatch answer-file pair.pdk --catalog windows.vsc $(key fabric)
	verdict answer-file-mismatch answer-file pair.pdk --disk windows.vhdx $(key fabric) --fsk v.fsk
	has 'and the template has the disk type MicrosoftWindows' out
	expect 3 "$SHVM" pdk specialize pair.pdk $(key fabric) --fsk v.fsk --disk windows.vhdx --out-dir pair
	[ ! -e pair ] || fail a folder
done
expect 0 "$SHVM" pdk create pair.pdk $owner $fabric --signer signer.pem --trust t.vsc:Equals $answer --force
verdict answer-file-mismatch answer-file pair.pdk --disk disk.vhdx $(key fabric)
has 'the answer file is an unattend file of Windows, and the template has the disk type PreprocessedLinux' out
