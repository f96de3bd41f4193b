# pdk specialize: files in a folder, and the payload of Linux guests, which
# openssl decrypts and whose fields are compared one by one.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
unattend '<x>@Name@</x><!-- @NotThis@ -->' >unattend.xml
echo 'host=@Host@' >conf
echo 'user@host@home' >other
pdk_create m.pdk --file agent.conf=conf --file other --substitute agent.conf
expect 0 "$SHVM" pdk show m.pdk $(key fabric) --json
json_is '.keys | join(" ")' '@Name@ @Host@' out
json_is '.substitute | join(" ")' agent.conf out
expect 3 "$SHVM" pdk specialize m.pdk $(key fabric) --out-dir d
has 'no value for @Name@, @Host@' err
[ ! -e d ] || fail files without values
expect 0 "$SHVM" fsk create v.fsk '@Name@=<vm>' @Host@=web1 @host@=x @NotThis@=x
expect 0 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out-dir d --json
json_is .substitutions 2 out
unattend '<x>&lt;vm&gt;</x><!-- @NotThis@ -->' >want
same want d/unattend.xml
[ "$(cat d/agent.conf)" = 'host=web1' ] || fail the other file
same other d/other

# With --disk it is the check of the disk first.
expect 0 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out-dir d --force --disk disk.vhdx \
	--owner-fingerprint "$("$SHVM" pdk show m.pdk --json | jq -r .owner.signing.sha256)"
has 'provision' "$TMP/out"
cp disk.vhdx changed.vhdx
flip changed.vhdx "$(where MARKER-IN-THE-OS changed.vhdx)"
expect 3 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out-dir none --disk changed.vhdx --json
json_is .error.reason digest-mismatch "$TMP/out"
[ ! -e none ] || fail files for a changed disk
expect 2 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out-dir none --tsa-ca t.vsc
has '--tsa-ca requires --disk' "$TMP/err"

expect 0 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out p
# u32 FILE OFFSET
u32()
{
	od -An -tu4 -j "$2" -N 4 "$1" | tr -d ' '
}
[ "$(u32 p 0)" = "$(stat -c %s p)" ] || fail total length
[ "$(u32 p 4)" = 3 ] || fail count
n=$(stat -c %s want)
[ "$(u32 p 8) $(u32 p 12) $(u32 p 16) $(u32 p 20) $(u32 p 24)" = "0 24 20 $n 44" ] || fail first entry
tail -c +53 p | head -c "$n" | cmp - want || fail first payload
at=$((52 + n))
[ "$(u32 p $at) $(u32 p $((at + 4))) $(u32 p $((at + 8))) $(u32 p $((at + 12))) $(u32 p $((at + 16)))" = '0 20 20 10 40' ] ||
	fail second entry

head -c 32 /dev/urandom >volume.key
expect 0 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out e --volume-key volume.key
[ "$(u32 e 0)" = "$(stat -c %s e)" ] || fail total length
[ "$(u32 e 4) $(u32 e 8) $(u32 e 12) $(u32 e 16)" = '1 1 16 36' ] || fail header
[ "$(u32 e 20) $(u32 e 24) $(u32 e 32)" = '0 0 52' ] || fail header
[ "$(u32 e 28)" = $(($(stat -c %s e) - 52)) ] || fail ciphertext length
need openssl
tail -c +53 e | openssl enc -d -aes-256-cbc -K "$(od -An -tx1 volume.key | tr -d ' \n')" \
	-iv "$(od -An -tx1 -j 36 -N 16 e | tr -d ' \n')" >clear
cmp clear p
expect 2 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out-dir f --volume-key volume.key
head -c 5 volume.key >short
expect 1 "$SHVM" pdk specialize m.pdk $(key fabric) --fsk v.fsk --out f --volume-key short
has 'short: the volume key has 5 bytes' "$TMP/err"
[ "$(stat -c %a p e d/agent.conf | sort -u)" = 600 ] || fail modes
