#!/bin/bash
# Images made by Windows, Disk2vhd and qemu: the raw contents of each must have
# the SHA-256 that the folder's manifest.json gives.
# usage: real-images.sh FOLDER, or IMAGES=FOLDER; 77 without such a folder
set -eu

images=${1:-${IMAGES:-}}
if [[ -z $images || ! -f $images/manifest.json ]]; then
	echo "no folder of real images given (IMAGES=...)"
	exit 77
fi
for tool in jq openssl gzip bzip2 zstd; do
	command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
shvm=${SHVM:-build/shvm}
tmp=${TMP:-$(mktemp -d "${TMPDIR:-/tmp}/shvm-images.XXXXXX")}
trap 'rm -f "$tmp"/*.vhdx' EXIT

unpack()
{
	case $1 in
	*.gz) gzip -dc "$1" ;;
	*.bz2) bzip2 -dc "$1" ;;
	*.zst) zstd -dcq "$1" ;;
	*) cat "$1" ;;
	esac | cp --sparse=always /dev/stdin "$2"
}

names=$(jq -r 'keys[]' "$images/manifest.json")
# All first: children want their parents next to them.
for name in $names; do
	stored=$(jq -r --arg n "$name" '.[$n].stored' "$images/manifest.json")
	unpack "$images/$stored" "$tmp/$name.vhdx"
done

failed=0 passed=0
for name in $names; do
	wanted=$(jq -r --arg n "$name" '.[$n].raw_sha256' "$images/manifest.json")
	is=$("$shvm" disk read --quiet "$tmp/$name.vhdx" | openssl dgst -sha256 -r)
	before=$(jq -r --arg n "$name" '.[$n].vhdx_sha256' "$images/manifest.json")
	after=$(openssl dgst -sha256 -r <"$tmp/$name.vhdx")
	if [[ ${is%% *} == "$wanted" && ${after%% *} == "$before" ]]; then
		passed=$((passed + 1))
	else
		echo "$name: ${is%% *}, not $wanted (file ${after%% *})"
		failed=$((failed + 1))
	fi
done
echo "$passed images as they should be, $failed not"
((failed == 0 && passed > 0))
