# A library that is loaded late and is missing stops only what needs it, and the
# text names the package. A file that is no library hides the real one.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need jq sgdisk mkntfs mkfs.vfat

windows_raw w.raw
mkdir -p hide
for so in libtsk.so.19 libhivex.so.0 libguestfs.so.0 libcurl.so.4; do
	: >hide/$so
done
export LD_LIBRARY_PATH="$TMP/hide"

expect 0 "$SHVM" --version
expect 0 "$SHVM" doctor
for line in 'libtsk.so.19 cannot be loaded' 'libhivex.so.0 cannot be loaded' \
	'libguestfs.so.0 cannot be loaded' 'libcurl.so.4 cannot be loaded'; do
	has "$line" out
done
for package in libtsk19 libhivex0 libguestfs0 libcurl4; do
	has "; install $package" out
done
expect 0 "$SHVM" doctor --json
json_is '[.items[] | select(.works | not) | .package] | contains(["libtsk19", "libhivex0", "libguestfs0", "libcurl4"])' true out

expect 1 "$SHVM" guardian import --out g.xml http://127.0.0.1:9
has 'libcurl.so.4 cannot be loaded' err
has 'install libcurl4' err

# The facts of the guest are unknown, and the digest needs none of them.
"$SHVM" disk info --json w.raw >out 2>err || :
json_is '.guest.trouble | contains("; install libtsk19")' true out
expect 0 "$SHVM" disk digest --partition 7 w.raw
