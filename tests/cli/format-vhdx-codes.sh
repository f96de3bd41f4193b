#!/bin/bash
# docs/FORMAT-VHDX.md lists every reason code of the reader, and no others.
set -eu

cd "$ROOT"
words='(NOT_VHDX|TRUNC_HEADER|NO_VALID_[A-Z_]+|FREE_SPACE|FILE[A-Z]*_[A-Z_]+|BAD_[A-Z_]+|BLOCK_SIZE|DISK_SIZE|SECTOR_SIZE|LEAKED|CHECKS_MAX|(HDR|HEADER|LOG|REGION|META|BAT|LOCATOR|PARENT)_[A-Z_]+[A-Z0-9])'
grep -hoE "\"$words\"" vhdx/{header,meta,log,bat_load,layout,locator,parent,image,check}.c \
	base/checks.c | tr -d '"' | sort -u >"$TMP/code"
grep -oE "^\| \`$words\`" docs/FORMAT-VHDX.md | tr -d '|` ' | sort -u >"$TMP/docs"
test "$(wc -l <"$TMP/code")" -gt 60
diff "$TMP/code" "$TMP/docs"

# Each code that refuses has a hostile image (that it is refused for just this
# is the subject of disk-hostile.sh and of test_cases), or a test that makes
# what no table of images can hold: a file beyond 256 TiB, 2^18 descriptors, 65
# parents, a caller who does not want the log replayed.
"$B/tests/data/vhdx/mkvhdx" list | sed -n 's/^hostile [^ ]* //p' | sort -u >"$TMP/cases"
sed -n "s/^| \`\([A-Z_0-9]*\)\` .*| refused.*/\1/p" docs/FORMAT-VHDX.md | sort -u >"$TMP/refused"
test "$(wc -l <"$TMP/refused")" -gt 60
comm -23 "$TMP/refused" "$TMP/cases" >"$TMP/others"
for pair in FILE_TOO_BIG:image LOG_DIRTY:log LOG_FLOOD:log_limits PARENT_DEPTH:cases; do
	echo "${pair%:*}"
	grep -q "\"${pair%:*}\"" "tests/unit/test_${pair#*:}.c"
done >"$TMP/elsewhere"
diff "$TMP/elsewhere" "$TMP/others"
# And no image is refused for anything that the document does not have.
comm -13 "$TMP/refused" "$TMP/cases" >"$TMP/unknown"
diff /dev/null "$TMP/unknown"

# Each warning and note has a good image that raises it, or one of these tests.
sed -n "s/^| \`\([A-Z_0-9]*\)\` .*| \(warning\|note\) |/\1/p" docs/FORMAT-VHDX.md | sort -u |
	while read -r code; do
		grep -rlq "\"$code\"" tests/data/vhdx tests/unit || { echo "no image: $code"; exit 1; }
	done
