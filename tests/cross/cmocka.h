/* SPDX-License-Identifier: MIT */
/*
 * As much of cmocka as unit tests of decoders use, for machines for which
 * there is no such library: the first failure ends the program.
 */
#ifndef TESTS_CROSS_CMOCKA_H
#define TESTS_CROSS_CMOCKA_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
	const char *name;
	void (*run)(void **state);
};

#define cmocka_unit_test(f)                                                    \
	{                                                                      \
#f, f                                                          \
	}
#define print_message(...) printf(__VA_ARGS__)
#define fail_msg(...)                                                          \
	do {                                                                   \
		printf("%s:%d: ", __FILE__, __LINE__);                         \
		printf(__VA_ARGS__);                                           \
		printf("\n");                                                  \
		exit(1);                                                       \
	} while (0)
#define fail() fail_msg("failed")
#define cross_check_(ok, text)                                                 \
	do {                                                                   \
		if (!(ok))                                                     \
			fail_msg("not so: %s", text);                          \
	} while (0)
#define assert_true(c) cross_check_(c, #c)
#define assert_false(c) cross_check_(!(c), "! " #c)
#define assert_null(p) cross_check_(!(p), "null " #p)
#define assert_non_null(p) cross_check_(p, "not null " #p)
#define assert_int_equal(a, b)                                                 \
	do {                                                                   \
		const unsigned long long a_ = (unsigned long long)(a);         \
		const unsigned long long b_ = (unsigned long long)(b);         \
		if (a_ != b_)                                                  \
			fail_msg("%s is 0x%llx and not 0x%llx", #a, a_, b_);   \
	} while (0)
#define assert_int_not_equal(a, b) cross_check_((a) != (b), #a " != " #b)
#define assert_in_range(v, low, high)                                          \
	cross_check_((v) >= (low) && (v) <= (high), #v " in range")
#define assert_string_equal(a, b)                                              \
	do {                                                                   \
		if (strcmp(a, b) != 0)                                         \
			fail_msg("'%s' is not '%s'", a, b);                    \
	} while (0)
#define assert_memory_equal(a, b, n)                                           \
	cross_check_(memcmp(a, b, n) == 0, "the bytes of " #a " and " #b)
#define assert_memory_not_equal(a, b, n)                                       \
	cross_check_(memcmp(a, b, n) != 0, "other bytes in " #a " and " #b)

#define cmocka_run_group_tests(tests, setup, teardown)                         \
	cross_run_(#tests, tests, sizeof(tests) / sizeof((tests)[0]))
#define cmocka_run_group_tests_name(name, tests, setup, teardown)              \
	cross_run_(name, tests, sizeof(tests) / sizeof((tests)[0]))

#define print_error(...) printf(__VA_ARGS__)
static inline _Noreturn void _fail(const char *file, int line)
{
	printf("%s:%d: failed\n", file, line);
	exit(1);
}

static inline int cross_run_(const char *group, const struct CMUnitTest *tests,
			     size_t count)
{
	for (size_t i = 0; i < count; i++) {
		void *state = NULL;

		printf("%s: %s\n", group, tests[i].name);
		(void)fflush(stdout);
		tests[i].run(&state);
	}
	return 0;
}

#endif
