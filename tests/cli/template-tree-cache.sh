# template tree makes the tree file of a template, in the cache or elsewhere; the
# cache is the user's own, bounded, filled by one at a time, and not trusted.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
keys=(--template-name T --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key)
expect 0 "$SHVM" template protect d.vhdx "${keys[@]}" --tree-out d.tree --out d.vsc --json
digest=$(jq -r .content_sha256 out)
tree() { "$SHVM" template tree "$@"; }

# To a file: the one that signing writes. Never over another one, or the disk.
expect 0 tree d.vhdx --out own.tree --json
json_is '"\(.out) \(.size) \(.cached) \(.found)"' "own.tree $(stat -c %s d.tree) false false" out
same own.tree d.tree
expect 2 tree d.vhdx --out own.tree
has own.tree err
expect 0 tree d.raw --catalog d.vsc --out own.tree --force
same own.tree d.tree
expect 2 tree d.vhdx --out d.vhdx --force
expect 2 tree d.vhdx --out x.tree --cache-limit 1M
has "--cache-limit is about the cache" err

# Into the cache, by the digest of the catalog; once.
export XDG_CACHE_HOME=$TMP/cache
expect 0 tree d.vhdx --json
file=$TMP/cache/shvm/$digest.tree
json_is '"\(.out) \(.cached) \(.found)"' "$file true false" out
same "$file" d.tree
[ "$(stat -c %a "$TMP/cache/shvm") $(stat -c %a "$file")" = "700 600" ] || fail "modes"
expect 0 tree d.vhdx
has "was there already" out
touch -d 2020-01-01 "$file"
expect 0 tree d.raw --catalog d.vsc --json
json_is .found true out
[ "$(stat -c %Y "$file")" = "$(date -d 2020-01-01 +%s)" ] || fail "written again"
expect 0 tree d.vhdx --force --json
json_is .found false out
[ "$(stat -c %Y "$file")" != "$(date -d 2020-01-01 +%s)" ] || fail "not written again"

# One that is damaged, cut off, of another template or a link is made again; what
# the link names is left alone.
for damage in 'flip $file 300' 'truncate -s 100 $file' ': >$file' \
	'rm $file; ln -s $TMP/target $file' 'rm $file; mkfifo $file' 'cp d.raw $file'; do
	cp d.vsc target
	eval "$damage"
	expect 0 timeout 100 "$SHVM" template tree d.vhdx --json
	json_is .found false out
	same "$file" d.tree
	[ -f "$file" ] && [ ! -L "$file" ] || fail "$damage: no file"
	same target d.vsc
done

# A disk that is not what was signed has no tree; nothing is written.
cp d.vhdx bad.vhdx
flip bad.vhdx $(($(where FILE0 d.vhdx) + 32))
rm "$file"
expect 3 tree bad.vhdx
has "digest-mismatch" err
one_line err
expect 3 tree bad.vhdx --out x.tree
[ ! -e x.tree ] || fail "a tree of what was not signed"
[ -z "$(ls -A "$TMP/cache/shvm")" ] || fail "left: $(ls -A "$TMP/cache/shvm")"
expect 1 tree d.raw
has "no-catalog" err

# The folder: where it is, and whose.
unset XDG_CACHE_HOME
if [ "$(id -u)" != 0 ]; then
	expect 0 tree d.vhdx --json
	json_is .out "$HOME/.cache/shvm/$digest.tree" out
fi
export XDG_CACHE_HOME=$TMP/other
mkdir -p other elsewhere
ln -s ../elsewhere other/shvm
expect 1 tree d.vhdx
has "the tree cache is not a folder [bad-cache]" err
rm other/shvm
: >other/shvm
expect 1 tree d.vhdx
one_line err
rm other/shvm
for mode in 0770 0705 1777; do
	mkdir -m $mode other/shvm
	chmod $mode other/shvm
	expect 1 tree d.vhdx
	has "the tree cache has mode $mode, not 0700 [bad-cache]" err
	[ -z "$(ls -A other/shvm)" ] || fail "written into it"
	rmdir other/shvm
done
if [ "$(id -u)" = 0 ]; then
	mkdir -m 0700 other/shvm
	chown 65534 other/shvm
	expect 1 tree d.vhdx
	has "the tree cache belongs to user 65534, not to 0 [bad-cache]" err
	rm -r other/shvm
fi
[ -z "$(ls -A elsewhere)" ] || fail "written through a link"

# Two at once: one hashes, the other waits and finds it.
expect 0 "$SHVM" template tree d.vhdx
rm -r other
for n in 1 2 3; do
	tree d.vhdx --json >"out$n" 2>"err$n" &
done
wait
[ "$(jq -r .found out1 out2 out3 | grep -c false)" = 1 ] || fail "$(cat out1 out2 out3 err1 err2 err3)"
file=$TMP/other/shvm/$digest.tree
same "$file" d.tree
# Who waits can be interrupted, and leaves nothing.
exec 9<other/shvm
flock 9
env --default-signal=INT "$SHVM" template tree d.vhdx --force >out 2>err 9<&- &
interrupt $! "a waiting fill" sleep 0.5
flock -u 9
[ "$(ls -A other/shvm)" = "$digest.tree" ] || fail "left: $(ls -A other/shvm)"

# Bounded: what was not used for longest is removed, and what a killed writer
# left; not what is no tree, and never the new one.
cd other/shvm
names=()
for n in 1 2 3 4; do
	names+=("$(printf "%064x" "$n").tree")
	head -c 1000000 /dev/urandom >"${names[-1]}"
	touch -d "2026-01-0$n" "${names[-1]}"
done
: >"$digest.tree.123.4.tmp"
echo mine >notes.txt
cd ../..
touch -d 2026-02-01 "$file"
expect 0 tree d.vhdx --cache-limit 2500000
left=$(cd other/shvm && ls -A | sort | tr '\n' ' ')
[ "$left" = "$(printf '%s\n' "${names[2]}" "${names[3]}" "$digest.tree" notes.txt | sort | tr '\n' ' ')" ] || fail "left: $left"
expect 0 tree d.vhdx --cache-limit 1
left=$(cd other/shvm && ls -A | sort | tr '\n' ' ')
[ "$left" = "$(printf '%s\n' "$digest.tree" notes.txt | sort | tr '\n' ' ')" ] || fail "left: $left"
