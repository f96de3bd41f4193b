#!/bin/bash
# Make the seeds of the fuzz targets vhdx, log and locator from generated
# cases. usage: make-vhdx-corpus.sh [BUILD_FOLDER], after make build/tests/data/vhdx/*
set -eu

cd "$(dirname "$0")/../.."
B=${1:-build}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/shvm-corpus.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
corpus=tests/fuzz/corpus
mkdir -p $corpus/vhdx $corpus/log $corpus/locator

vhdx='bat-block-over-log bat-blocks-half-over-each-other bat-larger-than-needed
	bat-unmapped-past-eof bitmap-over-block child-4k-sectors
	child-all-states child-block-over-bitmap cut-in-bat
	dirty-log-grows-the-file disk-size-8p dynamic-256m-4k-sectors every-state
	fixed-8m-odd-size fixed-9g-in-three-chunks header-tie-other-write-guid
	identical-headers-as-disk2vhd-writes items-overlap-by-one-byte
	last-block-cut-as-qemu-writes locator-without-parent log-clears-metadata
	metadata-count-65535 partial-without-bitmap region-count-2048
	regions-in-other-order size-64t-1m unknown-region-over-bat user-item'
logs='dirty-log dirty-log-with-highest-number
	dirty-log-without-descriptors log-descriptor-count-127 log-entry-bad-crc
	log-tail-inside-the-entry log-writes-itself log-zeros-run-into-itself'
locators='child-as-windows-writes child-linked-by-linkage2 locator-key-twice
	locator-key-odd parent-path-goes-up parent-path-unc-as-relative'

"$B/tests/data/vhdx/mkvhdx" pack "$tmp"
for name in $vhdx; do
	cp "$tmp/$name" $corpus/vhdx/
done
# The log lies at 1 MiB; one byte in front, 0 for right checksums.
for name in $logs; do
	"$B/tests/data/vhdx/mkvhdx" unpack "$tmp/$name" "$tmp/image"
	{
		printf '\0'
		tail -c +1048577 "$tmp/image" | head -c 8190
	} >"$tmp/log"
	# Without the zeros at its end.
	perl -0777 -pe 's/(.)\0+\z/$1/s' "$tmp/log" >"$corpus/log/$name"
done
# The locator is item number 5 of the table at 2 MiB.
for name in $locators; do
	"$B/tests/data/vhdx/mkvhdx" unpack "$tmp/$name" "$tmp/image"
	perl -0777 -ne 'my ($at, $len) = unpack("V2", substr($_, 2097152 + 32 +
		5 * 32 + 16, 8)); print substr($_, 2097152 + $at, $len)' \
		"$tmp/image" >"$corpus/locator/$name"
done
