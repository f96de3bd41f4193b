#!/bin/bash
# disk digest --tree-out: the file appears complete or not at all, and takes the
# place of another one only with --force.
. "$ROOT/tests/cli/lib.sh"
need jq

head -c 9000000 /dev/zero | tr '\0' 'a' >data
truncate -s 20M data
digest() { "$SHVM" disk digest --whole --raw "$@" data; }

expect 0 digest --json --tree-out t
root=$(jq -r .root out)
[ "$(stat -c %s t)" = $((4096 + 41 * 4096)) ] || fail "$(stat -c %s t) bytes"
[ "$(od -An -tx1 -N 6 t | tr -d ' ')" = 766572697479 ] || fail "no superblock"
# With holes or without, the tree of the same bytes is the same file.
cp --sparse=always data holes
expect 0 "$SHVM" disk digest --whole --raw --tree-out t2 --jobs 3 holes
cmp t t2

expect 2 digest --tree-out t
has "t: already exists; use --force to replace it" err
echo x >old
expect 0 digest --json --tree-out old --force
json_is .root "$root" out
cmp t old
mkfifo pipe
expect 2 digest --tree-out pipe --force
has "pipe: exists and is not a regular file" err
[ -p pipe ] || fail "a pipe was replaced"

# Whatever goes wrong, nothing is left.
mkdir empty
expect 1 digest --tree-out none/t
expect 2 digest --tree-out empty/t --kernel none
small() { (ulimit -f 100 && digest --tree-out empty/t); }
expect 1 small
has "empty/t: " err
has "File too large" err
one_line err
expect 2 digest --tree-out empty/t --plan 2
has "cannot be used together" err
[ -z "$(ls -A empty)" ] || fail "left: $(ls -A empty)"
