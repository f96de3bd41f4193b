#!/bin/bash
# Which folder may include which: base < source < vhdx < disk < {guest, hash} < signer < pdk
# < attest < cli, with helper on guest and plugin on the public headers, and which outside libraries a folder may
# use: every include line of the project is looked at. attest/ is for what a host
# and a guardian service both speak; it comes with them.
set -u
cd "$(dirname "$0")/.." || exit 1

libc='assert|ctype|dirent|dlfcn|errno|fcntl|grp|inttypes|limits|linux/.*|math|'
libc+='iconv|poll|pthread|pwd|sched|semaphore|setjmp|signal|spawn|stdalign|'
libc+='stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|'
libc+='arm_neon|sys/.*|syslog|termios|threads|time|unistd|cpuid|[a-z0-9]*intrin|netdb|'
libc+='netinet/in|arpa/inet'
status=0 seen=0

# The folders that there are, and their sources.
folders=()
for folder in base source vhdx disk guest hash signer pdk attest cli helper plugin; do
	[[ -d $folder ]] && folders+=("$folder")
done
mapfile -t sources < <(find "${folders[@]}" -maxdepth 1 -name '*.c' | sort)

# allow FOLDER INTERNAL OUTSIDE: regular expressions without ".h"
allow()
{
	local file line name
	while IFS=: read -r file line; do
		seen=$((seen + 1))
		name=${line#*[<\"]}
		name=${name%.h[>\"]*}
		case $line in
		*\"*) [[ $name =~ ^($2)/[a-z0-9_]+$ ]] && continue ;;
		*'<shvm/'*) [[ -e include/$name.h ]] && continue ;;
		*)
			[[ $name =~ ^($libc|$3)$ ]] && continue
			only_here "$file" "$name" && continue
			;;
		esac
		echo "layers: $file may not have: $line"
		status=1
	done < <(grep -H '^[[:space:]]*#[[:space:]]*include' "$1"/*.[ch] 2>/dev/null)
}

# Libraries that belong to certain files only.
only_here()
{
	case $1:$2 in
	base/xml*:libxml/* | base/wipe.c:libxml/* | base/wipe.c:malloc | base/xmldsig.[ch]:openssl/* | base/xmldsig.c:xmlsec/*) return 0 ;;
	disk/gpt.c:zlib | pdk/deflate.c:zlib | pdk/user_data.c:yaml | pdk/password_hash.c:crypt) return 0 ;;
	guest/dynlib_guestfs.h:guestfs | guest/luks.c:openssl/* | guest/luks_cipher.c:openssl/*) return 0 ;;
	helper/tsk.h:tsk/* | helper/hive.c:hivex | helper/lock.c:seccomp) return 0 ;;
	hash/leaf_reader_direct.c:liburing | signer/dynlib_curl.h:curl/*) return 0 ;;
	*) return 1 ;;
	esac
}

allow base 'base' 'openssl/(err|crypto|rand|evp)'
allow source 'base|source' ''
allow vhdx 'base|source|vhdx' ''
allow disk 'base|source|vhdx|disk' ''
allow guest 'base|source|vhdx|disk|guest' ''
allow hash 'base|source|vhdx|disk|hash' 'openssl/.*'
allow signer 'base|source|vhdx|disk|guest|hash|signer' 'openssl/.*'
allow pdk 'base|source|disk|signer|pdk' 'openssl/.*'
allow attest 'base|source|disk|signer|pdk|attest' 'openssl/.*|jansson'
allow cli 'base|cli' 'jansson'
allow docs/generate 'base|cli|docs/generate|signer' 'jansson'
# nbdkit's plugin uses the library as other programs do; of base/ the macros.
allow plugin 'base|plugin' 'nbdkit-plugin'
# The helper is a program of its own; no library file includes its headers.
allow helper 'base|source|guest|helper' ''
allow include/shvm 'none' ''

# A .c file includes its own header first: the header stands alone.
for file in "${sources[@]}"; do
	header=${file%.c}.h
	[[ -e $header ]] || continue
	first=$(grep -m 1 '^#include' "$file")
	[[ $first == "#include \"$header\"" ]] ||
		{ echo "layers: $file does not include its own header first"; status=1; }
done

# All that is printed goes through one filter, and no part of a JSON result gets
# lost: cli/out.c prints and builds. Help, completion and the bar print what is
# constant. A string in json_pack() comes from out_string().
while IFS= read -r line; do
	echo "layers: for cli/out.c to do: $line"
	status=1
done < <(
	grep -nE '\b(v?d?f?printf|f?puts|f?putc|putchar|perror|fwrite)\(' cli/*.c |
		grep -vE '^cli/(out|help|completion(_[a-z]+)?|progress)\.c:|dprintf\(fd, "\\n"\)'
	grep -nE '\bjson_(stringn?|sprintf|array_(append|extend|insert|set)|object_(set|update|setn?)|dump(f|fd|_[a-z]+)?)(_new|_nocheck|_missing)*\(' cli/*.c |
		grep -v '^cli/out\.c:'
	grep -nE '"[^"]*[:[]s[?*%#+]*[],}][^"]*"' cli/*.c
)

# Ceilings of the house: 600 lines a file.
for file in $(find "${folders[@]}" include/shvm tests/unit tests/helper tests/data/vhdx tests/fuzz -maxdepth 1 -name '*.[ch]'); do
	lines=$(wc -l <"$file")
	((lines <= 600)) || { echo "layers: $file has $lines lines"; status=1; }
done

# And 60 lines and 7 parameters a function. The layout is clang-format's: a
# function's braces stand in column 0, its head begins after an empty line, a
# brace, a comment or a directive. "..." is not counted.
functions=0
while read -r file name lines parameters; do
	functions=$((functions + 1))
	((lines <= 60)) || { echo "layers: $file: $name() has $lines lines"; status=1; }
	((parameters <= 7)) ||
		{ echo "layers: $file: $name() has $parameters parameters"; status=1; }
done < <(awk '
	/^$|^[}#]|^ ?[*\/]|;$/ { head = ""; if ($0 != "}" || !from) next }
	$0 == "{" && head ~ /\)$/ { from = first; open = head; head = ""; next }
	$0 == "}" && from {
		name = open; depth = 0; commas = 0
		while (match(name, /__attribute__\(\([^)]*(\([^)]*\))?\)\)|PRINTF_LIKE\([^)]*\)/))
			name = substr(name, 1, RSTART - 1) substr(name, RSTART + RLENGTH)
		list = name; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
		for (i = 1; i <= length(list); i++) {
			c = substr(list, i, 1)
			depth += (c == "(") - (c == ")")
			commas += c == "," && depth == 1 && substr(list, i) !~ /^, *\.\.\./
		}
		print FILENAME, name, FNR - from + 1, commas + 1
		from = 0; next
	}
	!from { if (head == "") first = FNR; sub(/^[ \t]+/, " "); head = head $0 }
' "${sources[@]}")

((functions > 0)) || { echo "layers: no function was found"; status=1; }

((seen > 0)) || { echo "layers: no include line was found"; status=1; }
exit $status
