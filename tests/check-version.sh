#!/bin/bash
# include/shvm/version.h defines the version; what repeats it is equal: NEWS.md,
# debian/changelog, the title lines of the man pages, the name of the container.
# usage: check-version.sh [FOLDER]; default is this project
set -u
self=$(realpath "$0")
cd "${1:-$(dirname "$0")/..}" || exit 1
status=0

bad()
{
	echo "version: $*"
	status=1
}

version=$(sed -n 's/^#define SHVM_LIBRARY_[MP][A-Z]* \([0-9]*\)$/\1/p' include/shvm/version.h | paste -sd.)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || bad "include/shvm/version.h: '$version' is not three numbers"

heading=$(sed -n 's/^## //p' NEWS.md | head -n 1)
[[ $heading =~ ^"$version"\ \((unreleased|[0-9]{4}-[0-9]{2}-[0-9]{2})\)$ ]] ||
	bad "NEWS.md begins with '$heading', not with '$version (DATE)' or '$version (unreleased)'"
if [[ -e debian/changelog ]]; then
	head -n 1 debian/changelog | grep -q "^shvm ($version-[0-9][^)]*) " ||
		bad "debian/changelog begins with '$(head -n 1 debian/changelog)', not with $version"
fi
for page in docs/*.[0-9]; do
	[[ $(grep -c "^\.TH .* \"shvm $version\" " "$page") == 1 ]] ||
		bad "$page: .TH does not contain \"shvm $version\"; run make docs"
done
grep -q "^IMAGE=.*:$version\$" samples/scale/kubernetes/values.env ||
	bad "samples/scale/kubernetes/values.env: $(grep '^IMAGE=' samples/scale/kubernetes/values.env), not $version"
[[ $(grep -rlE 'define SHVM_(LIBRARY|PROGRAM)_(VERSION "|MAJOR|MINOR|PATCH)' --include=*.[ch] base cli include) == include/shvm/version.h ]] ||
	bad "the version is defined in more than one header"

# Each of them is noticed.
if (($# == 0 && status == 0)); then
	work=$(mktemp -d) || exit 1
	trap 'rm -rf "$work"' EXIT
	for file in include/shvm/version.h NEWS.md debian/changelog docs/shvm.1 docs/libshvm.3 \
		samples/scale/kubernetes/values.env; do
		[[ -e $file ]] || continue
		rm -rf "$work/copy"
		mkdir -p "$work/copy/include" "$work/copy/samples/scale/kubernetes" "$work/copy/docs"
		cp -r include/shvm "$work/copy/include/"
		cp -r NEWS.md base cli "$work/copy/"
		[[ ! -e debian ]] || cp -r debian "$work/copy/"
		cp docs/*.[0-9] "$work/copy/docs/"
		cp samples/scale/kubernetes/values.env "$work/copy/samples/scale/kubernetes/"
		"$self" "$work/copy" >"$work/out" || bad "a copy is not equal: $(head -n 1 "$work/out")"
		sed -i "s/$version/9.9.9/; s/^\(#define SHVM_LIBRARY_PATCH\) .*/\1 9/" "$work/copy/$file"
		"$self" "$work/copy" >"$work/out" && bad "another version in $file is not noticed"
	done
fi
exit $status
