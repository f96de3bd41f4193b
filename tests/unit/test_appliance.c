/* SPDX-License-Identifier: MIT */
/* Ends the VM of a launch that makes no progress, and no other process. */
#include "guest/appliance_watch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A child that waits, with a text on its command line. It has no child of its
 * own that would be left, and ends with this program at the latest. */
static pid_t child_with(char *text)
{
	char *const argv[] = { "sh", "-c", "read x", text, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int fds[2]; /* nothing is written, and the end to write to stays open */

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fds[0], 0),
			 0);
	assert_int_equal(posix_spawn(&pid, "/bin/sh", &actions, NULL, argv,
				     NULL),
			 0);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[0]);
	return pid;
}

static void kills_the_child_that_is_named(void **state)
{
	char named_text[] = "/tmp/libguestfsNAMED/guestfsd.sock";
	char other_text[] = "/tmp/libguestfsOTHER/guestfsd.sock";
	const pid_t named = child_with(named_text);
	const pid_t other = child_with(other_text);
	int status = 0;

	(void)state;
	assert_int_equal(appliance_kill("/tmp/libguestfsNOT"), 0);
	assert_int_equal(appliance_kill("/tmp/libguestfsNAMED"), 1);
	assert_int_equal(waitpid(named, &status, 0), named);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(waitpid(other, &status, WNOHANG), 0);

	assert_int_equal(appliance_kill("/tmp/libguestfsOTHER"), 1);
	assert_int_equal(waitpid(other, &status, 0), other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kills_the_child_that_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
