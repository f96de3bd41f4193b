#!/bin/bash
# The tree file of a verified view is not trusted: what is wrong with it is one
# line at the start, or an I/O error, and never a byte that was not signed.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/interop/lib-nbdkit.sh"

windows_disk d.vhdx d.raw
windows_disk e.vhdx
flip e.vhdx "$(where FILE0 e.vhdx)"
new_ca ca
new_signer signer ca
keys=(--template-name T --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key)
for disk in d e; do
	expect 0 "$SHVM" template protect $disk.vhdx "${keys[@]}" --tree-out $disk.tree
done
at=$(where FILE0 d.raw)

# At the start: no tree file, that of another template, parts of one.
refuses "e.tree: part" d.vhdx ca=ca.pem tree=e.tree
refuses "none.tree: No such file" d.vhdx ca=ca.pem tree=none.tree
refuses "not a regular file" d.vhdx ca=ca.pem tree=/dev/zero
: >empty.tree
refuses "empty.tree: 0 bytes are too few for a tree file" d.vhdx ca=ca.pem tree=empty.tree
size=$(stat -c %s d.tree)
for cut in 31 100 $((size - 1)); do
	head -c "$cut" d.tree >cut.tree
	refuses "cut.tree: " d.vhdx ca=ca.pem tree=cut.tree
done
cat d.tree empty.tree d.tree >twice.tree
refuses "twice.tree: $((2 * size)) bytes, but its table of" d.vhdx ca=ca.pem tree=twice.tree

# Without a tree file: that of the cache, which is proven as any other.
export XDG_CACHE_HOME=$TMP/cache
refuses "d.vhdx: no hash tree of this template in $TMP/cache/shvm; 'shvm template tree' makes it, or give tree=FILE" \
	d.vhdx ca=ca.pem
refuses "is not a trusted certificate" d.vhdx signer=ca.pem # said first
expect 0 "$SHVM" template tree d.vhdx --json
cached=$(jq -r .out out)
touch -d 2020-01-01 "$cached"
serve d.vhdx ca=ca.pem
timeout 60 nbdcopy "$uri" copy.raw
same copy.raw d.raw
stop
[ "$(stat -c %Y "$cached")" != "$(date -d 2020-01-01 +%s)" ] || fail "not marked as used"
refuses "no hash tree of this template" e.vhdx ca=ca.pem
expect 0 "$SHVM" template tree e.vhdx --json
cp "$(jq -r .out out)" "$cached"
refuses "$cached: part" d.vhdx ca=ca.pem
flip "$cached" 20
refuses "$cached: " d.vhdx ca=ca.pem
serve d.vhdx ca=ca.pem tree=d.tree
reads "$at" 4096
stop
unset XDG_CACHE_HOME HOME
if [ "$(id -u)" != 0 ]; then
	refuses "no folder for a cache" d.vhdx ca=ca.pem
fi

# Each byte of the file, one in a prime number of them: the same bytes as were
# signed, an error at the start, or an error at a read.
for byte in $(seq 1 1999 $((size - 1))); do
	cp d.tree bad.tree
	flip bad.tree "$byte"
	code=0
	timeout 60 nbdkit -U - "$plugin" d.vhdx ca=ca.pem tree=bad.tree \
		--run 'timeout 60 nbdcopy --connections=1 --requests=1 "$uri" copy.raw' >log 2>&1 || code=$?
	if [ "$code" = 0 ]; then
		same copy.raw d.raw
		fail "byte $byte of the tree file has no meaning"
	fi
	grep -q 'bad.tree: ' log || fail "byte $byte: $(cat log)"
done

# Changed, cut off and growing while it is served; one server lives through all.
cp d.tree live.tree
serve d.vhdx ca=ca.pem tree=live.tree
truncate -s 40 live.tree
io_error "$at" 4096
has "d.vhdx: partition 3 (OS): live.tree: " log
[ "$(wc -l <log)" = 1 ] || fail "$(cat log)"
head -c $((size + 4096)) /dev/zero | dd of=live.tree conv=notrunc status=none
io_error "$at" 4096
has "live.tree: record at" log
dd if=e.tree of=live.tree conv=notrunc status=none
io_error "$at" 4096
dd if=d.tree of=live.tree conv=notrunc status=none
timeout 60 nbdcopy "$uri" copy.raw
same copy.raw d.raw
# What was proven once is used from memory.
truncate -s 0 live.tree
reads "$at" 4096
stop
