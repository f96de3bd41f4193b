#!/bin/bash
# docs/FORMAT-VHD.md lists every reason code of the VHD reader and no others;
# each has a case in the unit test.
set -eu

cd "$ROOT"
grep -oE '"VHD_[A-Z_]+"' disk/vhd.c | tr -d '"' | sort -u >"$TMP/code"
grep -oE '^\| `VHD_[A-Z_]+`' docs/FORMAT-VHD.md | tr -d '|` ' | sort -u >"$TMP/docs"
test "$(wc -l <"$TMP/code")" -ge 16
diff "$TMP/code" "$TMP/docs"
while read -r code; do
	grep -q "\"$code\"" tests/unit/test_vhd.c || { echo "no case: $code"; exit 1; }
done <"$TMP/code"

# Each field of the footer is in the page, at its offset.
for field in '0 | 8 | Cookie' '12 | 4 | File Format Version' '16 | 8 | Data Offset' \
	'48 | 8 | Current Size' '56 | 2 | Cylinder' '60 | 4 | Disk Type' '64 | 4 | Checksum' \
	'68 | 16 | Unique Id' '84 | 1 | Saved State' '85 | 427 | Reserved'; do
	grep -qF "| $field |" docs/FORMAT-VHD.md || { echo "not in the page: $field"; exit 1; }
done
