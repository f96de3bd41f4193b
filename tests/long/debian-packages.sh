# The packages: built twice from the tarball by dpkg-buildpackage, in different
# folders and times, with the same bytes; lintian finds nothing; what they contain
# works from a folder of its own.
. "$ROOT/tests/cli/lib.sh"
need dpkg-buildpackage dh lintian
if missing=$(cd "$ROOT" && dpkg-checkbuilddeps 2>&1); then :; else skip "${missing##*: }"; fi

version=$(sed -n '1s/.*(\(.*\)-[^-]*).*/\1/p' "$ROOT/debian/changelog")
# The tarball of the commit, or of this tree where that is a tarball itself.
if git -C "$ROOT" rev-parse --git-dir >/dev/null 2>&1; then
	make -s -C "$ROOT" dist DIST="$TMP/shvm_$version.orig"
else
	tar -C "$ROOT" --exclude=./build --transform "s|^\.|shvm-$version|" -czf "shvm_$version.orig.tar.gz" .
fi
build()
{
	mkdir -p "$1"
	cp "shvm_$version.orig.tar.gz" "$1/"
	(cd "$1" && tar xzf shvm_*.orig.tar.gz && cd "shvm-$version" &&
		env -u B -u SHVM -u MAKEFLAGS -u MFLAGS TZ="$2" DEB_BUILD_OPTIONS="$3 parallel=$(nproc)" \
			dpkg-buildpackage -us -uc) >"$1.log" 2>&1 ||
		{ tail -n 40 "$1.log"; fail "dpkg-buildpackage in $1"; }
	(cd "$1" && sha256sum ./*.deb) >"$1.sums"
}
build first UTC ''
grep -q '^[0-9]* passed, 0 failed' first.log || fail "the unit tests were not run"
build another/longer-place Asia/Tokyo nocheck
hasnt " passed, " another/longer-place.log
diff first.sums another/longer-place.sums || fail "the second build has other bytes"
cat first.sums

lintian --allow-root --fail-on error,warning first/*.changes || fail "lintian"

for deb in first/*.deb; do
	dpkg-deb -x "$deb" root
done
lib=$(dirname "$(find root -name libshvm.so.0)")
[ "$(root/usr/bin/shvm --version)" = "shvm $version" ] || fail "--version"
[ -x root/usr/share/doc/shvm/samples/make-windows-disk.sh ] || fail "samples cannot be run"
readelf -d "$lib/libshvm.so.0" | grep -q 'SONAME.*\[libshvm.so.0\]' || fail "soname"
SHVM=$TMP/root/usr/bin/shvm root/usr/share/doc/shvm/samples/first-run.sh tour >tour.log 2>&1 ||
	{ cat tour.log; fail "the first run"; }
