# make, make check, make install DESTDIR=...; make help lists all targets.
# One Makefile, no recursion but for variants (another build folder and flags).
# V=1 shows commands, B=dir picks the build folder, CC=clang the compiler.
B       ?= build
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g
DEPS    := libcrypto zlib libxml-2.0 xmlsec1-openssl libcurl hivex libguestfs \
	libseccomp liburing tsk
PROG_DEPS := jansson
PKGCONF ?= pkg-config

VERSION := $(shell sed -n 's/.*SHVM_PROGRAM_VERSION "\(.*\)"/\1/p' base/version.h)

override CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -Iinclude \
	$(shell $(PKGCONF) --cflags $(DEPS) $(PROG_DEPS)) $(CPPFLAGS)
override CFLAGS := -std=gnu17 -fvisibility=hidden -fPIC -pthread -Wall -Wextra \
	-Wshadow -Wvla -Wmissing-prototypes -Wstrict-prototypes -Wformat=2 \
	-Wcast-qual -Wimplicit-fallthrough -Wconversion -Wno-sign-conversion $(CFLAGS)
LDLIBS  += $(shell $(PKGCONF) --libs $(DEPS)) -pthread
Q       := $(if $(V),,@)

PROG_SRC := $(wildcard cli/*.c)
LIB_SRC  := $(wildcard base/*.c vhdx/*.c signer/*.c pdk/*.c)
SUPPORT_SRC := $(wildcard tests/unit/support*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
LIB_OBJ  := $(LIB_SRC:%.c=$B/%.o)
PROG_OBJ := $(PROG_SRC:%.c=$B/%.o)
SUPPORT_OBJ := $(SUPPORT_SRC:%.c=$B/%.o)
UNITS    := $(UNIT_SRC:%.c=$B/%)

all: $B/libshvm.a $(if $(PROG_SRC),$B/shvm)

$B/flags: FORCE
	@mkdir -p $B; echo '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(CPPFLAGS) $(CFLAGS)' > $@
$B/%.o: %.c $B/flags
	@mkdir -p $(@D); $(if $V,,echo '  CC    $<')
	$Q$(CC) $(CPPFLAGS) $(CFLAGS) $(CFLAGS_$(basename $(notdir $<))) -MMD -MP -c -o $@ $<
$B/libshvm.a: $(LIB_OBJ)
	$Qrm -f $@ && $(AR) rcs $@ $^
$B/shvm: $(PROG_OBJ) $B/libshvm.a
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(shell $(PKGCONF) --libs $(PROG_DEPS))
$B/tests/unit/%: $B/tests/unit/%.o $(SUPPORT_OBJ) $(LIB_OBJ)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) $(LDFLAGS_$(notdir $@)) -o $@ $^ $(LDLIBS) -lcmocka
# This test looks at a secret's pages while they are given back.
LDFLAGS_test_secret := -Wl,--wrap=munmap

check: $(UNITS)
	@for t in $(UNITS); do $(WRAP) $$t || exit 1; done
check-asan:
	$Q$(MAKE) B=build/asan CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all" check

clean:
	rm -rf build
help:
	@grep -oE '^[a-z-]+:' $(firstword $(MAKEFILE_LIST)) | tr -d : | sort
.PHONY: all check check-asan clean help FORCE
.SECONDARY:
-include $(LIB_OBJ:.o=.d) $(PROG_OBJ:.o=.d) $(UNITS:=.d) $(SUPPORT_OBJ:.o=.d)
