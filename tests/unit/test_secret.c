/* SPDX-License-Identifier: MIT */
/* Secrets are wiped, locked where possible and kept out of dumps. */
#include "base/secret.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

static int marker(void *ctx, const char *what, char *buf, size_t size,
		  struct shvm_err *err)
{
	const char *text = ctx;

	(void)what;
	(void)err;
	if (!text || strlen(text) > size)
		return -1;
	memcpy(buf, text, strlen(text));
	return (int)strlen(text);
}

/* The flags of the mapping at p, from the kernel. */
static void vm_flags(const void *p, char *ret, size_t size)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512];
	bool here = false;

	assert_non_null(f);
	ret[0] = '\0';
	while (fgets(line, sizeof(line), f)) {
		unsigned long low, high;

		if (sscanf(line, "%lx-%lx", &low, &high) == 2)
			here = (unsigned long)p >= low &&
			       (unsigned long)p < high;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			(void)snprintf(ret, size, "%s", line);
	}
	(void)fclose(f);
}

static void pages_are_locked_and_left_out_of_dumps(void **state)
{
	AUTO(secret_ptr) s = NULL;
	char flags[512];

	(void)state;
	assert_int_equal(secret_new(10, &s, NULL), SHVM_OK);
	memcpy(s->data, "0123456789", 10);
	vm_flags(s->data, flags, sizeof(flags));
	assert_non_null(strstr(flags, " dd")); /* MADV_DONTDUMP */
	assert_non_null(strstr(flags, " wf")); /* MADV_WIPEONFORK */
	if (!strstr(flags, " lo"))
		print_message("note: memory cannot be locked here\n");
}

/* What a shrunken secret held is gone from memory, not only out of reach. */
static void truncation_wipes_the_rest(void **state)
{
	AUTO(secret_ptr) s = NULL;

	(void)state;
	assert_int_equal(secret_copy("passphrase", 10, &s, NULL), SHVM_OK);
	secret_truncate(s, 4);
	assert_int_equal(s->size, 4);
	assert_memory_equal(s->data, "pass\0\0\0\0\0\0", 10);
	secret_truncate(s, 8); /* never grows */
	assert_int_equal(s->size, 4);
}

/* munmap() is replaced by the linker: here the pages can still be looked at. */
static uint8_t seen[16];
static bool looked;
int __real_munmap(void *p, size_t len);
int __wrap_munmap(void *p, size_t len);
int __wrap_munmap(void *p, size_t len)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!looked && len == 3 * page) {
		memcpy(seen, (uint8_t *)p + page, sizeof(seen));
		looked = true;
	}
	return __real_munmap(p, len);
}

static void release_wipes_before_the_pages_go(void **state)
{
	struct secret *s;

	(void)state;
	assert_int_equal(secret_copy("sixteen bytes...", 16, &s, NULL),
			 SHVM_OK);
	looked = false;
	memset(seen, 0xee, sizeof(seen));
	secret_free(s);
	assert_true(looked);
	for (size_t i = 0; i < sizeof(seen); i++)
		assert_int_equal(seen[i], 0);
}

static void guard_pages_stop_an_overrun(void **state)
{
	pid_t child;
	int status;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct rlimit none = { 0, 0 };
		struct secret *s;

		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGSEGV, SIG_DFL);
		if (secret_new(1, &s, NULL) < 0)
			_exit(1);
		((volatile uint8_t *)s->data)[sysconf(_SC_PAGESIZE)] = 1;
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void a_child_does_not_inherit_the_bytes(void **state)
{
	AUTO(secret_ptr) s = NULL;
	pid_t child;
	int status;

	(void)state;
	assert_int_equal(secret_copy("secret", 6, &s, NULL), SHVM_OK);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(memcmp(s->data, "secret", 6) == 0 ? 1 : 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void asks_the_callback(void **state)
{
	AUTO(secret_ptr) s = NULL;
	struct shvm_err err = { 0 };
	char text[] = "hunter2";

	(void)state;
	assert_int_equal(secret_ask(marker, text, "key", &s, NULL), SHVM_OK);
	assert_int_equal(s->size, 7);
	assert_memory_equal(s->data, "hunter2", 7);
	assert_int_equal(secret_ask(marker, NULL, "key", &s, &err),
			 SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "no-passphrase");
	assert_int_equal(secret_ask(NULL, NULL, "my.key", &s, &err),
			 SHVM_E_CRYPTO);
	assert_string_equal(err.msg, "my.key: needs a passphrase");
}

static int because(void *ctx, const char *what, char *buf, size_t size,
		   struct shvm_err *err)
{
	(void)buf;
	(void)size;
	err->code = SHVM_E_IO;
	err->reason = ctx;
	(void)snprintf(err->msg, sizeof(err->msg), "%s: the dog ate it", what);
	return -1;
}

static void a_callback_that_knows_why_is_quoted_alone(void **state)
{
	AUTO(secret_ptr) s = NULL;
	struct shvm_err err = { 0 };
	char reason[] = "dog";

	(void)state;
	assert_int_equal(secret_ask(because, reason, "my.key", &s, &err),
			 SHVM_E_IO);
	assert_int_equal(err.code, SHVM_E_IO);
	assert_string_equal(err.reason, "dog");
	assert_string_equal(err.msg, "my.key: the dog ate it");
	assert_int_equal(secret_ask(because, NULL, "my.key", &s, &err),
			 SHVM_E_IO);
	assert_string_equal(err.reason, "no-passphrase");
	assert_int_equal(secret_ask(because, NULL, "my.key", &s, NULL),
			 SHVM_E_IO);
	assert_null(s);
}

static void refuses_sizes_that_make_no_sense(void **state)
{
	struct secret *s = NULL;

	(void)state;
	assert_int_equal(secret_new(0, &s, NULL), SHVM_E_ARG);
	assert_int_equal(secret_new(SIZE_MAX, &s, NULL), SHVM_E_ARG);
	assert_null(s);
	secret_free(NULL);
}

static void turns_off_core_dumps(void **state)
{
	struct rlimit limit;

	(void)state;
	assert_int_equal(secret_no_core_dumps(NULL), SHVM_OK);
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_int_equal(limit.rlim_max, 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_locked_and_left_out_of_dumps),
		cmocka_unit_test(truncation_wipes_the_rest),
		cmocka_unit_test(release_wipes_before_the_pages_go),
		cmocka_unit_test(guard_pages_stop_an_overrun),
		cmocka_unit_test(a_child_does_not_inherit_the_bytes),
		cmocka_unit_test(asks_the_callback),
		cmocka_unit_test(a_callback_that_knows_why_is_quoted_alone),
		cmocka_unit_test(refuses_sizes_that_make_no_sense),
		cmocka_unit_test(
			turns_off_core_dumps), /* the last: it sticks */
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
