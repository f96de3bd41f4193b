# The file-system helper: found in the program's own folder, and where it is
# missing or does not start, facts are unknown and the text says what to install.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need jq sgdisk mkntfs mkfs.vfat cc
windows_raw w.raw
mkdir alone
cp "$SHVM" alone/shvm
shvm=$TMP/alone/shvm

# trouble: what disk info says when a fact is not known
trouble()
{
	"$shvm" disk info --json --ignore not-vhdx w.raw >out 2>err || :
	jq -r .guest.trouble out
}

# None beside the program: it looks where make install would have put one.
text=$(trouble)
case $text in
*'(install it with libtsk19 and libhivex0): '*/libexec/shvm/shvm-guest-helper:*) ;;
*) skip "a helper is installed: $text" ;;
esac
json_is '[.guest.windows, .guest.bootx64, .guest.free_bytes] | all(. == null)' true out
json_is '[.checks[] | select(.id == "unreadable")][0].text | contains("libtsk19")' true out
expect 0 "$shvm" doctor
has 'warning  guest-helper' out
has '    fix:      install shvm-guest-helper libtsk19 libhivex0' out
expect 0 "$shvm" doctor --json
json_is '[.checks[] | select(.id == "guest-helper")][0] | [.outcome, .level, .fix] == ["failed", "warning", "install shvm-guest-helper libtsk19 libhivex0"]' true out
# No digest needs it.
expect 0 "$shvm" disk digest --partition 7 w.raw

# One whose library is missing: the dynamic linker's own words.
echo 'int absent(void) { return 1; }' >absent.c
echo 'int absent(void); int main(void) { return absent(); }' >needs.c
cc -shared -fPIC -o libabsent.so absent.c
cc -o alone/shvm-guest-helper needs.c -L. -labsent
text=$(trouble)
case $text in
*'does not start (install it with libtsk19 and libhivex0): libabsent.so: cannot open'*) ;;
*) fail "$text" ;;
esac

# With the real one beside it all is known.
cp "$B/shvm-guest-helper" alone/
text=$(trouble)
[ "$text" = null ] || fail "$text"
json_is .guest.windows false out

# Not in a folder where others may add files: any of them could put one there.
chmod 1777 alone
case $(trouble) in
*'install it with'*) ;;
*) fail "a helper from a folder like /tmp was started" ;;
esac
chmod 755 alone
[ "$(trouble)" = null ] || fail "not found again"

# What it is given: two descriptors, no argument, no word of the environment.
cat >alone/shvm-guest-helper <<END
#!/bin/bash
{ ls -l /proc/self/fd; tr '\\0' ' ' </proc/\$\$/environ; echo "argv: \$# \$*"
  ps -o tty=,sid= -p \$\$; } >$TMP/spy
exec $B/shvm-guest-helper
END
SECRET=marker-of-the-environment trouble >text 5<w.raw 6>sixth <w.raw
[ "$(cat text)" = null ] || fail "$(cat text)"
for word in marker w.raw sixth; do
	hasnt "$word" spy
done
has 'argv: 0' spy
has 'socket:' spy

# The program itself links none of what the helper needs.
readelf -d "$SHVM" >needed
has NEEDED needed
for library in libtsk libhivex libseccomp; do
	hasnt $library needed
done
