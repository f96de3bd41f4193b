# Damaged, mixed and hostile shielding data files: each is refused with its
# reason and its text, and none is opened, shown with a key or specialized.
# (tests/unit/test_pdk_create.c flips every byte; tests/interop/pdk-python.sh has
# the files that their owner signed; pdk-create-refuses.sh what goes in.)
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
need openssl
ulimit -v 2000000 # a length of 2^63 must not be believed

# sections FILE: cuts it into FILE.1 to FILE.5, offsets in at[FILE.TYPE]
declare -A at
sections()
{
	local here=16 type len
	while read -r type _ len < <(od -An -tu4 -w16 -j $here -N 12 "$1"); do
		at[$1.$type]=$here
		tail -c +$((here + 1)) "$1" | head -c $((16 + len)) >"$1.$type"
		here=$((here + 16 + len))
	done
}
# file TYPE...: x1.pdk of m.pdk's header and these sections
file()
{
	head -c 16 m.pdk >x1.pdk
	for type; do
		cat m.pdk."$type" >>x1.pdk
	done
}
# put FILE OFFSET BYTES: overwrite, BYTES as printf has them
put()
{
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
# refused FILE REASON WORDS: pdk check says so in one line, and it does not open
# no REASON COMMAND...: a malformed file is a bad input, a changed one distrusted;
# a protector may be either
no()
{
	local want=3 code=0
	case $1 in
	bad-pdk) want=1 ;;
	bad-protector) want='[13]' ;;
	esac
	shift
	"$@" >"$TMP/out" 2>"$TMP/err" || code=$?
	[[ $code == $want ]] || fail "exit $code and not $want: $*: $(cat "$TMP/err")"
}
refused()
{
	expect 3 "$SHVM" pdk check "$1" --disk disk.vhdx $(key fabric) --json
	json_is '.verdict + " " + .reason' "abort $2" "$TMP/out"
	has "$3" "$TMP/out"
	no "$2" "$SHVM" pdk open "$1" $(key fabric) --out-dir opened
	has "$1: " "$TMP/err"
	has "$3" "$TMP/err"
	[ "$(wc -l <"$TMP/err")" = 1 ] || fail "more than one line: $(cat "$TMP/err")"
	[ ! -e opened ] || fail "$1 was opened"
}
# shut REASON WORDS: no other command takes x1.pdk either
shut()
{
	no "$1" "$SHVM" pdk specialize x1.pdk $(key fabric) --out-dir opened
	has "$2" "$TMP/err"
	no "$1" "$SHVM" pdk show x1.pdk $(key fabric)
	has "$2" "$TMP/err"
	no "$1" "$SHVM" pdk edit x1.pdk $edit --policy Shielded --out x.pdk
	has "$2" "$TMP/err"
	no "$1" "$SHVM" pdk grant x1.pdk $edit --guardian other.xml --allow-untrusted-root --out x.pdk
	no "$1" "$SHVM" pdk revoke x1.pdk $edit --fingerprint "$(printf %064d 0)" --out x.pdk
	[ ! -e opened ] && [ ! -e x.pdk ] || fail "x1.pdk was taken"
}

pdk_create m.pdk --policy Shielded --publish-qualifiers
pdk_create o.pdk --publish-qualifiers --trust t.vsc:Equals --file a=admin
expect 0 "$SHVM" pdk check m.pdk --disk disk.vhdx $(key fabric)
sections m.pdk
sections o.pdk
cat m.pdk.? | cmp - <(tail -c +17 m.pdk)

# A byte of each part.
for part in '0 bad-pdk does_not_begin_with' '8 bad-pdk version_is' '12 bad-pdk type_3_in_the_place_of_Body'; do
	set -- $part
	cp m.pdk x1.pdk
	flip x1.pdk "$1"
	refused x1.pdk "$2" "${3//_/ }"
done
for part in '1 2000 bad-protector :' '2 20 bad-owner-signature was_modified' \
	'3 30 bad-pdk published_qualifiers' '4 100 bad-owner-signature was_modified' \
	'5 20 bad-owner-signature owner'; do
	set -- $part
	cp m.pdk x1.pdk
	flip x1.pdk $((at[m.pdk.$1] + 16 + $2))
	refused x1.pdk "$3" "${4//_/ }"
done

cp m.pdk x1.pdk # the protector's own number of a wrapping
put x1.pdk $(($(where '<Id>1</Id>' x1.pdk) + 4)) 7
refused x1.pdk bad-protector 'wrapping'
cp m.pdk x1.pdk # a published name
flip x1.pdk $(($(where ' Name="T"' x1.pdk) + 7))
refused x1.pdk bad-owner-signature 'was modified'

# The clear policy made weaker.
cp m.pdk x1.pdk
put x1.pdk $((at[m.pdk.2] + 36)) '\0'
expect 0 "$SHVM" pdk show x1.pdk --json
json_is .policy EncryptionSupported "$TMP/out"
json_is .signature_good false "$TMP/out"
refused x1.pdk bad-owner-signature 'was modified'
shut bad-owner-signature 'was modified'

# A section of another file of the same owner in the place of its own.
for type in 1 2 3 4 5; do
	head -c 16 m.pdk >x1.pdk
	for t in 1 2 3 4 5; do
		[ $t = $type ] && cat o.pdk.$t >>x1.pdk || cat m.pdk.$t >>x1.pdk
	done
	refused x1.pdk bad-owner-signature 'was modified'
done

# A section twice, left out, in another order, and one that is unknown.
file 1 1 2 3 4 5
put x1.pdk 12 '\6'
refused x1.pdk bad-pdk 'section count is 6'
file 1 1 2 3 4 5
refused x1.pdk bad-pdk 'type 1 in the place of Policy'
file 1 2 2 3 4 5
refused x1.pdk bad-pdk 'type 2 in the place of Qualifiers'
file 1 2 3 3 4 5
refused x1.pdk bad-pdk 'type 3 in the place of Body'
file 1 2 3 4 4 5
refused x1.pdk bad-pdk 'type 4 in the place of OwnerSignature'
file 1 2 3 4 5 5
refused x1.pdk bad-pdk 'after the last section'
file 2 1 3 4 5
refused x1.pdk bad-pdk 'type 2 in the place of KeyProtector'
file 2 3 4 5
put x1.pdk 12 '\4'
refused x1.pdk bad-pdk 'type 2 in the place of KeyProtector'
file 1 3 4 5
put x1.pdk 12 '\4'
refused x1.pdk bad-pdk 'type 3 in the place of Policy'
file 1 2 4 5 # the published qualifiers taken away
put x1.pdk 12 '\4'
refused x1.pdk bad-owner-signature 'was modified'
file 1 2 3 5
put x1.pdk 12 '\4'
refused x1.pdk bad-pdk 'type 3 in the place of Body'
cp m.pdk x1.pdk
put x1.pdk "${at[m.pdk.3]}" '\11'
refused x1.pdk bad-pdk 'type 9 in the place of Qualifiers'

# Lengths: huge, negative where they are signed, and nothing.
for type in 1 2 3 4 5; do
	for length in '\360\377\377\377\377\377\377\377' '\0\0\0\0\0\0\0\200' '\0\0\0\0\0\0\0\0'; do
		cp m.pdk x1.pdk
		put x1.pdk $((at[m.pdk.$type] + 8)) "$length"
		refused x1.pdk bad-pdk ' bytes'
	done
done

# Nothing, too little, too much.
: >x1.pdk
refused x1.pdk bad-pdk '0 bytes are no shielding data file'
head -c 15 m.pdk >x1.pdk
refused x1.pdk bad-pdk '15 bytes are no shielding data file'
{ cat m.pdk; printf x; } >x1.pdk
refused x1.pdk bad-pdk '1 bytes after the last section'
truncate -s 41M x1.pdk
refused x1.pdk bad-pdk 'larger than 41943040 bytes'
shut bad-pdk 'larger than'

# The owner's signature stripped, or made by the fabric's guardian.
head -c "${at[m.pdk.5]}" m.pdk >x1.pdk
refused x1.pdk bad-pdk 'cut off before section OwnerSignature'
head -c "${at[m.pdk.5]}" m.pdk >signed
openssl pkcs12 -in fabric-signing.pfx -passin file:pass -nodes -out fabric.pem 2>/dev/null
openssl cms -sign -binary -md sha256 -cades -in signed -signer fabric.pem -inkey fabric.pem \
	-outform DER -out signature
{ cat signed; printf '\5\0\0\0\0\0\0\0'; } >x1.pdk
size=$(stat -c %s signature)
printf "\\$(printf %o $((size % 256)))\\$(printf %o $((size / 256)))\0\0\0\0\0\0" >>x1.pdk
cat signature >>x1.pdk
refused x1.pdk bad-owner-signature 'not made by the owner'
shut bad-owner-signature 'not made by the owner'
