# fsk create and show: the suffix, the pairs, and what is refused.
. "$ROOT/tests/cli/lib.sh"
expect 0 "$SHVM" fsk create vm @ComputerName@=web1 '@TimeZone@=a=b <&>' plain=x
has 'plain' "$TMP/err"
has 'will not be substituted' "$TMP/err"
[ -f vm.fsk ] || fail the suffix
expect 0 "$SHVM" fsk show vm.fsk
has '@TimeZone@=a=b <&>' "$TMP/out"
expect 0 "$SHVM" fsk show vm.fsk --json
json_is '.pairs[1].value' 'a=b <&>' "$TMP/out"
json_is '.pairs[2].token' false "$TMP/out"

# no WORDS ARGUMENT...
no()
{
	local words=$1
	shift
	expect 2 "$SHVM" fsk create "$@"
	has "$words" "$TMP/err"
}
no 'must end in .fsk' vm.txt @a@=b
no 'not of the form NAME=VALUE' x @a@
no 'is empty' x @a@=
no 'empty key' x =b
no 'is there twice' x @a@=b @a@=c
no 'exist' vm.fsk @a@=b
[ ! -e x.fsk ] || fail x.fsk was written
echo '<FabricData xmlns="urn:shvm:fabric-data:1"><Pair Key="a"/></FabricData>' >bad.fsk
expect 1 "$SHVM" fsk show bad.fsk
has 'bad.fsk: ' "$TMP/err"
