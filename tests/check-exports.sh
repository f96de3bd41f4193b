#!/bin/bash
# Only shvm_ names leave the shared and the static library; the program uses
# of the library only public names, apart from those of base/.
set -u
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
status=0

so=$(nm -D --defined-only "$B/libshvm.so" | awk '{ print $NF }' | sed 's/@.*//' | sort -u)
a=$(nm -g --defined-only "$B/libshvm.a" | awk 'NF == 3 { print $3 }' | sort -u)
[[ $so && $a ]] || { echo "exports: a library has no names"; exit 1; }

bad=$(printf '%s\n' "$so" "$a" | grep -v '^shvm_\|^SHVM_[0-9]*$')
# What sanitizers and coverage add is not ours.
bad=$(printf '%s\n' "$bad" | grep -v '^__\|^_sanitizer\|^$')
[[ -z $bad ]] || { echo "exports: these names are not shvm_:" $bad; status=1; }

# What the headers declare is there, in both, and nothing else is.
declared=$(cat include/shvm/*.h | tr '\n' ' ' |
	grep -o 'SHVM_API[^;({]*[ *]shvm_[a-z0-9_]*(' | grep -o 'shvm_[a-z0-9_]*($' | tr -d '(' | sort -u)
[[ $declared ]] || { echo "exports: the headers declare nothing"; status=1; }
for list in so a; do
	missing=$(comm -23 <(echo "$declared") <(echo "${!list}"))
	[[ -z $missing ]] || { echo "exports: declared and not in the .$list:" $missing; status=1; }
	extra=$(comm -13 <(echo "$declared") <(echo "${!list}" | grep '^shvm_'))
	[[ -z $extra ]] || { echo "exports: in the .$list and not declared:" $extra; status=1; }
done

# The package of the shared library lists them, each with the first version that has it.
listed=$(sed -n 's/^ \(shvm_[a-z0-9_]*\)@SHVM_0 [0-9].*/\1/p' debian/libshvm0.symbols | sort -u)
for name in $(comm -23 <(echo "$declared") <(echo "$listed")); do
	echo "exports: debian/libshvm0.symbols has no line ' $name@SHVM_0 $(sed -n '1s/^shvm (\(.*\)-.*/\1/p' debian/changelog)'"
	status=1
done
gone=$(comm -13 <(echo "$declared") <(echo "$listed"))
[[ -z $gone ]] || { echo "exports: in debian/libshvm0.symbols and not declared:" $gone; status=1; }

ours=$(nm -g --defined-only "$B"/{source,vhdx,disk,guest,hash,signer,pdk,attest}/*.o 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u)
used=$(nm -u "$B"/cli/*.o | awk 'NF == 2 { print $2 }' | sort -u)
inner=$(comm -12 <(echo "$ours") <(echo "$used") | grep -v '^shvm_\|^$')
[[ -z $inner ]] || { echo "exports: the program uses inner names:" $inner; status=1; }

# nbdkit's plugin gives one name to nbdkit, and takes of it only nbdkit's own.
plugin=$B/nbdkit-shvm-plugin.so
if [[ -e $plugin ]]; then
	given=$(nm -D --defined-only "$plugin" | awk '{ print $NF }' | grep -v '^__\|^_sanitizer')
	[[ $given == plugin_init ]] || { echo "exports: the plugin has the names:" $given; status=1; }
	taken=$(ldd -r "$plugin" 2>&1 | sed -n 's/^undefined symbol: \([^ \t]*\).*/\1/p')
	grep -q '^nbdkit_' <<<"$taken" || { echo "exports: the plugin needs nothing of nbdkit"; status=1; }
	taken=$(grep -v '^nbdkit_\|^__' <<<"$taken")
	[[ -z $taken ]] || { echo "exports: the plugin needs the names:" $taken; status=1; }
fi
exit $status
