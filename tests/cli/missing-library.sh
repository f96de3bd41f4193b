# A library that is loaded late and is missing stops only what needs it, and the
# text names the package. A file that is no library hides the real one.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need jq

mkdir -p hide
for so in libguestfs.so.0 libcurl.so.4; do
	: >hide/$so
done
export LD_LIBRARY_PATH="$TMP/hide"

expect 0 "$SHVM" --version
expect 0 "$SHVM" doctor
for line in 'libguestfs.so.0 cannot be loaded' 'libcurl.so.4 cannot be loaded'; do
	has "$line" out
done
for package in libguestfs0 libcurl4; do
	has "    fix:      install $package" out
done
expect 0 "$SHVM" doctor --json
json_is '[.checks[] | select(.outcome == "failed") | .fix] | contains(["install libguestfs0", "install libcurl4"])' true out

expect 1 "$SHVM" guardian import --out g.xml http://127.0.0.1:9
has 'libcurl.so.4 cannot be loaded' err
has 'install libcurl4' err
