#!/bin/bash
# Each public header alone, as C99 and as C++, without our flags. Every parameter
# of every public function is described, and every struct of parameters can grow.
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
# A function's comment has a line @name: for each parameter, but for err, which
# <shvm/error.h> describes for all of them.
described()
{
	awk '
	function check(decl, comment,    name, n, list, i, p) {
		gsub(/\n[ \t]*/, " ", decl)
		match(decl, /shvm_[a-z0-9_]+\(/)
		name = substr(decl, RSTART, RLENGTH - 1)
		decl = substr(decl, RSTART + RLENGTH)
		sub(/\);$/, "", decl)
		gsub(/\[[^]]*\]/, "", decl)
		n = split(decl, list, ",")
		for (i = 1; i <= n; i++) {
			p = list[i]
			gsub(/ +$/, "", p)
			sub(/.*[ *]/, "", p)
			if (p != "void" && p != "err" && !index(comment, "@" p ":")) {
				print "headers: " FILENAME ": " name "() does not say what " p " is"
				bad = 1
			}
		}
	}
	BEGIN { RS = "" }
	/(^|\n)SHVM_API/ {
		text = $0
		comment = ""
		while (match(text, /\/\*([^*]|\*+[^*\/])*\*+\/|(^|\n)SHVM_API[^;]*;/)) {
			token = substr(text, RSTART, RLENGTH)
			text = substr(text, RSTART + RLENGTH)
			if (token ~ /^\/\*/)
				comment = token
			else
				check(token, comment)
		}
	}
	END { exit bad }
	' "$@"
}
described include/shvm/*.h || status=1
# The check finds what is missing.
printf '/* f\n * @a: one\n */\nSHVM_API int shvm_f(int a,\n\tconst char *b[2], struct shvm_err *err);\n' |
	described | grep -q 'shvm_f() does not say what b is' ||
	{ echo "headers: a parameter without a description is not found"; status=1; }
# What callers fill ends with reserved members, which base/reserved.h checks.
awk '/^struct shvm_[a-z_]*_params \{/ { name = $2; n = 0 }
	/uint64_t reserved\[4\];/ { n = 1 }
	/^};/ && name { if (!n) { print "headers: " FILENAME ": struct " name " cannot grow"; bad = 1 } name = "" }
	END { exit bad }' include/shvm/*.h || status=1
((seen > 0)) || { echo "headers: there are none"; status=1; }
exit $status
