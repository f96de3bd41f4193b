#!/bin/bash
# How we write: words that plain technical English does not have must not be in
# strings, comments, scripts and documents, and the library must not name the
# options of a program, since other programs show its texts, too.
# usage: check-words.sh [-c]    -c: count the findings by folder, always exit 0
set -u
cd "$(dirname "$0")/.." || exit 1

words='behind|lacks|mend|mends|mended|anew|vouch|vouches|vouched|nobody|somebody|whoever|whom|goes on'

# The words of others: a licence.
others_words='^debian/copyright$'

# scan OPTIONS FILE...: findings as FILE:LINE: WORD: TEXT. C files are read as
# strings and comments: a text of several literals or lines is one text. Other
# files are read by lines. OPTIONS 1: an option in a string is a finding, too.
scan()
{
	local options=$1
	shift
	(($# > 0)) || return 0
	awk -v words="$words" -v options="$options" '
	# Report each banned word of a text that begins in the line at.
	function judge(text, at, string, rest, found, from)
	{
		gsub(/\\[nt]/, " ", text)
		gsub(/[ \t]+/, " ", text)
		if (string && text == "nobody")
			return                          # the name of the user
		rest = " " tolower(text) " "
		gsub(/user `?nobody/, "user", rest)
		gsub(/[^a-z0-9_-]nobody\(\)/, " ", rest)
		while (match(rest, "[^a-z0-9_](" words ")[^a-z0-9_]")) {
			found = substr(rest, RSTART + 1, RLENGTH - 2)
			from = RSTART > 40 ? RSTART - 40 : 1
			print FILENAME ":" at ": \"" found "\": " substr(rest, from, RSTART + 40 - from)
			rest = substr(rest, RSTART + RLENGTH - 1)
		}
		# One alone is an argument for another program.
		if (string && options && text !~ /^--[a-z-]+=?$/ && match(" " text, /[^-a-zA-Z0-9]--[a-z]/))
			print FILENAME ":" at ": an option: " text
	}
	function end_string()
	{
		if (have)
			judge(string, string_at, 1)
		have = 0
		string = ""
	}
	FNR == 1 { end_string(); comment = 0; before = ""; c = FILENAME ~ /\.[ch]$/ }
	# The last word of a line and the next line can be a finding together.
	!c {
		line = $0
		sub(/^[ \t]*(#+|\/\/|\.\\")?[ \t]*/, "", line)
		judge(line, FNR)
		if (match(" " tolower(line) " ", /^ on[^a-z]/) && before ~ /goes$/)
			print FILENAME ":" FNR ": \"goes on\": " line
		before = line
		next
	}
	{
		line = $0
		while (line != "" || comment) {
			if (comment) {
				end = index(line, "*/")
				part = end ? substr(line, 1, end - 1) : line
				sub(/^[ \t]*\*?/, "", part)
				text = text " " part
				if (!end)
					break
				judge(text, text_at)
				comment = 0
				line = substr(line, end + 2)
				continue
			}
			if (!match(line, /["\047]|\/\*|\/\//)) {
				if (line ~ /[^ \t\\]/)
					end_string()
				break
			}
			code = substr(line, 1, RSTART - 1)
			if (code ~ /[^ \t]/)
				end_string()
			mark = substr(line, RSTART, 1)
			two = substr(line, RSTART, 2)
			line = substr(line, RSTART)
			if (mark == "\"" && match(line, /^"([^"\\]|\\.)*"/)) {
				if (!have)
					string_at = FNR
				have = 1
				string = string substr(line, 2, RLENGTH - 2)
				line = substr(line, RLENGTH + 1)
			} else if (mark == "\047" && match(line, /^\047([^\047\\]|\\.)[^\047]*\047/)) {
				line = substr(line, RLENGTH + 1)
			} else if (two == "/*") {
				comment = 1
				text = ""
				text_at = FNR
				line = substr(line, 3)
			} else if (two == "//") {
				judge(substr(line, 3), FNR)
				break
			} else {
				line = substr(line, 2)
			}
		}
	}
	END { end_string() }
	' "$@"
}

# The check finds what it is for, and nothing else.
own=$(mktemp -d) || exit 1
trap 'rm -rf "$own"' EXIT
cat >"$own/bad.c" <<-'END'
	/* One that nobody
	 * reads, which goes
	 * on for ever. */
	const char *a = "the tail is\nbehind the head"; // whom
	const char *b = "it goes " /* no break */
		"on, anew";
	int x = '"'; const char *c = "give --force";
END
cat >"$own/good.c" <<-'END'
	/* The user nobody; humans and mending; a /usr/sbin/behind_it. */
	int behind = getpwnam("nobody") ? 1 : '"'; const char *lacks = "a--b \" -- c", *d = "--unix=";
	#define TWO "one goes", "on"
END
printf '%s\n' '# It goes' '# on; whoever.' >"$own/bad.sh"
want='bad.c:1: "nobody"
bad.c:1: "goes on"
bad.c:4: "behind"
bad.c:4: "whom"
bad.c:5: "goes on"
bad.c:5: "anew"
bad.c:7: an option
bad.sh:2: "whoever"
bad.sh:2: "goes on"'
got=$(cd "$own" && scan 1 bad.c good.c bad.sh | cut -d: -f1-3)
if [[ $got != "$want" ]]; then
	echo "words: the check itself is broken: it finds"
	echo "$got"
	exit 1
fi

texts()
{
	find [a-z]* .github *.md Makefile -name build -prune -o -type f -print 2>/dev/null | sort -u |
		grep -E "$1" | grep -vE "$others_words|^tests/check-words\.sh$"
}
mapfile -t library < <(texts '^(base|source|vhdx|disk|guest|hash|signer|pdk)/.*\.[ch]$')
mapfile -t others < <(texts '^(include|helper|plugin|cli|tests|samples|docs)/.*\.[ch]$'
	texts '^Makefile$|^(samples|scripts)/|^tests/.*\.(sh|py)$|^debian/|\.(md|[13]|yml)$' | grep -v '\.[ch]$')
found=$(scan 1 "${library[@]}"; scan 0 "${others[@]}")
if [[ ${1-} == -c ]]; then
	sed 's|/.*||; s|:.*||' <<<"$found" | sort | uniq -c
	exit 0
fi
((${#library[@]} > 100)) || { echo "words: only ${#library[@]} files of the library"; exit 1; }
[[ -z $found ]] || { sed 's/^/words: /' <<<"$found"; exit 1; }
