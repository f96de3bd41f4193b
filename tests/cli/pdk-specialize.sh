# pdk specialize: files in a folder, and the payload of Linux guests, which
# openssl decrypts and whose fields are compared one by one.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
echo 'host=@ComputerName@' >conf
pdk_create m.pdk --file agent.conf=conf
expect 3 "$SHVM" pdk specialize m.pdk $(key fabric) --out d
has '@ComputerName@' "$TMP/err"
[ ! -e d ] || fail files without values
expect 0 "$SHVM" fsk create v.fsk '@ComputerName@=<vm>'
expect 0 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out d --json
json_is .substitutions 2 "$TMP/out"
[ "$(cat d/unattend.xml)" = '<a>&lt;vm&gt;</a>' ] || fail the answer file
[ "$(cat d/agent.conf)" = 'host=<vm>' ] || fail the other file

expect 0 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out p --format linux
# u32 FILE OFFSET
u32()
{
	od -An -tu4 -j "$2" -N 4 "$1" | tr -d ' '
}
[ "$(u32 p 0)" = "$(stat -c %s p)" ] || fail total length
[ "$(u32 p 4)" = 2 ] || fail count
[ "$(u32 p 8) $(u32 p 12) $(u32 p 16) $(u32 p 20) $(u32 p 24)" = '0 24 20 18 44' ] || fail first entry
[ "$(dd if=p bs=1 skip=52 count=18 status=none)" = '<a>&lt;vm&gt;</a>' ] || fail first payload
[ "$(u32 p 70) $(u32 p 74) $(u32 p 78) $(u32 p 82) $(u32 p 86)" = '0 20 20 10 40' ] || fail second entry

head -c 32 /dev/urandom >volume.key
expect 0 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out e --format linux --volume-key volume.key
[ "$(u32 e 0)" = "$(stat -c %s e)" ] || fail total length
[ "$(u32 e 4) $(u32 e 8) $(u32 e 12) $(u32 e 16)" = '1 1 16 36' ] || fail header
[ "$(u32 e 20) $(u32 e 24) $(u32 e 32)" = '0 0 52' ] || fail header
[ "$(u32 e 28)" = $(($(stat -c %s e) - 52)) ] || fail ciphertext length
need openssl
tail -c +53 e | openssl enc -d -aes-256-cbc -K "$(od -An -tx1 volume.key | tr -d ' \n')" \
	-iv "$(od -An -tx1 -j 36 -N 16 e | tr -d ' \n')" >clear
cmp clear p
expect 2 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out f --volume-key volume.key
head -c 5 volume.key >short
expect 1 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out f --format linux --volume-key short
has 'short: volume key of 5 bytes' "$TMP/err"
[ "$(stat -c %a p e d/agent.conf | sort -u)" = 600 ] || fail modes
