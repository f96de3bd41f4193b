#!/bin/bash
# The decoders and their unit tests on a machine with other byte order and word
# size (PowerPC: 32 bits, big-endian), under an emulator. Built from source with
# tests/cross in place of cmocka, OpenSSL and zlib.
# usage: check-cross.sh; CROSS_CC and CROSS_RUN name compiler and emulator
set -u
cd "$(dirname "$0")/.." || exit 1
cc=${CROSS_CC:-powerpc-linux-gnu-gcc} run=${CROSS_RUN-qemu-ppc-static}
tests='buf values tree gpt bat meta log log_limits image_headers source vhd'
out=$(mktemp -d "${TMPDIR:-/tmp}/shvm-cross.XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT
passed=0 failed=0

for program in "$cc" $run; do
	command -v "$program" >/dev/null && continue
	echo "  skipped  $program is not installed (samples/install-packages.sh cross)"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
done

files=(vhdx/bat*.c base/{buf,checks,crc32c,encode,err,file,found,guid,line,reserved,rules,utf16,utf8,version}.c
	disk/{disk,disk_check,format,format_raw,format_vhdx,gpt,gpt_entries}.c
	disk/{partition_content,partition_type,vhd}.c hash/tree.c
	source/{file_holes,foreign,source,source_file}.c
	vhdx/{check,header,image,image_read,layout,locator,log,log_patch,meta}.c
	vhdx/{allocation,parent,view}.c
	tests/data/vhdx/{vhdxgen,gen_bytes,gen_fill,gen_log,gen_meta}.c
	tests/unit/{support,support_gpt,support_image}.c
	tests/cross/outside.c)
export cc out SHVM_TEST_SLOW=1
compile()
{
	# The headers of OpenSSL and zlib are those of this machine.
	"$cc" -std=gnu17 -O1 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wall -Wextra \
		-Werror -ffunction-sections -fdata-sections -Itests/cross -I. \
		-Iinclude -idirafter /usr/include \
		-idirafter "/usr/include/$(gcc -dumpmachine)" \
		-c -o "$out/$(tr / _ <<<"$1").o" "$1"
}
export -f compile
if ! printf '%s\0' "${files[@]}" | xargs -0 -P "${JOBS:-$(nproc)}" -I{} bash -c 'compile "$1"' _ {}; then
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi
ar rcs "$out/all.a" "$out"/*.o
run_one() # NAME of a unit test
{
	if compile "tests/unit/test_$1.c" &&
		"$cc" -static -Wl,--gc-sections -o "$out/$1" \
			"$out/tests_unit_test_$1.c.o" "$out/all.a" -pthread \
			-latomic &&
		timeout 300 $run "$out/$1" >"$out/$1.log" 2>&1; then
		echo "  ok       $1"
		touch "$out/$1.ok"
	else
		echo "  FAILED   $1"
		[[ ! -e $out/$1.log ]] || tail -n 5 "$out/$1.log"
	fi
}
export -f run_one
export run
printf '%s\0' $tests | xargs -0 -P "${JOBS:-$(nproc)}" -I{} bash -c 'run_one "$1"' _ {}
for name in $tests; do
	if [[ -e $out/$name.ok ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed, 0 skipped"
((failed == 0 && passed > 0))
