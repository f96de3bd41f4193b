# Answer files as Windows tools write them: UTF-16 is converted, other encodings
# and what is not an answer file are refused, and what was sealed is filled in.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need iconv
pdk_setup
expect 0 "$SHVM" fsk create v.fsk @ComputerName@=web1
body=$(unattend '<ComputerName>@ComputerName@</ComputerName><x>ä</x>')
done_body=$(unattend '<ComputerName>web1</ComputerName><x>ä</x>')

# accepted FILE DECLARATION: what is sealed has this declaration and the values go in
accepted()
{
	expect 0 "$SHVM" pdk create a.pdk $owner $fabric $trust --answer-file "$1" --force
	expect 0 "$SHVM" pdk check a.pdk --disk disk.vhdx $(key fabric) --fsk v.fsk
	expect 0 "$SHVM" pdk specialize a.pdk $(key fabric) --fsk v.fsk --out-dir d --force
	printf '%s%s\n' "$2" "$done_body" | cmp - "d/${1##*/}" || fail "$1: $(head -c 300 "d/${1##*/}")"
}
head='<?xml version="1.0" encoding="utf-16"?>'
printf '%s%s\n' "$head" "$body" >u8-says-16.xml
{ printf '\377\376'; iconv -t UTF-16LE u8-says-16.xml; } >le.xml
{ printf '\376\377'; iconv -t UTF-16BE u8-says-16.xml; } >be.xml
accepted le.xml '<?xml version="1.0" encoding="UTF-8"?>'
accepted be.xml '<?xml version="1.0" encoding="UTF-8"?>'
# PowerShell: UTF-16 that says it is UTF-8, or says nothing.
{ printf '\377\376'; printf "<?xml version='1.0' encoding='utf-8'?>%s\n" "$body" | iconv -t UTF-16LE; } >ps.xml
accepted ps.xml "<?xml version='1.0' encoding='UTF-8'?>"
{ printf '\377\376'; printf '%s\n' "$body" | iconv -t UTF-16LE; } >none.xml
accepted none.xml ''
{ printf '\357\273\277'; printf '%s\n' "$body"; } >mark.xml
accepted mark.xml ''

# refused FILE WORDS, by create and edit
expect 0 "$SHVM" pdk create m.pdk $owner $fabric $trust $answer
refused()
{
	expect 1 "$SHVM" pdk create x.pdk $owner $fabric $trust --answer-file "$1"
	one_line err
	has "$2" err
	has '[answer-file-invalid]' err
	expect 1 "$SHVM" pdk edit m.pdk $edit --answer-file "$1" --out x.pdk
	has "$2" err
	[ ! -e x.pdk ] || fail "$1: a result"
}
refused u8-says-16.xml 'declares the encoding "utf-16": save it as UTF-8'
printf '<?xml version="1.0" encoding="windows-1252"?>%s\n' "$body" | iconv -t LATIN1 >latin.xml
refused latin.xml 'declares the encoding "windows-1252": save it as UTF-8'
printf '%s\n' "$body" | iconv -t LATIN1 >latin-none.xml
refused latin-none.xml 'is not UTF-8'
printf '%s\n' "$body" | iconv -t UTF-16LE >no-mark.xml
refused no-mark.xml 'is UTF-16 without a byte order mark: save it as UTF-8'
head -c 301 le.xml >odd.xml
refused odd.xml 'is not well-formed UTF-16'
printf %s "$body" | head -c 120 >cut.xml
refused cut.xml 'answer file: line 1'
echo '<html><body>@ComputerName@</body></html>' >html.xml
refused html.xml 'the root is <html>'
printf '<!DOCTYPE html><html/>' >doctype.xml
refused doctype.xml 'document type'
echo 'name: @ComputerName@' >not.xml
refused not.xml 'answer file: line 1'
printf '<unattend>@ComputerName@</unattend>' >ns.xml
refused ns.xml 'the root is <unattend> of namespace ""'
: >empty.xml
expect 1 "$SHVM" pdk create x.pdk $owner $fabric $trust --answer-file empty.xml

# Names of files, where the answer file is not for Linux.
echo x >x
for name in a:b CON x. aux.txt 'y ' 'a?'; do
	expect 1 "$SHVM" pdk create x.pdk $owner $fabric $trust $answer --file "$name=x"
	has "file \"$name\"" err
	expect 1 "$SHVM" pdk create x.pdk $owner $fabric --existing-vm --file "$name=x"
	expect 0 "$SHVM" pdk create lin.pdk $owner $fabric $trust --answer linux --root-password admin \
		--file "$name=x" --force
done
