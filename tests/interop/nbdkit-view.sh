#!/bin/bash
# The verified view: the bytes that were signed and no others. What is not as it
# was signed is refused in the words of `template verify`, or is an I/O error.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/interop/lib-nbdkit.sh"
need python3

windows_disk d.vhdx d.raw
new_ca ca
new_ca stranger
new_signer signer ca
keys=(--template-name T --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key)
expect 0 "$SHVM" template protect d.vhdx "${keys[@]}" --tree-out d.tree --out d.vsc --json
"$SHVM" template verify d.vhdx --ca ca.pem --json >parts.json
view=(signer=signer.pem tree=d.tree)
raw=(d.raw catalog=d.vsc "${view[@]}")

# Every byte is as it was signed, also through parts of blocks; what is zeros is
# served as zeros whatever the disk has stored.
for parameters in "d.vhdx ${view[*]}" "d.vhdx ca=ca.pem tree=d.tree" "${raw[*]}" \
	"d.vhdx ca=stranger.pem ca=ca.pem signer=signer.pem tree=d.tree"; do
	# shellcheck disable=SC2086
	serve $parameters
	timeout 60 nbdcopy --connections=4 "$uri" copy.raw
	same copy.raw d.raw
	timeout 60 qemu-img compare -f raw "$uri" d.raw >/dev/null || fail "compare"
	timeout 60 nbdinfo --json "$uri" >info
	json_is '.exports[0].is_read_only' true info
	json_is '.exports[0].can_multi_conn' true info
	timeout 60 nbdinfo --map --json "$uri" >map
	json_is '[.[] | .length] | add' "$(stat -c %s d.raw)" map
	[ "$(jq '[.[] | select(.type != 0) | .length] | add' map)" -gt 40000000 ] || fail "$(cat map)"
	while read -r at size; do
		cmp -n "$size" -i "$at:0" d.raw /dev/zero || fail "no zeros at $at"
	done < <(jq -r '.[] | select(.type != 0) | "\(.offset) \(.length)"' map)
	stop
	[ ! -s log ] || fail "$(cat log)"
done

# A changed block: no client gets it. The log names partition and byte.
at=$(($(where FILE0 d.raw) + 32))
block=$((at / 4096 * 4096))
cp d.vhdx bad.vhdx
flip bad.vhdx $(($(where FILE0 d.vhdx) + 32))
says="partition 3 (OS): the 4096 bytes at $block of the disk are not what was signed"
serve bad.vhdx "${view[@]}"
io_error $at 1
has "error: bad.vhdx: $says" log
[ "$(wc -l <log)" = 1 ] || fail "$(cat log)"
reads $((block - 4096)) 4096
reads $((block + 4096)) 4096
! timeout 60 qemu-img convert -f raw -O raw "$uri" copy.raw 2>client || fail "qemu-img convert"
has "reading at byte" client
has "Input/output error" client
! timeout 60 qemu-img compare -f raw "$uri" d.raw >/dev/null 2>client || fail "qemu-img compare"
rm -f copy.raw
# One request after the other: nbdkit may abort when a client leaves with others.
! timeout 60 nbdcopy --connections=1 --requests=1 "$uri" copy.raw 2>client || fail "nbdcopy"
has "Input/output error" client
"$SHVM" disk read bad.vhdx --out bad.raw
! cmp -s -n 4096 -i $block copy.raw bad.raw || fail "the changed block was copied"
[ "$(grep -c "$says" log)" -ge 4 ] || fail "$(cat log)"
stop

# same_words PARAMETER... -- OPTIONS...: both refuse with one text
same_words()
{
	local reason=$1 parameters=() words
	shift
	while [ "$1" != -- ]; do
		parameters+=("$1")
		shift
	done
	shift
	expect 3 "$SHVM" template verify --json "$@"
	json_is .reason "$reason" out
	words=$(jq -r .text out)
	refuses "nbdkit: error: $words" "${parameters[@]}" tree=d.tree
}

same_words untrusted-signer d.vhdx ca=stranger.pem -- d.vhdx --ca stranger.pem
same_words untrusted-signer d.vhdx ca=ca.pem eku=1.2.3.4 -- d.vhdx --ca ca.pem --eku 1.2.3.4
same_words no-catalog d.raw ca=ca.pem -- d.raw --ca ca.pem
: >empty.vsc
same_words bad-catalog d.vhdx catalog=empty.vsc ca=ca.pem -- d.vhdx --catalog empty.vsc --ca ca.pem
cp d.vsc changed.vsc
flip changed.vsc $(($(where 'Name="T' d.vsc) + 6))
same_words bad-signature d.vhdx catalog=changed.vsc signer=signer.pem -- \
	d.vhdx --catalog changed.vsc --signer signer.pem
expect 0 "$SHVM" template sign d.vhdx "${keys[@]}" --cover os --out os.vsc
same_words coverage d.vhdx catalog=os.vsc ca=ca.pem -- d.vhdx --catalog os.vsc --ca ca.pem
cp d.raw other.raw
sgdisk -t 3:8300 other.raw >/dev/null
same_words layout-changed other.raw catalog=d.vsc ca=ca.pem -- other.raw --catalog d.vsc --ca ca.pem
cp d.raw other.raw
truncate -s +1M other.raw
same_words layout-changed other.raw catalog=d.vsc ca=ca.pem -- other.raw --catalog d.vsc --ca ca.pem
cp d.raw other.raw
flip other.raw 100 # boot code
same_words digest-mismatch other.raw catalog=d.vsc ca=ca.pem -- other.raw --catalog d.vsc --ca ca.pem
cp d.vhdx child.vhdx
flip child.vhdx "$(where FILE0 d.vhdx)"
python3 "$ROOT/tests/fixtures/edit-vhdx.py" child child.vhdx d.vhdx >/dev/null
same_words differencing child.vhdx catalog=d.vsc ca=ca.pem -- child.vhdx --catalog d.vsc --ca ca.pem
# It is served when asked for, and checked: the block is the child's.
serve child.vhdx catalog=d.vsc "${view[@]}" allow-differencing=1
io_error $block 1
reads 0 $block
stop
refuses 'none.pem: No such file' d.vhdx ca=none.pem tree=d.tree
refuses 'd.raw: ' d.vhdx ca=d.raw tree=d.tree

# The template is changed while it is served: that is found, and also that it is
# as before again. Table and LBA 0 come from the catalog and memory.
cp d.raw live.raw
serve live.raw catalog=d.vsc "${view[@]}"
reads $block 4096
flip live.raw $at
io_error $at 1
has "live.raw: $says" log
flip live.raw $at
reads $block 4096
lines=$(wc -l <log)
for byte in 100 450 520 1030 $(($(stat -c %s live.raw) - 500)); do
	flip live.raw "$byte"
done
timeout 60 nbdcopy "$uri" copy.raw
same copy.raw d.raw
# Cut off: what is missing is an error, not zeros; what was zeros is not read.
truncate -s $((block + 100)) live.raw
io_error $block 4096
reads 0 $block
[ "$(wc -l <log)" = $((lines + 1)) ] || fail "$(cat log)"
has "live.raw: partition 3 (OS): " log
stop
