#!/bin/bash
# The kernel with ARMv8's SHA-2 instructions gives the known answers under an
# emulator. Built alone, since no ARM libraries are needed for it.
. "$ROOT/tests/cli/lib.sh"
cc=${ARM_CC:-aarch64-linux-gnu-gcc}

# Built where there is only clang; its headers of the C library are this
# machine's, which is good enough for what the kernel uses.
if command -v clang >/dev/null; then
	clang --target=aarch64-linux-gnu -std=gnu17 -O3 -march=armv8-a+crypto \
		-Wall -Wextra -Werror -D_GNU_SOURCE -I"$ROOT" -I"$ROOT/include" \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" \
		-idirafter /usr/include -c -o "$TMP/kernel.o" \
		"$ROOT/hash/sha256_armv8.c" || fail "clang does not build it"
	# sha256h, sha256h2, sha256su0, sha256su1, 16 or 12 a block and stream
	[ "$(od -An -tx4 -v -w4 "$TMP/kernel.o" | grep -cE '5e..[45]|5e28')" -ge 16 ] ||
		fail "no SHA-2 instructions in it"
fi
need "$cc" qemu-aarch64-static
echo '#include <stdio.h>' | "$cc" -x c -E -o /dev/null - 2>/dev/null ||
	skip "no libc headers for $cc (libc6-dev-arm64-cross)"

"$cc" -std=gnu17 -O3 -march=armv8-a+crypto -static -Wall -Wextra -Werror \
	-D_GNU_SOURCE -I"$ROOT" -I"$ROOT/include" -o "$TMP/kernel" \
	"$ROOT/tests/arm/kernel.c" "$ROOT/hash/sha256_armv8.c" \
	"$ROOT/hash/sha2_constants.c"
qemu-aarch64-static "$TMP/kernel"
