# make, make check, make install DESTDIR=...; make help lists all targets.
# One Makefile, no recursion but for variants (another build folder and flags).
#   B=dir     build folder            V=1      show commands
#   CC=clang  compiler                WERROR=1 warnings are errors
#   PREFIX=   /usr/local              DESTDIR= staging folder of install
#   LIBEXECDIR=  where the helper is installed: PREFIX/libexec/shvm
#   PLUGINDIR=   where nbdkit's plugin is installed: LIBDIR/nbdkit/plugins
#   T=gpt     target of make fuzz     TIME=60  its seconds
B       ?= build
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
LIBEXECDIR ?= $(PREFIX)/libexec/shvm
INCDIR  ?= $(PREFIX)/include
MANDIR  ?= $(PREFIX)/share/man
COMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
DOCDIR  ?= $(PREFIX)/share/doc/shvm
CFLAGS  ?= -O2 -g
TIME    ?= 60
DEPS    := libcrypto zlib libxml-2.0 xmlsec1-openssl liburing yaml-0.1 libcrypt
# Loaded on first use (base/dynlib.h): only their headers are needed to build.
DYNLIB_DEPS := libcurl libguestfs
PROG_DEPS := jansson
HELPER_DEPS := tsk hivex libseccomp libcrypto
PKGCONF ?= pkg-config
# nbdkit's plugin is built where nbdkit's header is installed. nbdkit looks for
# it in its own folder, which is this one when PREFIX is nbdkit's.
PLUGINDIR ?= $(LIBDIR)/nbdkit/plugins
PLUGIN  := $(if $(shell $(PKGCONF) --exists nbdkit && echo yes),$B/nbdkit-shvm-plugin.so)

VERSION := $(shell sed -n 's/^#define SHVM_LIBRARY_[MP][A-Z]* \([0-9]*\)$$/\1/p' include/shvm/version.h | paste -sd.)
SOVERSION := 0

# Release builds; the variants below switch it off.
HARDEN    ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong
HARDEN_LD ?= -Wl,-z,relro,-z,now

override CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -Iinclude \
	$(shell $(PKGCONF) --cflags $(DEPS) $(DYNLIB_DEPS) $(PROG_DEPS) $(HELPER_DEPS)) $(CPPFLAGS)
override CFLAGS := -std=gnu17 -fvisibility=hidden -fPIC -pthread -Wall -Wextra \
	-Wshadow -Wvla -Wmissing-prototypes -Wstrict-prototypes -Wformat=2 \
	-Wcast-qual -Wimplicit-fallthrough -Wconversion -Wno-sign-conversion \
	$(if $(WERROR),-Werror) $(HARDEN) $(CFLAGS)
override LDFLAGS := $(HARDEN_LD) $(LDFLAGS)
# Each hash kernel has the instructions that it needs, and nothing else has.
CFLAGS_avx512 := -O3 -mavx512f -mavx512bw -mavx512vl
ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
CFLAGS_sha256_avx512 := $(CFLAGS_avx512)
CFLAGS_sha512_avx512 := $(CFLAGS_avx512)
CFLAGS_sha256_avx2 := -O3 -mavx2
CFLAGS_sha256_ni := -O3 -mssse3 -msse4.1 -msha
endif
ifneq ($(filter aarch64%,$(shell $(CC) -dumpmachine)),)
CFLAGS_sha256_armv8 := -O3 -march=armv8-a+crypto
endif
LDLIBS  += $(shell $(PKGCONF) --libs $(DEPS)) -pthread
PROG_LIBS := $(shell $(PKGCONF) --libs $(PROG_DEPS))
HELPER_LIBS := $(shell $(PKGCONF) --libs $(HELPER_DEPS))
Q       := $(if $(V),,@)
comma   := ,
SAY     = @$(if $V,:,echo '  $(1)  $@')

# The folders of the library, bottom to top; tests/check-layers.sh checks the order.
LIB_DIRS  := base source vhdx disk guest hash signer pdk attest
LIB_SRC   := $(wildcard $(LIB_DIRS:%=%/*.c))
PROG_SRC  := $(wildcard cli/*.c)
HELPER_SRC := $(wildcard helper/*.c)
PLUGIN_SRC := $(if $(PLUGIN),$(wildcard plugin/*.c))
UNIT_SRC  := $(wildcard tests/unit/test_*.c)
# tests/data/vhdx makes test disks; each of its files with a main() is a program.
GEN_MAIN  := $(shell grep -ls '^int main' tests/data/vhdx/*.c)
BENCH_SRC := $(wildcard tests/bench/*.c)
# Writes the parts of the documents that come from the program's tables.
GENERATE_SRC := $(wildcard docs/generate/*.c)
GEN_SRC   := $(filter-out $(GEN_MAIN),$(wildcard tests/data/vhdx/*.c))
HELP_SRC  := $(wildcard tests/unit/support*.c) $(GEN_SRC)
FUZZ_SRC  := $(wildcard tests/fuzz/fuzz_*.c)
LIB_OBJ   := $(LIB_SRC:%.c=$B/%.o)
PROG_OBJ  := $(PROG_SRC:%.c=$B/%.o)
HELPER_OBJ := $(HELPER_SRC:%.c=$B/%.o)
HELPER    := $B/shvm-guest-helper
# The same with jobs that try to escape from the sandbox.
TEST_HELPER := $B/tests/helper/shvm-guest-helper
UNITS     := $(UNIT_SRC:%.c=$B/%)
OOM_UNITS := $(UNIT_SRC:tests/unit/%.c=$B/tests/oom/%)
GENS      := $(GEN_MAIN:%.c=$B/%)
BENCHES   := $(BENCH_SRC:%.c=$B/%)
FUZZERS   := $(FUZZ_SRC:%.c=$B/%)
ALL_SRC   := $(LIB_SRC) $(PROG_SRC) $(HELPER_SRC) $(PLUGIN_SRC) $(UNIT_SRC) $(GEN_MAIN) \
	$(HELP_SRC) $(FUZZ_SRC) $(BENCH_SRC) $(GENERATE_SRC) $(wildcard tests/helper/*.c) \
	tests/fuzz/driver.c tests/oom/wrap.c
MAN1      := $(wildcard docs/*.1)
MAN3      := $(wildcard docs/*.3)
CHECKS    ?= tests/check-layers.sh tests/check-circles.sh tests/check-headers.sh tests/check-exports.sh \
	tests/check-version.sh tests/check-words.sh

all: $B/libshvm.a $B/libshvm.so $B/libshvm.pc $B/shvm $(HELPER) $(PLUGIN) $B/shvm.bash $B/shvm.zsh $B/shvm.fish ## library and programs

# Changed flags rebuild everything, a changed list of files links again.
FLAGS := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS)
$B/flags: FORCE
	@mkdir -p $B; echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
$B/sources: FORCE
	@mkdir -p $B; echo '$(ALL_SRC)' | cmp -s - $@ || echo '$(ALL_SRC)' > $@
# Two files know paths: of the installed helper and plugin, and of the built ones.
$B/paths: FORCE
	@mkdir -p $B; echo '$(LIBEXECDIR) $(PLUGINDIR)' | cmp -s - $@ || echo '$(LIBEXECDIR) $(PLUGINDIR)' > $@
$B/guest/helper_path.o: $B/paths
$B/guest/helper_path.o: override CPPFLAGS += -DSHVM_LIBEXECDIR='"$(LIBEXECDIR)"' -DSHVM_PLUGINDIR='"$(PLUGINDIR)"'
$B/tests/helper/installed.o: override CPPFLAGS += \
	-DBUILT_HELPER='"$(abspath $(HELPER))"' -DBUILT_PLUGIN='"$(abspath $B/nbdkit-shvm-plugin.so)"' \
	-DTEST_HELPER='"$(abspath $(TEST_HELPER))"'
$B/%.o: %.c $B/flags
	@mkdir -p $(@D); $(if $V,,echo '  CC    $<')
	$Q$(CC) $(CPPFLAGS) $(CFLAGS) $(CFLAGS_$(basename $(notdir $<))) -MMD -MP -c -o $@ $<

# The public static library: one object in which only SHVM_API names are left.
$B/libshvm.a: $(LIB_OBJ) $B/sources
	$(call SAY,AR)
	$Q$(LD) -r -o $B/libshvm.o $(LIB_OBJ)
	$Qobjcopy --localize-hidden $B/libshvm.o
	$Qrm -f $@ && $(AR) rcs $@ $B/libshvm.o
$B/libshvm.so.$(SOVERSION): $(LIB_OBJ) libshvm.map $B/sources
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-z,defs -Wl,-soname,$(@F) \
		-Wl,--version-script=libshvm.map -o $@ $(LIB_OBJ) $(LDLIBS)
$B/libshvm.so: $B/libshvm.so.$(SOVERSION)
	$Qln -sf $(<F) $@
$B/libshvm.pc: libshvm.pc.in include/shvm/version.h FORCE
	@mkdir -p $B; sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCDIR@|$(INCDIR)|' \
		-e 's|@VERSION@|$(VERSION)|; s|@DEPS@|$(DEPS)|' libshvm.pc.in >$@.new; \
		cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The same objects with the internal names, for the program (which uses base/)
# and for the tests. Thin: they only list their members.
$B/internal.a: $(LIB_OBJ) $B/sources
	$Qrm -f $@ && $(AR) rcsT $@ $(LIB_OBJ)
$B/tests/helpers.a: $(HELP_SRC:%.c=$B/%.o) \
		$(filter-out $B/cli/main.o,$(PROG_OBJ)) $B/sources
	$Qmkdir -p $(@D); rm -f $@ && $(AR) rcsT $@ $(filter %.o,$^)
# It starts the helper from its own folder.
$B/shvm: $(PROG_OBJ) $B/internal.a | $(HELPER)
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $(PROG_OBJ) $B/internal.a $(LDLIBS) $(PROG_LIBS)
$(HELPER): $(HELPER_OBJ) $B/internal.a
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $(HELPER_OBJ) $B/internal.a $(HELPER_LIBS)
# nbdkit has the nbdkit_ names; no name of the library is exported. It stays
# loaded, as the libraries that it needs do.
$B/nbdkit-shvm-plugin.so: $(PLUGIN_SRC:%.c=$B/%.o) $B/libshvm.a
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-z,nodelete -Wl,--exclude-libs,ALL -o $@ \
		$(filter %.o,$^) $B/libshvm.a $(LDLIBS)
TEST_HELPER_OBJ := $(filter-out $B/helper/jobs.o,$(HELPER_OBJ)) $B/tests/helper/jobs.o
$(TEST_HELPER): $(TEST_HELPER_OBJ) $B/internal.a
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $(TEST_HELPER_OBJ) $B/internal.a $(HELPER_LIBS)
GENERATE := $B/docs/generate/generate
$(GENERATE): $(GENERATE_SRC:%.c=$B/%.o) $(filter-out $B/cli/main.o,$(PROG_OBJ)) $B/internal.a
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $(filter %.o,$^) $B/internal.a $(LDLIBS) $(PROG_LIBS)
GENERATED := $(MAN1) $(MAN3) docs/pdk-spec.schema.json docs/RULES.md docs/JSON.md docs/cmdlets.md
$B/shvm.bash $B/shvm.zsh $B/shvm.fish: $B/shvm.%: $B/shvm
	$Q$B/shvm completion $* > $@

# installed.o replaces guest/helper_path.o: tests run the built helper.
TEST_LIBS := $B/tests/helper/installed.o $B/tests/helpers.a $B/internal.a
$B/tests/unit/test_%: $B/tests/unit/test_%.o $(TEST_LIBS)
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) $(LDFLAGS_$(@F)) -o $@ $< $(TEST_LIBS) \
		$(LDLIBS) $(PROG_LIBS) $(LIBS_$(@F)) -lcmocka
# This test looks at a secret's pages while they are given back.
LDFLAGS_test_secret := -Wl,--wrap=munmap
# And this one is a file system without links.
LDFLAGS_test_file := -Wl,--wrap=link,--wrap=renameat2
# And here the system refuses an editor's calls.
LDFLAGS_test_edit_system := $(patsubst %,-Wl$(comma)--wrap=%,flock fcntl64 faccessat fsync lseek64)
# In this one the system has no io_uring.
LIBS_test_leaf_reader = -lseccomp
# No other file refers to a report format, so the linker would leave them out.
LDFLAGS_test_report = $(filter $B/cli/report_%.o,$(PROG_OBJ))
OOM_LD := $(patsubst %,-Wl$(comma)--wrap=%,malloc calloc realloc reallocarray \
	strdup strndup asprintf vasprintf)
$B/tests/oom/test_%: $B/tests/unit/test_%.o $B/tests/oom/wrap.o $(TEST_LIBS)
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) $(LDFLAGS_$(@F)) $(OOM_LD) -o $@ $< $B/tests/oom/wrap.o \
		$(TEST_LIBS) $(LDLIBS) $(PROG_LIBS) $(LIBS_$(@F)) -lcmocka
# These two are built where no package for tests is installed.
GEN_LIBS := $B/tests/gen.a $B/internal.a
$B/tests/gen.a: $(GEN_SRC:%.c=$B/%.o) $B/sources
	$Qmkdir -p $(@D); rm -f $@ && $(AR) rcsT $@ $(filter %.o,$^)
$B/tests/data/vhdx/%: $B/tests/data/vhdx/%.o $(GEN_LIBS)
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(GEN_LIBS) $(LDLIBS)
$B/tests/bench/%: $B/tests/bench/%.o $(GEN_LIBS)
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(GEN_LIBS) $(LDLIBS)
NO_WAIT := $B/tests/no-wait.so
$(NO_WAIT): tests/fixtures/no-wait.c
	@mkdir -p $(@D)
	$Q$(CC) -shared -fPIC -O1 -o $@ $<
FUZZ_MAIN ?= $B/tests/fuzz/driver.o
# The reader of the helper is fuzzed in this process.
$B/tests/fuzz/fuzz_hive: $B/helper/hive.o
LIBS_fuzz_hive = $(HELPER_LIBS)
$B/tests/fuzz/fuzz_%: $B/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) $(TEST_LIBS)
	$(call SAY,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) $(FUZZ_LD) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(LDLIBS) $(PROG_LIBS) $(LIBS_$(@F)) -lcmocka

# Installed files that are not built. Documents name each other as docs/X and
# samples/X, so they keep their folders.
DOC_FILES = $(sort $(wildcard *.md docs/*.md docs/*.rng docs/*.json) $(shell find samples -type f))
DOC_PROGRAMS = $(shell find samples -type f -perm -u+x)
HEADERS   = $(wildcard include/shvm/*.h)
# Man pages name files as a distribution has them.
roff      = $(subst -,\\-,$(1))
MAN_PATHS = -e 's,/usr/share/doc/shvm,$(call roff,$(DOCDIR)),g' \
	-e 's,/usr/libexec/shvm,$(call roff,$(LIBEXECDIR)),g'
# INSTALLED: each file that install writes, as MODE:SOURCE:TARGET.
INSTALLED = 755:$B/shvm:$(BINDIR)/shvm \
	755:$(HELPER):$(LIBEXECDIR)/$(notdir $(HELPER)) \
	$(if $(PLUGIN),755:$(PLUGIN):$(PLUGINDIR)/$(notdir $(PLUGIN))) \
	644:$B/libshvm.a:$(LIBDIR)/libshvm.a \
	644:$B/libshvm.so.$(SOVERSION):$(LIBDIR)/libshvm.so.$(SOVERSION) \
	644:$B/libshvm.pc:$(LIBDIR)/pkgconfig/libshvm.pc \
	$(foreach f,$(HEADERS),644:$f:$(INCDIR)/$(f:include/%=%)) \
	$(foreach f,$(MAN1),644:$B/man/$(notdir $f):$(MANDIR)/man1/$(notdir $f)) \
	$(foreach f,$(MAN3),644:$B/man/$(notdir $f):$(MANDIR)/man3/$(notdir $f)) \
	644:$B/shvm.bash:$(COMPDIR)/shvm 644:$B/shvm.zsh:$(ZSHDIR)/_shvm \
	644:$B/shvm.fish:$(FISHDIR)/shvm.fish \
	$(foreach f,$(DOC_FILES),$(if $(filter $(DOC_PROGRAMS),$f),755,644):$f:$(DOCDIR)/$f)
LINKED = $(LIBDIR)/libshvm.so
install: all ## program, library, headers, man pages, documents, samples; DESTDIR=, PREFIX=
	@mkdir -p $B/man
	@for page in $(MAN1) $(MAN3); do sed $(MAN_PATHS) $$page >$B/man/$${page##*/} || exit 1; done
	@set -e; for row in $(INSTALLED); do \
		mode=$${row%%:*} rest=$${row#*:}; \
		install -D -m $$mode "$${rest%%:*}" "$(DESTDIR)$${rest#*:}"; done
	@ln -sf libshvm.so.$(SOVERSION) $(DESTDIR)$(LINKED)
uninstall: ## remove what install put there
	@for row in $(INSTALLED); do rm -f "$(DESTDIR)$${row##*:}"; done
	@rm -f $(DESTDIR)$(LINKED)
	@for dir in $(LIBEXECDIR) $(INCDIR)/shvm $(DOCDIR); do \
		test ! -d $(DESTDIR)$$dir || find $(DESTDIR)$$dir -depth -type d -empty -delete; done

units: $(UNITS) $(GENS) $(HELPER) $(TEST_HELPER) ## build the unit tests and do not run them
check: units $(if $(CHECKS),$B/libshvm.a $B/libshvm.so $(PROG_OBJ) $(HELPER_OBJ) $(PLUGIN)) ## unit tests, layers, circles, headers, exported names, words
	@B=$B WRAP="$(WRAP)" CC="$(CC)" tests/run-units.sh $(UNITS) $(CHECKS)

SAN := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
VARIANT = $(MAKE) HARDEN= CHECKS=
check-asan: ## unit tests with address and undefined-behaviour sanitizers
	+$Q$(VARIANT) B=build/asan CFLAGS="$(SAN) -fsanitize=address,undefined" check
check-tsan: ## unit tests with the thread sanitizer
	+$Q$(VARIANT) B=build/tsan CFLAGS="$(SAN) -fsanitize=thread" \
		WRAP="env SHVM_TEST_SLOW=1 setarch -R" check
# What valgrind 3.19 cannot run: openat2() (programs that follow parents),
# seccomp(), io_uring (leaf_reader), why a program did not start (helper), a passed-on
# SIGBUS, dlopen() without a leak of libc's (dynlib), reads of memory that is
# being freed (memory).
VALGRIND_NOT := cases check parent parent_path helper leaf_reader sigbus dynlib memory
check-valgrind: ## unit tests under valgrind, but for what that cannot run
	+$Q$(VARIANT) B=build/valgrind CFLAGS="-O1 -g" UNIT_SRC="$(filter-out \
		$(VALGRIND_NOT:%=tests/unit/test_%.c),$(UNIT_SRC))" \
		WRAP="env SHVM_TEST_SLOW=1 valgrind -q --error-exitcode=99 \
		--leak-check=full" check
oom-units: $(OOM_UNITS) $(HELPER) $(TEST_HELPER)
check-oom: ## unit tests with the n-th allocation failing, n = 1, 2, ...
	+$Q$(VARIANT) B=build/asan CFLAGS="$(SAN) -fsanitize=address,undefined" oom-units
	@tests/run-oom.sh $(OOM_UNITS:$B/%=build/asan/%)

check-cli: all $(GENS) $(NO_WAIT) $(GENERATE) ## scripts in tests/cli with the program
	@SHVM=$(abspath $B/shvm) B=$(abspath $B) tests/cli/run.sh tests/cli
check-interop: all $(GENS) $(NO_WAIT) ## against fsverity, openssl, qemu-img and others
	@SHVM=$(abspath $B/shvm) B=$(abspath $B) tests/cli/run.sh tests/interop
check-guest: all $(GENS) $(NO_WAIT) ## what needs libguestfs
	@SHVM=$(abspath $B/shvm) B=$(abspath $B) TIMEOUT=3600 tests/cli/run.sh tests/guest
check-vm: all $(GENS) $(NO_WAIT) ## boots a guest, without KVM
	@SHVM=$(abspath $B/shvm) B=$(abspath $B) TIMEOUT=1800 tests/cli/run.sh tests/vm
# Schedulers and others that take minutes to start: set long of
# samples/install-packages.sh. Unit tests that try all of what check samples.
check-long: all units $(GENS) $(NO_WAIT) ## with a real Slurm and what else takes long
	@SHVM=$(abspath $B/shvm) B=$(abspath $B) TIMEOUT=3600 tests/cli/run.sh tests/long

fuzzers: $(FUZZERS) ## build the fuzz targets with the plain driver
check-fuzz: ## every fuzz target over its corpus and mutations of it
	+$Q$(VARIANT) B=build/asan CFLAGS="$(SAN) -fsanitize=address,undefined" fuzzers
	@tests/run-fuzz.sh build/asan
FUZZ_SAN := -fsanitize=fuzzer-no-link,address,undefined
fuzz: ## libFuzzer on one target: make fuzz T=gpt TIME=60
	@test -f tests/fuzz/fuzz_$(T).c || { echo "fuzz: no target T='$(T)', there are: \
		$(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC))" >&2; exit 1; }
	+$Q$(VARIANT) CC=clang B=build/fuzz CFLAGS="$(SAN) $(FUZZ_SAN)" FUZZ_MAIN= \
		FUZZ_LD=-fsanitize=fuzzer build/fuzz/tests/fuzz/fuzz_$(T)
	@mkdir -p build/fuzz/corpus/$(T)
	build/fuzz/tests/fuzz/fuzz_$(T) -max_total_time=$(TIME) -timeout=10 \
		-rss_limit_mb=1024 -artifact_prefix=build/fuzz/ \
		build/fuzz/corpus/$(T) $(wildcard tests/fuzz/corpus/$(T))

# The VHDX targets take packed files; their mutator knows the packing.
AFL_LIB = $(if $(filter vhdx edit,$(T)),AFL_CUSTOM_MUTATOR_LIBRARY=build/afl/mutator.so)
build/afl/mutator.so: tests/fuzz/mutator_vhdx.c $(filter-out %editvhdx.c \
		%mkvhdx.c tests/data/vhdx/cases%,$(wildcard tests/data/vhdx/*.c))
	@mkdir -p $(@D)
	$Q$(CC) $(CPPFLAGS) -std=gnu17 -O2 -fPIC -shared -DWITH_AFL -o $@ $^
afl: build/afl/mutator.so ## AFL++ on one target: make afl T=vhdx TIME=60
	@test -f tests/fuzz/fuzz_$(T).c || { echo "afl: no target T='$(T)', there are: \
		$(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC))" >&2; exit 1; }
	+$Q AFL_QUIET=1 AFL_USE_ASAN=1 AFL_USE_UBSAN=1 $(VARIANT) CC=afl-clang-fast \
		B=build/afl CFLAGS="-O1 -g -fno-omit-frame-pointer" FUZZ_MAIN= \
		FUZZ_LD=-fsanitize=fuzzer build/afl/tests/fuzz/fuzz_$(T)
	AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_AUTORESUME=1 \
		AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 $(AFL_LIB) \
		afl-fuzz -V $(TIME) -t 10000 -m none -i tests/fuzz/corpus/$(T) \
		-o build/afl/out-$(T) -- build/afl/tests/fuzz/fuzz_$(T)

# The kernels of one instruction set only are left out.
STATIC_SRC = $(filter-out %_avx2.c %_avx512.c %_ni.c %_armv8.c,$(LIB_SRC) $(PROG_SRC) $(HELPER_SRC) $(PLUGIN_SRC))
check-static: ## cppcheck and clang's analyser
	@CPPFLAGS='$(CPPFLAGS) -DSHVM_LIBEXECDIR="$(LIBEXECDIR)" -DSHVM_PLUGINDIR="$(PLUGINDIR)"' \
		tests/check-static.sh $(STATIC_SRC)

check-cross: ## decoders on a 32-bit big-endian machine, emulated
	@tests/check-cross.sh

CHECK_ALL := check check-static check-asan check-tsan check-valgrind check-oom \
	check-fuzz check-cross check-cli check-interop check-guest check-vm check-long
check-all: $(CHECK_ALL) ## all of them

bench: all $(BENCHES) $(GENS) ## measure
	@if test -x tests/bench/run.sh; then export SHVM=$(abspath $B/shvm) && tests/bench/run.sh && tests/bench/view.sh; \
		else echo "bench: there is no tests/bench/run.sh" >&2; exit 1; fi
docs: $(GENERATE) ## write what the documents have of the program's tables
	@$(GENERATE) write $(GENERATED)
check-generated: $(if $(wildcard $(GENERATE)),,$(GENERATE)) ## are they up to date?
	@$(GENERATE) check $(GENERATED)
# Also in an unpacked tarball, where git knows nothing.
C_FILES := find . \( -path ./build -o -path ./debian -o -path ./.git \) -prune -o -name '*.[ch]' -print
DIST := shvm-$(VERSION)
format: ## clang-format over all C files
	clang-format -i $$($(C_FILES))
check-format: ## does clang-format agree?
	$(C_FILES) | xargs -n 20 -P $$(nproc) clang-format --dry-run -Werror
# The same bytes on each machine: the files of the commit with its time, and no
# name or time in the compressed file.
dist: ## the tarball of the last commit
	$Qgit rev-parse --git-dir >/dev/null 2>&1 || { echo "dist: this is not a git clone" >&2; exit 1; }
	$Qgit -c tar.umask=0022 archive --format=tar --prefix=shvm-$(VERSION)/ HEAD >$(DIST).tar
	$Qgzip -9 -n -c $(DIST).tar >$(DIST).tar.gz && rm $(DIST).tar
clean: ## remove the build folders
	rm -rf build
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

.PHONY: docs check-generated all install uninstall units check check-asan check-tsan check-valgrind \
	oom-units check-oom check-static check-cross check-cli check-interop check-guest \
	check-vm check-long fuzzers check-fuzz fuzz afl \
	check-all bench format check-format dist clean help FORCE
.SECONDARY:
.DELETE_ON_ERROR:
-include $(ALL_SRC:%.c=$B/%.d)
