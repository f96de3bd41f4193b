/* SPDX-License-Identifier: MIT */
/* Signals wait for the end of a hold, and temporary names can be unlinked. */
#include "base/hold.h"

#include "base/file.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static volatile sig_atomic_t came;

static void count(int number)
{
	(void)number;
	came++;
}

static int enter(void **state)
{
	(void)state;
	test_own_folder_enter();
	return 0;
}

static void catch (int number)
{
	const struct sigaction action = { .sa_handler = count };

	came = 0;
	assert_int_equal(sigaction(number, &action, NULL), 0);
}

static void the_last_hold_lets_signals_in(void **state)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGALRM,
				       SIGUSR1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct hold outer = { 0 }, inner = { 0 };

		catch (numbers[i]);
		hold_signals(&outer);
		hold_signals(&inner);
		assert_int_equal(raise(numbers[i]), 0);
		hold_done(&inner);
		assert_int_equal(came, 0);
		hold_done(&outer);
		assert_int_equal(came, 1);
		hold_done(&outer); /* does nothing */
	}
}

static void what_must_come_through_does(void **state)
{
	static const int numbers[] = { SIGQUIT, SIGCONT, SIGTSTP };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct hold hold = { 0 };

		catch (numbers[i]);
		hold_signals(&hold);
		assert_int_equal(raise(numbers[i]), 0);
		assert_int_equal(came, 1);
		hold_done(&hold);
	}
}

static int end_in_the_middle(void *ctx, int fd, struct shvm_err *err)
{
	(void)ctx;
	assert_int_equal(file_pwrite(fd, "f", "x", 1, 0, err), SHVM_OK);
	temp_unlink_all(); /* as the handler does */
	return SHVM_OK;
}

static void a_file_that_is_not_complete_is_unlinked(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(file_fill_atomic("f", end_in_the_middle, NULL, 0600,
					  false, NULL),
			 SHVM_E_IO); /* it has nothing to rename */
	assert_int_not_equal(stat("f", &st), 0);
}

static int fill(void *ctx, int fd, struct shvm_err *err)
{
	return file_pwrite(fd, "f", ctx, strlen(ctx), 0, err);
}

static void a_complete_file_is_not(void **state)
{
	char first[] = "first", second[] = "second";
	AUTO_DONE(buf) content = { 0 };

	(void)state;
	for (int replace = 0; replace < 2; replace++) {
		AUTO_DONE(file_pending) p = { 0 };

		assert_int_equal(file_fill_pending("f", fill,
						   replace ? second : first,
						   0600, replace, &p, NULL),
				 SHVM_OK);
		assert_int_equal(file_publish(&p, NULL), SHVM_OK);
		temp_unlink_all(); /* also not what it replaced */
		if (replace) {
			file_pending_done(&p);
		} else {
			file_keep(&p);
		}
	}
	assert_int_equal(file_read_all("f", 100, &content, NULL), SHVM_OK);
	assert_int_equal(content.len, strlen(first));
	assert_memory_equal(content.data, first, content.len);
	assert_int_equal(file_write_atomic("f", "x", 1, 0600, true, NULL),
			 SHVM_OK);
	temp_unlink_all();
	assert_int_equal(unlink("f"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_hold_lets_signals_in),
		cmocka_unit_test(what_must_come_through_does),
		cmocka_unit_test(a_file_that_is_not_complete_is_unlinked),
		cmocka_unit_test(a_complete_file_is_not),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
