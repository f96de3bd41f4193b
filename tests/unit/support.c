/* SPDX-License-Identifier: MIT */
/* What unit tests share: cmocka, a folder of their own, files, damage. */
#include "tests/unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[512];
static pid_t owner; /* a forked child does not remove its parent's folder */

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

static void remove_folder(void)
{
	if (getpid() == owner)
		(void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *test_own_folder(void)
{
	const char *base = getenv("TMPDIR");

	if (folder[0] != '\0')
		return folder;
	(void)snprintf(folder, sizeof(folder), "%s/shvm-unit.XXXXXX",
		       base ? base : "/tmp");
	if (!mkdtemp(folder))
		fail_msg("%s: %s", folder, strerror(errno));
	owner = getpid();
	(void)atexit(remove_folder);
	return folder;
}

char *test_own_path(const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", test_own_folder(), name) > 0);
	return path;
}

void test_own_folder_enter(void)
{
	assert_int_equal(chdir(test_own_folder()), 0);
}

void test_file_write(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wbe");

	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

uint8_t *test_file_read(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *data;
	struct stat st;

	if (!f || fstat(fileno(f), &st) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	data = malloc((size_t)st.st_size + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)st.st_size, f), st.st_size);
	(void)fclose(f); /* was only read */
	data[st.st_size] = '\0';
	if (ret_len)
		*ret_len = (size_t)st.st_size;
	return data;
}

void test_failed_(int result, const struct shvm_err *err, int code,
		  const char *words, const char *file, int line)
{
	if (result == code && err->code == code && strstr(err->msg, words) &&
	    !strchr(err->msg, '\n'))
		return;
	print_error(
		"%s:%d: result %d (wanted %d), error %d \"%s\" (wanted \"%s\")\n",
		file, line, result, code, err->code, err->msg, words);
	_fail(file, line);
}

void test_ok_(int result, const struct shvm_err *err, const char *file,
	      int line)
{
	if (result == SHVM_OK)
		return;
	print_error("%s:%d: result %d, \"%s\"\n", file, line, result, err->msg);
	_fail(file, line);
}

double test_cpu_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool test_is_slow(void)
{
	return getenv("SHVM_TEST_SLOW") != NULL;
}

bool test_is_thorough(void)
{
	return getenv("SHVM_TEST_THOROUGH") != NULL;
}
