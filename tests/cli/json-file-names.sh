# Names of files need not be UTF-8: the JSON has U+FFFD in their place.
. "$ROOT/tests/cli/lib.sh"
need jq

head -c 1M /dev/zero >disk
name=$(printf 'x\377')
expect 0 "$SHVM" disk read disk --raw --out "$name" --json
json_is .out 'x�' out
expect 0 "$SHVM" disk digest disk --raw --whole --range 1/1 --out "$name.part" --json
json_is .part 'x�.part' out
expect 0 "$SHVM" fsk create "$name.fsk" '@A@=b' --json
json_is .file 'x�.fsk' out
