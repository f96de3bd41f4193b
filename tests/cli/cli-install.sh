# Install into a folder, build programs against it, uninstall: nothing is left.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-install.sh"
need pkg-config cc

stage="DESTDIR=$TMP/stage PREFIX=/opt/shvm"
# shellcheck disable=SC2086
make_there install $stage
root=$TMP/stage/opt/shvm
if pkg-config --exists nbdkit; then
	[ -x "$root/lib/nbdkit/plugins/nbdkit-shvm-plugin.so" ] || fail "the plugin was not installed"
	[ -s "$root/share/man/man1/nbdkit-shvm-plugin.1" ] || fail "its man page was not installed"
fi
for file in bin/shvm lib/libshvm.a lib/libshvm.so lib/pkgconfig/libshvm.pc \
	include/shvm/disk.h share/man/man1/shvm.1 share/man/man3/libshvm.3 \
	share/bash-completion/completions/shvm \
	share/zsh/site-functions/_shvm share/fish/vendor_completions.d/shvm.fish libexec/shvm/shvm-guest-helper \
	share/doc/shvm/NEWS.md share/doc/shvm/samples/scale/task.sh; do
	[ -s "$root/$file" ] || fail "$file was not installed"
done
"$root/bin/shvm" --version >version
[ -x "$root/libexec/shvm/shvm-guest-helper" ] || fail "the helper cannot be run"
# Where it is looked for: there, and not in the stage.
"$root/bin/shvm" doctor >doctor
grep -q ' guest-helper .*: /opt/shvm/libexec/shvm/shvm-guest-helper: No such' doctor ||
	fail "the helper's place: $(grep helper doctor)"
readelf -d "$root/lib/libshvm.so" | grep -q 'SONAME.*libshvm.so.0' || fail "soname"
for hardening in BIND_NOW RELRO; do
	readelf -lWd "$root/bin/shvm" | grep -q "$hardening" || fail "the program does not have $hardening"
done
readelf -h "$root/bin/shvm" | grep -q 'Type: *DYN' || fail "the program is not PIE"

cat >use.c <<'END'
#include <shvm/disk.h>
#include <shvm/version.h>
#include <stdio.h>
#include <string.h>
int main(void)
{
	struct shvm_err err = { 0 };
	struct shvm_disk *disk;

	puts(shvm_library_version());
	if (strcmp(shvm_library_version(), SHVM_LIBRARY_VERSION) != 0)
		return 2;
	return shvm_disk_open("/nonexistent", NULL, &disk, &err) == SHVM_E_IO ? 0 : 1;
}
END
export PKG_CONFIG_PATH=$root/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$TMP/stage
# shellcheck disable=SC2046
cc -o use use.c $(pkg-config --cflags --libs libshvm)
LD_LIBRARY_PATH=$root/lib ./use >out
[ "shvm $(cat out)" = "$(cat version)" ] || fail "versions: $(cat out version)"
# The static one: the library's own name first, the others from pkg-config.
unset PKG_CONFIG_SYSROOT_DIR
# shellcheck disable=SC2046
cc -o use-static use.c -I"$root/include" "$root/lib/libshvm.a" \
	$(pkg-config --libs $(sed -n 's/^Requires.private: //p' "$root/lib/pkgconfig/libshvm.pc")) -pthread
./use-static >/dev/null

# Each file that a man page names is there, and each that a document names, unless
# it is a file of the source tree.
doc=$root/share/doc/shvm
for page in "$root"/share/man/man?/*; do
	sed 's/\\-/-/g; s/\\f[BIRP]//g; s/\\&//g' "$page" >page
	hasnt /usr/share/doc page
	hasnt /usr/libexec page
	{
		grep -oE '/opt/shvm/[A-Za-z0-9_./-]+' page || :
		grep -oE '\b[A-Z]+[A-Z-]*(-[a-z]+)?\.md\b|[a-z-]+\.rng|[a-z-]+\.schema\.json' page |
			sed 's|^|/opt/shvm/share/doc/shvm/docs/|'
		grep -oE '(^|[^/a-z])(docs|samples)/[A-Za-z0-9_./-]+' page |
			sed -E 's|^[^ds]?|/opt/shvm/share/doc/shvm/|'
	} | sed 's/[.,;:]*$//' | sort -u >named
	while read -r path; do
		[ -e "$TMP/stage$path" ] || fail "${page##*/} names $path, which is not installed"
		echo "$path" >>all-named
	done <named
done
[ "$(sort -u all-named | wc -l)" -gt 10 ] || fail "no paths were found in the man pages"
for text in "$doc"/*.md "$doc"/docs/*.md; do
	for path in $(grep -oE '(^|[ `(])(docs|samples)/[A-Za-z0-9_./-]*' "$text" | sed 's/^[ `(]//; s/[.,;:]*$//' | sort -u); do
		case $path in # the source of a page, and names that stand for several
		docs/generate* | *X* | *NOUN* | *-NAME* | docs/*.[13]) continue ;;
		esac
		[ -e "$doc/$path" ] || [ -n "$(compgen -G "$doc/$path*")" ] ||
			fail "${text##*/} names $path, which is not installed"
	done
done

# shellcheck disable=SC2086
make_there uninstall $stage
left=$(find "$TMP/stage" -type f -o -type l -o -path '*/libexec/shvm' -o -path '*/doc/shvm' -o -path '*/include/shvm')
[ -z "$left" ] || fail "left: $left"

# In a new build folder each target makes the folder that it is in.
make -s -C "$ROOT" B="$TMP/fresh" "$TMP/fresh/libshvm.pc" || fail "libshvm.pc alone"
