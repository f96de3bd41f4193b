# The whole story runs to its end: every verdict in it is checked by the script.
. "$ROOT/tests/cli/lib.sh"
need sgdisk qemu-img mkntfs mcopy hivexsh openssl

mkdir story
expect 0 "$ROOT/samples/story.sh" "$TMP/story"
has 'all steps gave the expected results' "$TMP/out"
has 'abort, digest-mismatch' "$TMP/out"
[ "$(stat -c %a story/machine.pdk story/admin-password.txt story/guest/unattend.xml | sort -u)" = 600 ] ||
	fail a file can be read by others
