#!/bin/bash
# What the documents have of the program's tables is up to date; README and the
# samples name what is there.
# usage: SHVM=program B=folder check-docs.sh
set -u
cd "$(dirname "$0")/.." || exit 1
: "${SHVM:=build/shvm}" "${B:=build}"
status=0

bad()
{
	echo "docs: $*"
	status=1
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Written by: make docs
make -s check-generated B="$B" || bad 'a document is not up to date'
for page in docs/shvm-*.1; do
	noun=${page#docs/shvm-}
	noun=${noun%.1}
	for part in synopsis options; do
		[[ $noun.$part == fsk.options ]] || # has none
			grep -q "generated: $part $noun\$" "$page" || bad "$page: its $part are not generated"
	done
done
while read -r noun; do
	[[ -e docs/shvm-$noun.1 || $noun == completion ]] || bad "there is no docs/shvm-$noun.1"
done < <("$SHVM" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | sort -u)
if command -v mandoc >/dev/null; then
	mandoc -Tlint -Wwarning docs/*.[13] >"$work/lint" || { cat "$work/lint"; bad "mandoc finds faults"; }
fi

# Paths that these pages name exist (globs and NAMES in capitals stand for
# several).
for text in README.md CONTRIBUTING.md docs/ARCHITECTURE.md docs/TUTORIAL-*.md docs/CI.md; do
	for path in $(grep -oE '(^|[ `(])(base|source|vhdx|disk|guest|hash|signer|pdk|cli|helper|include|tests|samples|docs|\.ci)/[A-Za-z0-9_./*-]*' "$text" |
		sed 's/^[ `(]//; s/[.,;:]*$//' | sort -u); do
		path=${path%/}
		case $path in
		*X* | *NOUN* | *NAME*) path=${path%/*} ;;
		esac
		[[ -e $path || ($path == *\** && $(compgen -G "$path")) ]] || bad "$text names $path, which is not there"
	done
	for target in $(grep -oE '(^    |`|word )make [a-z][a-z-]*' "$text" | awk '{ print $NF }' | sort -u); do
		grep -q "^$target:" Makefile || bad "$text names 'make $target'"
	done
done

# Documents and samples that a page names by the place where they are installed.
while IFS=: read -r text path; do
	path=${path#/usr/share/doc/shvm/}
	[[ -e ${path%[.,]} ]] || bad "$text names /usr/share/doc/shvm/$path, which is not installed"
done < <(grep -oE '/usr/share/doc/shvm/[A-Za-z0-9_./-]*' docs/*.md ./*.md)

# Links to other documents lead somewhere.
for text in *.md docs/*.md; do
	while read -r link; do
		[[ $link == http*:* || -e ${text%"${text##*/}"}$link ]] || bad "$text links to $link, which is not there"
	done < <(grep -oE '\]\([^)#[:space:]]+' "$text" | cut -c 3-)
done

# And so do commands and options in the code of all pages.
"$SHVM" completion bash >"$work/completion"
pages=(README.md CONTRIBUTING.md docs/*.md)
awk -f tests/docs-code.awk "$work/completion" "${pages[@]}" || status=1
[[ $(grep -ohE '`[^`]*--[a-z][^`]*`' "${pages[@]}" | wc -l) -gt 100 ]] || bad 'the options of the pages were not found'

# Commands that README and the samples show exist, and so do their options.
cat README.md samples/*.sh | sed 's/^\$ //; s/"\$shvm"/shvm/' >"$work/shown"
while read -r _ noun verb rest; do
	[[ $noun == --* ]] && continue
	[[ $noun == completion ]] && continue
	# shellcheck disable=SC2086
	"$SHVM" $noun $verb --help >"$work/command" 2>/dev/null || {
		bad "shown, but no command: shvm $noun $verb"
		continue
	}
	for option in $(grep -oE -e '--[a-z][a-z0-9-]*' <<<"$rest"); do
		grep -q -e "^  $option\( \|\$\)" "$work/command" ||
			bad "shown, but no option: shvm $noun $verb $option"
	done
done < <(grep -hE '^(    |run )shvm [a-z]+ ' "$work/shown" | sed 's/^run //; s/^ *//')
exit $status
