#!/bin/bash
# Each public header alone, as C99 and as C++, without our flags; every public
# function has a comment in front of it.
set -u
cd "$(dirname "$0")/.." || exit 1
status=0 seen=0

for header in include/shvm/*.h; do
	name=shvm/$(basename "$header")
	seen=$((seen + 1))
	for language in 'c -std=c99' 'c++ -std=c++11'; do
		# shellcheck disable=SC2086
		printf '#include <%s>\n#include <%s>\nint main(void);\n' "$name" "$name" |
			${CC:-cc} -x $language -pedantic-errors -Wall -Wextra -Werror \
				-Iinclude -fsyntax-only - ||
			{ echo "headers: <$name> as $language"; status=1; }
	done
done
# A paragraph of declarations begins with its comment.
awk 'BEGIN { RS = "" } /(^|\n)SHVM_API/ && !/^\/\*/ {
	print "headers: " FILENAME ": no comment for: " $0; bad = 1 } END { exit bad }' \
	include/shvm/*.h || status=1
((seen > 0)) || { echo "headers: there are none"; status=1; }
exit $status
