#!/bin/bash
# The kernel with ARMv8's SHA-2 instructions gives the known answers under an
# emulator. Built alone, since no ARM libraries are needed for it.
. "$ROOT/tests/cli/lib.sh"
cc=${ARM_CC:-aarch64-linux-gnu-gcc}
need "$cc" qemu-aarch64-static
echo '#include <stdio.h>' | "$cc" -x c -E -o /dev/null - 2>/dev/null ||
	skip "no libc headers for $cc (libc6-dev-arm64-cross)"

"$cc" -std=gnu17 -O3 -march=armv8-a+crypto -static -Wall -Wextra -Werror \
	-D_GNU_SOURCE -I"$ROOT" -I"$ROOT/include" -o "$TMP/kernel" \
	"$ROOT/tests/arm/kernel.c" "$ROOT/signer/sha256_armv8.c" \
	"$ROOT/signer/sha2_constants.c"
qemu-aarch64-static "$TMP/kernel"
