/* SPDX-License-Identifier: MIT */
/* Files are read up to a limit and appear complete or not at all. */
#include "base/file.h"

#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <cmocka.h>

static int enter(void **state)
{
	(void)state;
	test_own_folder_enter();
	return 0;
}

static size_t files_here(void)
{
	DIR *d = opendir(".");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n - 2; /* "." and ".." */
}

static int leave(void **state)
{
	(void)state;
	return files_here() == 0 ? 0 : -1;
}

static void assert_content(const char *path, const char *text)
{
	AUTO_DONE(buf) b = { 0 };

	assert_int_equal(file_read_all(path, 1000, &b, NULL), SHVM_OK);
	assert_int_equal(b.len, strlen(text));
	assert_memory_equal(b.data, text, b.len);
}

static void writes_with_the_mode_that_the_umask_leaves(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(file_write_atomic("f", "text", 4, 0600, false, NULL),
			 SHVM_OK);
	assert_content("f", "text");
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(files_here(), 1);
	for (mode_t mask = 0; mask <= 077; mask++) {
		const mode_t old = umask(mask);

		assert_int_equal(file_write_atomic("f", "text", 4, 0666, true,
						   NULL),
				 SHVM_OK);
		(void)umask(old);
		assert_int_equal(stat("f", &st), 0);
		assert_int_equal(st.st_mode & 0777, 0666 & ~mask);
	}
	assert_int_equal(unlink("f"), 0);
}

static void keeps_an_existing_file_unless_told(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(file_write_atomic("f", "old", 3, 0644, false, NULL),
			 SHVM_OK);
	assert_int_equal(file_write_atomic("f", "new", 3, 0644, false, &err),
			 SHVM_E_ARG);
	assert_string_equal(err.reason, "exists");
	assert_content("f", "old");
	assert_int_equal(file_write_atomic("f", "new", 3, 0644, true, NULL),
			 SHVM_OK);
	assert_content("f", "new");
	assert_int_equal(files_here(), 1);
	assert_int_equal(unlink("f"), 0);
}

static void a_dangling_link_counts_as_existing(void **state)
{
	(void)state;
	assert_int_equal(symlink("nowhere", "f"), 0);
	assert_int_equal(file_write_atomic("f", "x", 1, 0644, false, NULL),
			 SHVM_E_ARG);
	assert_int_equal(files_here(), 1);
	assert_int_equal(unlink("f"), 0);
}

static void a_failed_write_leaves_nothing(void **state)
{
	struct rlimit old, small = { 10, 0 };
	struct shvm_err err = { 0 };
	uint8_t data[100] = { 0 };

	(void)state;
	assert_int_equal(file_write_atomic("no/f", "x", 1, 0644, false, &err),
			 SHVM_E_IO);
	assert_non_null(strstr(err.msg, "no/f: No such file"));

	/* A full disk, as far as this process can tell. */
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(file_write_atomic("f", data, sizeof(data), 0644, false,
					   &err),
			 SHVM_E_IO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(err.msg, "File too large"));
	assert_int_equal(files_here(), 0);
}

static void reads_no_more_than_the_limit(void **state)
{
	AUTO_DONE(buf) b = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(file_write_atomic("f", "12345", 5, 0644, false, NULL),
			 SHVM_OK);
	assert_int_equal(file_read_all("f", 5, &b, &err), SHVM_OK);
	assert_int_equal(b.len, 5);
	assert_int_equal(file_read_all("f", 4, &b, &err), SHVM_E_FORMAT);
	assert_string_equal(err.msg, "f: larger than 4 bytes");
	assert_int_equal(file_read_all("g", 4, &b, &err), SHVM_E_IO);
	assert_int_equal(file_read_all(".", 4, &b, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "not a file, pipe or device"));
	assert_int_equal(unlink("f"), 0);
}

static void replaces_nothing_but_regular_files(void **state)
{
	static const char *const paths[] = { "folder", "fifo", "to-null",
					     "to-output" };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("/dev/null", "to-null"), 0);
	assert_int_equal(symlink("/proc/self/fd/1", "to-output"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		assert_int_equal(file_write_atomic(paths[i], "x", 1, 0600, true,
						   &err),
				 SHVM_E_ARG);
		assert_non_null(strstr(err.msg, "not a regular file"));
		assert_non_null(strstr(err.msg, paths[i]));
	}
	assert_int_equal(files_here(), 4);
	assert_int_equal(rmdir("folder"), 0);
	for (size_t i = 1; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(unlink(paths[i]), 0);
}

/* Another process creates the path while link() finds out that it cannot (FAT). */
static bool link_is_not_possible;
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to)
{
	int fd;

	if (!link_is_not_possible)
		return __real_link(from, to);
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)close(fd);
	errno = EPERM;
	return -1;
}

static void nobody_slips_in_where_there_are_no_links(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	link_is_not_possible = true;
	assert_int_equal(file_write_atomic("f", "text", 4, 0600, false, &err),
			 SHVM_E_ARG);
	link_is_not_possible = false;
	assert_string_equal(err.reason, "exists");
	assert_content("f", "");
	assert_int_equal(files_here(), 1);
	assert_int_equal(unlink("f"), 0);
}

/* Nor can every file system exchange two names. */
static bool exchange_is_not_possible;
int __real_renameat2(int dir, const char *from, int to_dir, const char *to,
		     unsigned int flags);
int __wrap_renameat2(int dir, const char *from, int to_dir, const char *to,
		     unsigned int flags);
int __wrap_renameat2(int dir, const char *from, int to_dir, const char *to,
		     unsigned int flags)
{
	if (exchange_is_not_possible && (flags & RENAME_EXCHANGE)) {
		errno = EINVAL;
		return -1;
	}
	return __real_renameat2(dir, from, to_dir, to, flags);
}

static int fill_new(void *ctx, int fd, struct shvm_err *err)
{
	(void)ctx;
	return file_pwrite(fd, "f", "new", 3, 0, err);
}

static void a_published_file_is_kept_or_taken_back(void **state)
{
	static const struct {
		bool has_old, by_steps, kept;
	} cases[] = {
		{ false, false, true }, { false, false, false },
		{ true, false, true },	{ true, false, false },
		{ true, true, true },	{ true, true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct file_pending p = { 0 };
		const bool old = cases[i].has_old;

		exchange_is_not_possible = cases[i].by_steps;
		if (old)
			test_file_write("f", "old", 3);
		assert_int_equal(file_fill_pending("f", fill_new, NULL, 0644,
						   old, &p, NULL),
				 SHVM_OK);
		assert_int_equal(access("f", F_OK), old ? 0 : -1);
		assert_int_equal(file_publish(&p, NULL), SHVM_OK);
		assert_content("f", "new");
		if (cases[i].kept)
			file_keep(&p);
		file_pending_done(&p);
		exchange_is_not_possible = false;

		assert_int_equal(files_here(), old || cases[i].kept);
		if (cases[i].kept || old)
			assert_content("f", cases[i].kept ? "new" : "old");
		(void)unlink("f");
	}
}

static void does_not_publish_over_what_is_no_file(void **state)
{
	struct file_pending p = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(file_fill_pending("f", fill_new, NULL, 0644, true, &p,
					   NULL),
			 SHVM_OK);
	assert_int_equal(mkdir("f", 0700), 0);
	assert_int_equal(file_publish(&p, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "not a regular file"));
	file_pending_done(&p);
	assert_int_equal(files_here(), 1);
	assert_int_equal(rmdir("f"), 0);
}

static void waits_for_the_first_writer_of_a_fifo(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(mkfifo("f", 0600), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {	   /* its open() ends when the reader has opened it */
		alarm(60); /* or never, where the reader has failed */
		int fd = open("f", O_WRONLY | O_CLOEXEC);

		_exit(fd >= 0 && write(fd, "text", 4) == 4 ? 0 : 1);
	}
	assert_content("f", "text");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(unlink("f"), 0);
}

static void do_nothing(int number)
{
	(void)number;
}

static void a_signal_ends_the_wait_for_a_fifo(void **state)
{
	/* Again and again: the first may come before the wait begins. */
	const struct itimerval often = { .it_interval = { .tv_usec = 20000 },
					 .it_value = { .tv_usec = 20000 } };
	const struct itimerval never = { 0 };
	const struct sigaction act = { .sa_handler = do_nothing };
	struct sigaction old;
	AUTO_DONE(buf) b = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(mkfifo("f", 0600), 0);
	assert_int_equal(sigaction(SIGALRM, &act, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(file_read_all("f", 1000, &b, &err), SHVM_E_CANCELLED);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
	assert_non_null(strstr(err.msg, "f: interrupted"));
	assert_int_equal(unlink("f"), 0);
}

static void reads_at_offsets_or_says_where_it_ends(void **state)
{
	AUTOCLOSE int fd = -1;
	struct shvm_err err = { 0 };
	char b[3];

	(void)state;
	assert_int_equal(file_write_atomic("f", "12345", 5, 0644, false, NULL),
			 SHVM_OK);
	assert_int_equal(file_open("f", O_RDONLY, &fd, NULL), SHVM_OK);
	assert_int_equal(file_pread(fd, "f", b, 3, 2, NULL), SHVM_OK);
	assert_memory_equal(b, "345", 3);
	assert_int_equal(file_pread(fd, "f", b, 3, 3, &err), SHVM_E_IO);
	assert_string_equal(err.msg, "f: ends at 5");
	assert_int_equal(file_pread(fd, "f", b, 3, UINT64_MAX - 1, &err),
			 SHVM_E_IO);
	assert_non_null(strstr(err.msg, "too large"));
	assert_int_equal(file_pwrite(fd, "f", b, 3, 0, &err), SHVM_E_IO);
	assert_int_equal(unlink("f"), 0);
}

static void safe_names_are_one_component(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", "a/b", "/", "a\\b", "a\nb", "\x7f", "\xff",
	};
	char longest[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (file_name_is_safe(bad[i], strlen(bad[i])))
			fail_msg("took %zu", i);
	assert_false(file_name_is_safe("a\0b", 3));
	assert_true(file_name_is_safe("...", 3));
	assert_true(file_name_is_safe("unattend.xml", 12));
	memset(longest, 'x', sizeof(longest));
	assert_true(file_name_is_safe(longest, 255));
	assert_false(file_name_is_safe(longest, 256));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_with_the_mode_that_the_umask_leaves),
		cmocka_unit_test(keeps_an_existing_file_unless_told),
		cmocka_unit_test(a_dangling_link_counts_as_existing),
		cmocka_unit_test(a_failed_write_leaves_nothing),
		cmocka_unit_test(reads_no_more_than_the_limit),
		cmocka_unit_test(replaces_nothing_but_regular_files),
		cmocka_unit_test(nobody_slips_in_where_there_are_no_links),
		cmocka_unit_test(a_published_file_is_kept_or_taken_back),
		cmocka_unit_test(does_not_publish_over_what_is_no_file),
		cmocka_unit_test(waits_for_the_first_writer_of_a_fifo),
		cmocka_unit_test(a_signal_ends_the_wait_for_a_fifo),
		cmocka_unit_test(reads_at_offsets_or_says_where_it_ends),
		cmocka_unit_test(safe_names_are_one_component),
	};

	return cmocka_run_group_tests_name("file", tests, enter, leave);
}
