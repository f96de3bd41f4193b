/* SPDX-License-Identifier: MIT */
/*
 * The library's side of the file-system helper, and the sandbox: a helper with
 * other jobs (tests/helper/jobs.c) tries to break out.
 */
#include "guest/helper.h"

#include "base/clock.h"
#include "base/le.h"
#include "tests/helper/jobs.h"
#include "tests/unit/support.h"
#include "tests/unit/support_san.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SECONDS = 60, /* a busy machine is no failure */
	DISK_SIZE = 1 << 20
};

static struct source *disk;
static uint8_t *disk_data;

static int disk_make(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	disk_data = malloc(DISK_SIZE);
	if (!disk_data)
		return -1;
	for (size_t i = 0; i < DISK_SIZE; i++)
		disk_data[i] = (uint8_t)(i * 7 + i / 4096);
	return source_memory(disk_data, DISK_SIZE, 512, &disk, &err);
}

static int disk_drop(void **state)
{
	(void)state;
	source_free(disk);
	free(disk_data);
	return 0;
}

/* Run a whole job; the answer is a text. */
static int run_job(struct helper_job job, struct buf *out, struct shvm_err *err)
{
	int r;

	job.seconds = job.seconds ? job.seconds : SECONDS;
	job.memory = 64 << 20;
	r = helper_run(test_helper, &job, disk, 0, out, err);
	if (r == 0)
		buf_add(out, "", 1);
	return r;
}

static int run(enum test_job what, struct buf *out, struct shvm_err *err)
{
	return run_job((struct helper_job){ .what = what }, out, err);
}

static void serves_the_bytes_of_the_disk(void **state)
{
	static const struct helper_place cases[] = {
		{ 1, 0 },
		{ 512, 4096 },
		{ HELPER_READ_MAX, 3 },
		{ HELPER_READ_MAX + 1, 5 }, /* two requests */
		{ 200000, DISK_SIZE - 200000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct helper_job job = { .what = TEST_READ,
						.os = cases[i] };
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };

		assert_ok(run_job(job, &out, &err), err);
		assert_int_equal(out.len, cases[i].number + 1);
		assert_memory_equal(out.data, disk_data + cases[i].at,
				    cases[i].number);
	}
}

/* Nothing is read for these; the helper is left alone and gives up. */
static void hangs_up_on_wrong_requests(void **state)
{
	static const struct helper_place cases[] = {
		{ HELPER_READ_MAX + 1, 0 }, { 0, 0 },
		{ 2, DISK_SIZE - 1 },	    { 1, DISK_SIZE },
		{ 1, UINT64_MAX },	    { UINT32_MAX, UINT64_MAX },
	};
	const struct helper_job noise = { .what = TEST_READ_NOISE,
					  .os = { 512, 0 } };
	AUTO_DONE(buf) last = { 0 };
	struct shvm_err last_err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct helper_job job = { .what = TEST_READ_WRONG,
						.os = cases[i] };
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };

		assert_ok(run_job(job, &out, &err), err);
		assert_string_equal((char *)out.data, "hung up");
	}
	assert_ok(run_job(noise, &last, &last_err), last_err);
	assert_string_equal((char *)last.data, "hung up");
}

static void gives_a_failure_back_as_printable_text(void **state)
{
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_failed(run(TEST_FAIL, &out, &err), err, SHVM_E_IO,
		      "the disk? is gone");
	assert_int_equal(out.len, 0);
}

/* What the helper must not survive, or not get away with. */
static void survives_the_helpers_death(void **state)
{
	static const struct {
		enum test_job what;
		unsigned int seconds;
		const char *reason, *says;
	} cases[] = {
		{ TEST_CRASH, SECONDS, "sandbox-died", "signal" },
		{ TEST_SOCKET, SECONDS, "sandbox-died", "signal 31" },
		{ TEST_CODE, SECONDS, "sandbox-died", "signal 31" },
		{ TEST_FORK, SECONDS, "sandbox-died", "signal 31" },
		{ TEST_EXEC, SECONDS, "sandbox-died", "signal 31" },
		{ TEST_PTRACE, SECONDS, "sandbox-died", "signal 31" },
		{ TEST_PROCESS_READ, SECONDS, "sandbox-died", "signal 31" },
		{ TEST_OPENAT2, SECONDS, "sandbox-died", "signal 31" },
		{ TEST_KILL, SECONDS, "sandbox-died", "signal 31" },
		{ TEST_GARBAGE, SECONDS, "sandbox-died", "no answer" },
		{ TEST_HANG, 1, "sandbox-timeout", "more than 1 seconds" },
		{ TEST_FLOOD, 1, "sandbox-timeout", "more than 1 seconds" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct helper_job job = { .what = cases[i].what,
						.seconds = cases[i].seconds };
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };
		const int r = run_job(job, &out, &err);

		if (r != SHVM_E_FORMAT || !err.reason ||
		    strcmp(err.reason, cases[i].reason) != 0 ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
	}
}

static void refuses_an_answer_without_end(void **state)
{
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_failed(run(TEST_TALK, &out, &err), err, SHVM_E_FORMAT,
		      "too long");
}

/* Whichever of the two limits comes first ends it. */
static void ends_at_the_moment_that_was_given(void **state)
{
	const struct helper_job hang = { .what = TEST_HANG,
					 .seconds = 60,
					 .memory = 64 << 20 };
	const struct helper_job hive = { .what = TEST_HIVE,
					 .seconds = 60,
					 .memory = 64 << 20 };
	const int64_t start = clock_ms();
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_failed(helper_run(test_helper, &hang, disk, start + 500, &out,
				 &err),
		      err, SHVM_E_FORMAT, "more than 60 seconds");
	assert_true(clock_ms() - start < 30000);
	assert_failed(helper_run(test_helper, &hive, disk, start - 1, &out,
				 &err),
		      err, SHVM_E_FORMAT, "more than");
	assert_int_equal(out.len, 0);
}

/* A caller that may have less than the helper is given: ulimit -t and -f. */
static void lives_with_lower_limits_of_the_caller(void **state)
{
	const struct rlimit low = { .rlim_cur = 30, .rlim_max = 30 };
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	int status = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(setrlimit(RLIMIT_CPU, &low) < 0 ||
		      setrlimit(RLIMIT_FSIZE, &low) < 0 ||
		      run(TEST_HIVE, &out, &err) < 0 || out.len != 6);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* A daemon without standard descriptors, and one that ignores SIGCHLD. */
static void runs_for_callers_of_every_kind(void **state)
{
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	int status = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGCHLD, SIG_IGN);
		for (int fd = 0; fd < 10; fd++)
			(void)close(fd);
		_exit(run(TEST_HIVE, &out, &err) < 0 ||
		      strcmp((char *)out.data, "hello") != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void says_what_to_install(void **state)
{
	static const struct {
		const char *path, *script, *says;
	} cases[] = {
		{ "/nonexistent/shvm-guest-helper", NULL,
		  "libtsk19 and libhivex0): /nonexistent/shvm-guest-helper: No "
		  "such file" },
		{ "/dev/null", NULL, "libhivex0): /dev/null: Permission" },
		{ NULL,
		  "#!/bin/sh\n"
		  "echo 'x: error while loading shared libraries: libtsk.so.19:"
		  " cannot open shared object file' >&2\nexit 127\n",
		  "libhivex0): libtsk.so.19: cannot open shared object file" },
		{ NULL, "#!/bin/sh\nexit 127\n",
		  "libhivex0): no reason given" },
		{ NULL, "#!/bin/sh\nexit 78\n", "have different versions" },
	};
	const struct helper_job job = { .what = HELPER_TRY,
					.seconds = SECONDS,
					.memory = 64 << 20 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTOFREE char *own = test_own_path("no-helper");
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };
		const char *script = cases[i].script;

		if (script) {
			test_file_write(own, script, strlen(script));
			assert_int_equal(chmod(own, 0700), 0);
		}
		assert_failed(helper_run(script ? own : cases[i].path, &job,
					 disk, 0, &out, &err),
			      err, SHVM_E_UNSUPPORTED, cases[i].says);
		assert_string_equal(err.reason, "no-helper");
	}
}

/* Every line says "refused". */
static void refuses_files_names_and_descriptors(void **state)
{
	static const enum test_job jobs[] = { TEST_OPEN, TEST_SECCOMP,
					      TEST_MAP_OVER, TEST_DESCRIPTORS,
					      TEST_MEMORY };
	static const unsigned int lines[] = { 26, 26, 3, 9, 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };
		unsigned int refused = 0;

		/* A sanitizer looks after the memory itself. */
		if (SANITIZED && jobs[i] == TEST_MAP_OVER)
			continue;
		assert_ok(run(jobs[i], &out, &err), err);
		if (strstr((char *)out.data, "DONE"))
			fail_msg("%s", (char *)out.data);
		for (const char *p = (char *)out.data;
		     (p = strstr(p, ": refused\n")); p++)
			refused++;
		assert_int_equal(refused, lines[i]);
	}
}

/* Landlock, where the kernel has it, refuses names without seccomp's help. */
static void landlock_alone_refuses_names(void **state)
{
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(run(TEST_LANDLOCK, &out, &err), err);
	if (strcmp((char *)out.data, "none") == 0)
		test_skip("this kernel has no Landlock");
	assert_string_equal((char *)out.data, "refused");
}

static void can_use_the_memory_file_by_its_name(void **state)
{
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(run(TEST_HIVE, &out, &err), err);
	assert_string_equal((char *)out.data, "hello");
}

/* Whatever this process has open, also without O_CLOEXEC, is not there. */
static void inherits_two_descriptors(void **state)
{
	int left_open[8];
	unsigned int count = 0;
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(left_open); i++) {
		left_open[i] = open("/dev/null", O_RDWR);
		assert_true(left_open[i] >= 0);
	}
	assert_ok(run(TEST_DESCRIPTORS, &out, &err), err);
	for (const char *p = (char *)out.data; (p = strstr(p, "open ")); p++)
		count++;
	/* The answer, which was moved, the socket, and its own memory file. */
	assert_int_equal(count, 3);
	assert_non_null(strstr((char *)out.data, "open 3\n"));
	assert_null(strstr((char *)out.data, "open 0\n"));
	for (size_t i = 0; i < ARRAY_SIZE(left_open); i++)
		assert_int_equal(close(left_open[i]), 0);
}

/* A key in every place where a key could be. */
static void has_no_memory_of_the_caller(void **state)
{
	static const char key[] = "sixteen \x01\x02 secret";
	const char *const name = "SHVM_TEST_MARKER";
	AUTO_DONE(buf) planted = { 0 };
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	AUTOFREE char *heap = NULL;
	char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct helper_job job = {
		.what = TEST_MARKER,
		.esp = { 1, ~le64_get((const uint8_t *)key) },
		.os = { 1, ~le64_get((const uint8_t *)key + 8) },
	};

	(void)state;
	if (SANITIZED)
		test_skip("a sanitizer's shadow memory cannot be searched");
	assert_true(sizeof(key) >= 17);
	heap = strdup(key);
	assert_non_null(heap);
	assert_ptr_not_equal(shared, MAP_FAILED);
	strcpy(shared, key);
	assert_int_equal(setenv(name, key, 1), 0);
	assert_ok(run_job(job, &out, &err), err);
	assert_string_equal((char *)out.data, "0");
	/* The search finds what is there. */
	job.what = TEST_MARKER_PLANTED;
	assert_ok(run_job(job, &planted, &err), err);
	assert_string_equal((char *)planted.data, "1");
	assert_int_equal(unsetenv(name), 0);
	assert_int_equal(munmap(shared, 4096), 0);
}

/* What the kernel says of a child, while the child is busy. */
static void *look_at_child(void *ret)
{
	char *text = ret, path[64];
	int pid = 0;
	FILE *f;

	for (int i = 0; i < 1000 && !strstr(text, "Seccomp:\t2"); i++) {
		(void)usleep(10000);
		(void)snprintf(path, sizeof(path),
			       "/proc/self/task/%d/children", getpid());
		f = fopen(path, "re");
		if (!f || fscanf(f, "%d", &pid) != 1)
			pid = 0;
		if (f)
			(void)fclose(f);
		(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
		f = pid ? fopen(path, "re") : NULL;
		if (!f)
			continue;
		text[fread(text, 1, 4095, f)] = '\0';
		(void)fclose(f);
	}
	return NULL;
}

static void has_no_privileges_inside(void **state)
{
	static char text[4096];
	const struct helper_job two = { .what = TEST_HANG, .seconds = 2 };
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, look_at_child, text), 0);
	assert_failed(run_job(two, &out, &err), err, SHVM_E_FORMAT, "seconds");
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (!*text)
		test_skip("this kernel has no /proc/PID/task/TID/children");
	assert_non_null(strstr(text, "CapEff:\t0000000000000000"));
	assert_non_null(strstr(text, "CapPrm:\t0000000000000000"));
	assert_non_null(strstr(text, "NoNewPrivs:\t1"));
	assert_non_null(strstr(text, "Seccomp:\t2"));
	assert_null(strstr(text, "Uid:\t0"));
}

/* What the wire takes: nothing but whole messages of this version. */
static void takes_messages_that_are_whole(void **state)
{
	const struct helper_job job = { .what = 5,
					.seconds = 9,
					.sector_size = 4096,
					.memory = 1 << 30,
					.disk_size = 1 << 20,
					.esp = { 1, 2 },
					.os = { 3, 4 } };
	uint8_t data[HELPER_JOB_SIZE + 1] = { 0 }, answer[64] = { 0 };
	struct helper_job got;
	int code = 1;

	(void)state;
	memset(&got, 0, sizeof(got));
	helper_job_encode(&job, data);
	assert_true(helper_job_decode(data, HELPER_JOB_SIZE, &got));
	assert_int_equal(got.esp.number, 1);
	assert_int_equal(got.esp.at, 2);
	assert_int_equal(got.os.number, 3);
	assert_int_equal(got.os.at, 4);
	assert_int_equal(got.sector_size, 4096);
	assert_int_equal(got.disk_size, 1 << 20);
	assert_false(helper_job_decode(data, HELPER_JOB_SIZE + 1, &got));
	assert_false(helper_job_decode(data, HELPER_JOB_SIZE - 1, &got));
	data[4]++; /* the version */
	assert_false(helper_job_decode(data, HELPER_JOB_SIZE, &got));

	helper_answer_encode(SHVM_E_IO, 4, answer);
	assert_true(
		helper_answer_decode(answer, HELPER_ANSWER_HEAD + 4, &code));
	assert_int_equal(code, SHVM_E_IO);
	assert_false(
		helper_answer_decode(answer, HELPER_ANSWER_HEAD + 3, &code));
	assert_false(
		helper_answer_decode(answer, HELPER_ANSWER_HEAD + 5, &code));
	assert_false(
		helper_answer_decode(answer, HELPER_ANSWER_HEAD - 1, &code));
	/* A code that does not exist, success with a sign among them. */
	helper_answer_encode(7, 0, answer);
	assert_true(helper_answer_decode(answer, HELPER_ANSWER_HEAD, &code));
	assert_int_equal(code, SHVM_E_FORMAT);
	answer[0]++;
	assert_false(helper_answer_decode(answer, HELPER_ANSWER_HEAD, &code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serves_the_bytes_of_the_disk),
		cmocka_unit_test(hangs_up_on_wrong_requests),
		cmocka_unit_test(gives_a_failure_back_as_printable_text),
		cmocka_unit_test(survives_the_helpers_death),
		cmocka_unit_test(refuses_an_answer_without_end),
		cmocka_unit_test(ends_at_the_moment_that_was_given),
		cmocka_unit_test(lives_with_lower_limits_of_the_caller),
		cmocka_unit_test(runs_for_callers_of_every_kind),
		cmocka_unit_test(says_what_to_install),
		cmocka_unit_test(refuses_files_names_and_descriptors),
		cmocka_unit_test(landlock_alone_refuses_names),
		cmocka_unit_test(can_use_the_memory_file_by_its_name),
		cmocka_unit_test(inherits_two_descriptors),
		cmocka_unit_test(has_no_memory_of_the_caller),
		cmocka_unit_test(has_no_privileges_inside),
		cmocka_unit_test(takes_messages_that_are_whole),
	};

	return cmocka_run_group_tests_name("helper", tests, disk_make,
					   disk_drop);
}
