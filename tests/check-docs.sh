#!/bin/bash
# Help, man pages, completion and README agree with the program and the tree.
# usage: SHVM=program check-docs.sh
set -u
cd "$(dirname "$0")/.." || exit 1
: "${SHVM:=build/shvm}"
status=0

bad()
{
	echo "docs: $*"
	status=1
}

# Is an option written in a page, as \-\-name or --name?
in_page() # NAME PAGE
{
	sed 's/\\-/-/g; s/\\f[BIRP]//g' "$2" | grep -qE -e "--$1([^a-z0-9-]|\$)"
}

# The long options that a help text lists, below a heading.
options() # HEADING FILE
{
	awk -v h="$1:" '$0 == h { on = 1; next } /^[A-Z]/ { on = 0 }
		on && /^  --/ { print substr($1, 3) }' "$2"
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# "noun verb" or "word" of each command, from the overall help.
"$SHVM" --help >"$work/help" || bad "shvm --help fails"
completion=$("$SHVM" completion bash)
mapfile -t commands < <(sed -n "s/^\t'\([a-z -]*\)') opts=.*/\1/p" <<<"$completion")
((${#commands[@]} > 0)) || bad "no command was found"

for command in "${commands[@]}"; do
	grep -q "^  $command\( \|\$\)" "$work/help" || bad "--help does not list '$command'"
	# shellcheck disable=SC2086
	"$SHVM" $command --help >"$work/command" || bad "'$command --help' fails"
	page=docs/shvm-${command%% *}.1
	[[ $command == *' '* ]] || page=docs/shvm.1
	if [[ ! -e $page ]]; then
		bad "there is no $page for '$command'"
		continue
	fi
	sed 's/\\-/-/g; s/\\f[BIRP]//g' "$page" | grep -q -e "$command" ||
		bad "$page does not name '$command'"
	for option in $(options Options "$work/command"); do
		in_page "$option" "$page" || bad "$page: --$option of '$command' is missing"
	done
	for option in $(options 'Common options' "$work/command"); do
		in_page "$option" docs/shvm.1 || bad "docs/shvm.1: --$option is missing"
	done
	options Options "$work/command" >>"$work/all.${command%% *}"
	options 'Common options' "$work/command" >>"$work/all.${command%% *}"
done

# The other way round: an option in a page's synopsis exists.
for page in docs/shvm-*.1; do
	[[ -e $page ]] || continue
	noun=${page#docs/shvm-}
	noun=${noun%.1}
	for option in $(awk '/^\.SH/ { on = /SYNOPSIS/ } on' "$page" | sed 's/\\-/-/g' |
		grep -oE -e '--[a-z][a-z0-9-]*' | sed 's/^--//' | sort -u); do
		grep -qx -e "$option" "$work/all.$noun" 2>/dev/null ||
			bad "$page: no command of $noun has --$option"
	done
done
if command -v mandoc >/dev/null; then
	mandoc -Tlint -Wwarning docs/*.[13] >"$work/lint" || { cat "$work/lint"; bad "mandoc finds faults"; }
fi

# Paths that README and CONTRIBUTING name exist (globs and NAMES in capitals
# stand for several).
for text in README.md CONTRIBUTING.md; do
	for path in $(grep -oE '(^|[ `(])(base|source|vhdx|disk|guest|hash|signer|pdk|cli|include|tests|samples|docs|\.ci)/[A-Za-z0-9_./*-]*' "$text" |
		sed 's/^[ `(]//; s/[.,;:]*$//' | sort -u); do
		path=${path%/}
		case $path in
		*X* | *NOUN*) path=${path%/*} ;;
		esac
		[[ -e $path || ($path == *\** && $(compgen -G "$path")) ]] || bad "$text names $path, which is not there"
	done
	for target in $(grep -oE '(^    |`|word )make [a-z][a-z-]*' "$text" | awk '{ print $NF }' | sort -u); do
		grep -q "^$target:" Makefile || bad "$text names 'make $target'"
	done
done

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
