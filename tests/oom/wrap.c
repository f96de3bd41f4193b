/* SPDX-License-Identifier: MIT */
/*
 * Allocations that fail: linked with --wrap, the n-th one of the program
 * returns NULL, with n from SHVM_OOM_AT. Without it they are counted, and the
 * number goes to the file that SHVM_OOM_COUNT names.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The linker gives these names; they are declared nowhere else. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
int __real_vasprintf(char **ret, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **ret, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
int __wrap_vasprintf(char **ret, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static atomic_ulong count;
static unsigned long fail_at; /* 0: never */

__attribute__((constructor)) static void start(void)
{
	const char *at = getenv("SHVM_OOM_AT");

	if (at)
		fail_at = strtoul(at, NULL, 10);
}

__attribute__((destructor)) static void finish(void)
{
	const char *path = getenv("SHVM_OOM_COUNT");
	FILE *f = path ? fopen(path, "we") : NULL;

	if (!f)
		return;
	fprintf(f, "%lu\n", (unsigned long)count);
	(void)fclose(f); /* an empty file is noticed by the runner */
}

static int is_time(void)
{
	if (atomic_fetch_add(&count, 1) + 1 != fail_at)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *__wrap_malloc(size_t size)
{
	return is_time() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_time() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return is_time() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return is_time() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *text)
{
	return is_time() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
	return is_time() ? NULL : __real_strndup(text, len);
}

int __wrap_vasprintf(char **ret, const char *fmt, va_list ap)
{
	return is_time() ? -1 : __real_vasprintf(ret, fmt, ap);
}

int __wrap_asprintf(char **ret, const char *fmt, ...)
{
	va_list ap;
	int n = -1;

	if (is_time())
		return n;
	va_start(ap, fmt);
	n = __real_vasprintf(ret, fmt, ap);
	va_end(ap);
	return n;
}
