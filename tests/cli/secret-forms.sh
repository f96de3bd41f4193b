# A password or passphrase file has the same secret in each form that editors
# of Windows and Linux write: with a byte order mark, in UTF-16, with CR LF.
# What no one could type is refused.
. "$ROOT/tests/cli/lib.sh"
need iconv
umask 077

plain='P4ss-wörd €'
want=$(printf %s "$plain" | base64 -w0)
printf %s "$plain" >utf8
printf '%s\n' "$plain" >utf8-lf
printf '%s\r\n' "$plain" >utf8-crlf
printf '%s\r\r\n' "$plain" >utf8-crcrlf
printf '%s\r\nsecond line\r\n' "$plain" >utf8-two
for form in utf8 utf8-lf utf8-crlf utf8-two; do
	{ printf '\357\273\277'; cat $form; } >$form-bom
	{ printf '\377\376'; iconv -f UTF-8 -t UTF-16LE $form; } >$form-utf16le
	{ printf '\376\377'; iconv -f UTF-8 -t UTF-16BE $form; } >$form-utf16be
done
n=0
mkdir made
for form in utf8*; do
	expect 0 "$SHVM" answer linux "made/$form.xml" --root-password "$form"
	has "<Password>$want</Password>" "made/$form.xml"
	expect 0 "$SHVM" answer linux "made/$form.fd.xml" --root-password fd:7 7<"$form"
	has "<Password>$want</Password>" "made/$form.fd.xml"
	n=$((n + 1))
done
[ $n -eq 17 ] || fail "$n forms"

# Several secrets of one descriptor, one a line, in UTF-8.
expect 0 "$SHVM" guardian new two --out-dir g --pass-file fd:7 --bits 2048 7<utf8-lf-bom
expect 0 "$SHVM" guardian new one --out-dir g --pass-file utf8-lf --bits 2048
# And a key opens with each of them.
for form in utf8*; do
	for name in one two; do
		expect 0 "$SHVM" guardian export --signing-key g/$name-signing.pfx \
			--signing-key-pass-file "$form" --encryption-key g/$name-encryption.pfx \
			--encryption-key-pass-file "$form" --out "made/$form.$name.guardian"
	done
done

# What a secret cannot be: file, and the words of the message.
refused()
{
	expect 1 "$SHVM" answer linux x.xml --root-password "$1"
	one_line err
	has "$2" err
	has '[no-passphrase]' err
	hasnt "$plain" err
	[ ! -e x.xml ] || fail "$1: a result"
	expect 1 "$SHVM" guardian export --signing-key g/one-signing.pfx --signing-key-pass-file "$1" \
		--encryption-key g/one-encryption.pfx --encryption-key-pass-file utf8 --out x.guardian
	has "$2" err
}
printf 'a\tb\n' >tab
printf 'a\033[31mb\n' >escape
printf 'a\177b\n' >delete
printf 'a\302\205b\n' >c1
printf 'a\rb\n' >inner-cr
for file in tab escape delete c1 inner-cr; do
	refused $file 'the passphrase contains a control character'
done
iconv -f UTF-8 -t UTF-16LE utf8-crlf >no-mark-le
iconv -f UTF-8 -t UTF-16BE utf8-crlf >no-mark-be
printf 'a\0b\n' >nul
for file in no-mark-le no-mark-be nul; do
	refused $file 'save it as UTF-8, or as UTF-16 with a byte order mark'
done
printf '\377\376a\0b' >odd
printf '\377\376\0\334\n\0' >lone
for file in odd lone; do
	refused $file 'the passphrase is not well-formed UTF-16'
done
printf '\357\273\277' >mark
printf '\377\376' >mark-le
printf '\376\377' >mark-be
for file in mark mark-le mark-be; do
	refused $file 'contains no passphrase'
done
