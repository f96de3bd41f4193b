/* SPDX-License-Identifier: MIT */
/* What unit tests share: cmocka, a folder of their own, files, damage. */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

/* cmocka.h wants these four in front of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <shvm/error.h>

/*
 * A fresh empty folder for this program, removed with all that is in it at
 * exit. The first call makes it.
 */
const char *test_own_folder(void);

/* "FOLDER/name"; the caller frees it. */
char *test_own_path(const char *name);

/* The same folder as the working folder, for tests that use short names. */
void test_own_folder_enter(void);

/*
 * Is this run some ten or fifty times slower than others (valgrind, failing
 * allocations)? Then long loops take samples. The Makefile says so.
 */
bool test_is_slow(void);

/* Is every change of every byte to be tried? make check-long asks for it. */
bool test_is_thorough(void);

/* What this process has used of all CPUs: a busy machine does not count. */
double test_cpu_seconds(void);

/* Write or read a whole file in one go; a failure fails the test. */
void test_file_write(const char *path, const void *data, size_t len);
/* A NUL follows the data; the caller frees it. */
uint8_t *test_file_read(const char *path, size_t *ret_len);

/* End the test without a result; tests/run-units.sh prints why. */
#define test_skip(why)                                                         \
	do {                                                                   \
		print_message("skipped because %s\n", why);                    \
		skip();                                                        \
	} while (0)

/* The call gave this code, err agrees, and its text holds these words. */
#define assert_failed(result, err, wanted_code, words)                         \
	test_failed_(result, &(err), wanted_code, words, __FILE__, __LINE__)
void test_failed_(int result, const struct shvm_err *err, int code,
		  const char *words, const char *file, int line);

/* The call gave 0; prints the error's text when it did not. */
#define assert_ok(result, err) test_ok_(result, &(err), __FILE__, __LINE__)
void test_ok_(int result, const struct shvm_err *err, const char *file,
	      int line);

#endif
