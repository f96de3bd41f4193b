#!/bin/bash
# docs/FORMAT-VHDX.md lists every reason code of the reader, and no others.
set -eu

cd "$ROOT"
words='(NOT_VHDX|TRUNC_HEADER|NO_VALID_[A-Z_]+|FREE_SPACE|FILE[A-Z]*_[A-Z_]+|BAD_[A-Z_]+|BLOCK_SIZE|DISK_SIZE|SECTOR_SIZE|LEAKED|FINDINGS_MAX|(HDR|HEADER|LOG|REGION|META|BAT|LOCATOR|PARENT)_[A-Z_]+[A-Z0-9])'
grep -hoE "\"$words\"" vhdx/{header,meta,log,bat_load,layout,locator,parent,image,check}.c \
	base/findings.c | tr -d '"' | sort -u >"$TMP/code"
grep -oE "^\| \`$words\`" docs/FORMAT-VHDX.md | tr -d '|` ' | sort -u >"$TMP/docs"
test "$(wc -l <"$TMP/code")" -gt 60
diff "$TMP/code" "$TMP/docs"
