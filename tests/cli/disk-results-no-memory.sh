# Where memory for a result runs out, an exit status of 0 without a word is never
# that of a result with a part missing.
. "$ROOT/tests/cli/lib.sh"
need cc

# A library in which the allocation number $AT fails; how many there were goes to
# the file $COUNT.
cat >poor.c <<'END'
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
static atomic_long count;
static int is_time(void)
{
	const char *at = getenv("AT");
	if (atomic_fetch_add(&count, 1) + 1 != (at ? atol(at) : 0)) return 0;
	errno = ENOMEM;
	return 1;
}
void *malloc(size_t size) { return is_time() ? NULL : __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return is_time() ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t size) { return is_time() ? NULL : __libc_realloc(p, size); }
__attribute__((destructor)) static void finish(void)
{
	const char *path = getenv("COUNT");
	FILE *f = path ? fopen(path, "w") : NULL;
	if (!f) return;
	fprintf(f, "%ld\n", atomic_load(&count));
	fclose(f);
}
END
cc -shared -fPIC -o poor.so poor.c || skip "cc makes no shared library"
poor() { timeout 60 env "$@" LD_PRELOAD="$PWD/poor.so" "$SHVM" "${command[@]}"; }

truncate -s 1M d.raw
# The result is made last.
for line in 'disk digest --whole --raw d.raw' 'disk info --raw d.raw'; do
	read -ra command <<<"$line"
	rm -f count
	poor COUNT=count >good 2>err || fail "$line: $(cat err)"
	[ -s count ] || skip "this build does not call the library"
	total=$(cat count) names=$(sed 's/: .*//' good) missed=0
	for ((at = total - 110; at <= total; at++)); do
		code=0
		poor AT=$at >out 2>err || code=$?
		if [ $code = 0 ] && ! grep -q 'out of memory' err; then
			[ "$(sed 's/: .*//' out)" = "$names" ] ||
				fail "$line: without allocation $at: $(cat out)"
		else
			missed=$((missed + 1))
		fi
	done
	[ $missed -gt 20 ] || fail "$line: $missed allocations were missed"
done
