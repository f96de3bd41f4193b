# debian/ without a build of the packages: each file that make install writes is in
# one package and each line of a package has a file, and what the build needs is
# what samples/install-packages.sh installs. tests/check-exports.sh looks at the list of
# symbols, tests/long/debian-packages.sh builds them.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-install.sh"
need pkg-config
pkg-config --exists nbdkit || skip "nbdkit-plugin-dev is not installed: there is no plugin"

make_there install "DESTDIR=$TMP/stage" PREFIX=/usr LIBDIR=/usr/lib/triplet \
	ZSHDIR=/usr/share/zsh/vendor-completions
(cd stage && find . -type f -o -type l) | sed 's|^\./||' | sort >staged

# in_packages FOLDER: the files of the stage by the lines of FOLDER/*.install
in_packages()
{
	local list line
	for list in "$1"/*.install; do
		while read -r line; do
			[ -n "$(cd stage && compgen -G "$line")" ] ||
				{ echo "${list##*/}: $line: there is no such file"; return 1; }
			# shellcheck disable=SC2086
			(cd stage && find $line -type f -o -path "$line" -type l)
		done <"$list"
	done | sort >packed
	if grep ': there is no such file' packed; then return 1; fi
	diff staged packed
}
in_packages "$ROOT/debian" >differences || fail "$(cat differences)"
# What differs is found: a file in no package, in two, a line without a file.
cp -r "$ROOT/debian" debian
: >debian/shvm-guest-helper.install
in_packages debian >differences && fail "a file in no package is not found"
has '< usr/libexec/shvm/shvm-guest-helper' differences
echo usr/bin/shvm >>debian/libshvm0.install
in_packages debian >differences && fail "a file in two packages is not found"
echo usr/bin/none >>debian/libshvm0.install
in_packages debian >differences && fail "a line without a file is not found"
has 'libshvm0.install: usr/bin/none: there is no such file' differences
for list in "$ROOT"/debian/*.install; do
	package=${list##*/}
	grep -qx "Package: ${package%.install}" "$ROOT/debian/control" || fail "${package%.install} is not in debian/control"
done

# A sample is a program where it is one in the sources, and begins with #!, as
# Debian demands of programs among documents.
find stage/usr/share/doc -type f -perm -u+x >programs
[ "$(wc -l <programs)" = "$(find "$ROOT/samples" -type f -perm -u+x | wc -l)" ] || fail "programs among the documents: $(cat programs)"
while read -r program; do
	[ "$(head -c 2 "$program")" = '#!' ] || fail "$program is executable and no script"
done <programs

# The packages to build with: the compiler and make are there in each build.
# shellcheck disable=SC2046
build=$(sed -n "/^build='/,/'\$/p" "$ROOT/samples/install-packages.sh" | tr -d "'" | sed 's/^build=//')
sed -n '/^Build-Depends:/,/^[A-Z].*:/p' "$ROOT/debian/control" | tr -d ' ,' >needed
for package in $build; do
	case $package in gcc | make | libc6-dev) continue ;; esac
	grep -qx -e "$package" -e "$package<!nocheck>" needed || fail "$package is not in Build-Depends of debian/control"
done
# To compile with the library needs the pkg-config files that its own names.
if command -v dpkg >/dev/null; then
	sed -n '/^Package: libshvm-dev/,/^$/p' "$ROOT/debian/control" | tr -d ' ,' >needed
	for name in $(sed -n 's/^Requires.private: //p' stage/usr/lib/triplet/pkgconfig/libshvm.pc); do
		file=$(pkg-config --variable=pcfiledir "$name")/$name.pc
		package=$(dpkg -S "$(realpath "$file")" 2>/dev/null | sed 's/:.*//')
		[ -z "$package" ] || grep -qx "$package" needed || fail "libshvm-dev does not depend on $package, which has $name.pc"
	done
fi
