/* SPDX-License-Identifier: MIT */
#include "guest/sandbox.h"

#include "base/clock.h"
#include "tests/unit/support.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct sandbox_limits limits = {
	.seconds = 60, /* a busy machine is no failure */
	.memory = 64 << 20,
};

static int answers(void *ctx, const struct sandbox *box, struct buf *out,
		   struct shvm_err *err)
{
	(void)box;
	(void)err;
	buf_add_text(out, ctx);
	return SHVM_OK;
}

static int fails(void *ctx, const struct sandbox *box, struct buf *out,
		 struct shvm_err *err)
{
	(void)ctx;
	(void)box;
	buf_add_text(out, "not to be seen");
	return err_set(err, SHVM_E_IO, "the disk\x01 is gone");
}

static int crashes(void *ctx, const struct sandbox *box, struct buf *out,
		   struct shvm_err *err)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)err;
	(void)signal(SIGSEGV, SIG_DFL);
	(void)raise(SIGSEGV);
	__builtin_trap();
}

static int hangs(void *ctx, const struct sandbox *box, struct buf *out,
		 struct shvm_err *err)
{
	volatile unsigned int n = 0;

	(void)ctx;
	(void)box;
	(void)out;
	(void)err;
	for (;;)
		n++;
	return SHVM_OK;
}

static int opens_a_file(void *ctx, const struct sandbox *box, struct buf *out,
			struct shvm_err *err)
{
	const int fd = open(ctx, O_RDONLY | O_CLOEXEC);

	(void)box;
	(void)err;
	buf_add_text(out, fd < 0 ? "refused" : "opened");
	return SHVM_OK;
}

/* The same name as the one allowed, at another address. */
static int opens_a_copy(void *ctx, const struct sandbox *box, struct buf *out,
			struct shvm_err *err)
{
	char name[64];

	(void)ctx;
	(void)snprintf(name, sizeof(name), "%s", box->path);
	return opens_a_file(name, box, out, err);
}

static int opens_to_write(void *ctx, const struct sandbox *box, struct buf *out,
			  struct shvm_err *err)
{
	(void)ctx;
	(void)err;
	buf_add_text(out, open(box->path, O_RDWR) < 0 ? "refused" : "opened");
	return SHVM_OK;
}

static int uses_its_file(void *ctx, const struct sandbox *box, struct buf *out,
			 struct shvm_err *err)
{
	char text[6] = "";
	int fd;

	(void)ctx;
	if (pwrite(box->file, "hello", 5, 0) != 5)
		return err_set(err, SHVM_E_IO, "no write");
	fd = open(box->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, 5) != 5)
		return err_set(err, SHVM_E_IO, "no read");
	buf_add_text(out, text);
	return SHVM_OK;
}

static int makes_a_socket(void *ctx, const struct sandbox *box, struct buf *out,
			  struct shvm_err *err)
{
	(void)ctx;
	(void)box;
	(void)err;
	buf_add_text(out, socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? "no" : "yes");
	return SHVM_OK;
}

static int writes_elsewhere(void *ctx, const struct sandbox *box,
			    struct buf *out, struct shvm_err *err)
{
	const int *fd = ctx;

	(void)box;
	(void)err;
	buf_add_text(out, write(*fd, "x", 1) < 0 ? "no" : "yes");
	return SHVM_OK;
}

static int makes_code(void *ctx, const struct sandbox *box, struct buf *out,
		      struct shvm_err *err)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)ctx;
	(void)box;
	(void)err;
	buf_add_text(out, p == MAP_FAILED ? "no" : "yes");
	return SHVM_OK;
}

static int takes_memory(void *ctx, const struct sandbox *box, struct buf *out,
			struct shvm_err *err)
{
	void *p = mmap(NULL, 512 << 20, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)ctx;
	(void)box;
	(void)err;
	buf_add_text(out, p == MAP_FAILED ? "refused" : "given");
	return SHVM_OK;
}

static int talks_too_much(void *ctx, const struct sandbox *box, struct buf *out,
			  struct shvm_err *err)
{
	(void)ctx;
	(void)box;
	(void)err;
	buf_add_zeros(out, SANDBOX_ANSWER_MAX + 1);
	return SHVM_OK;
}

static void gives_the_answer_back(void **state)
{
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	char text[] = "42";

	(void)state;
	assert_ok(sandbox_run(answers, text, &limits, &out, &err), err);
	assert_int_equal(out.len, 2);
	assert_memory_equal(out.data, "42", 2);
}

static void gives_a_failure_back_as_printable_text(void **state)
{
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_failed(sandbox_run(fails, NULL, &limits, &out, &err), err,
		      SHVM_E_IO, "the disk? is gone");
	assert_int_equal(out.len, 0);
}

/* What the child must not survive; the caller always does. */
static void survives_the_childs_death(void **state)
{
	static const struct {
		sandbox_fn fn;
		const char *reason, *says;
	} cases[] = {
		{ crashes, "sandbox-died", "signal" },
		{ makes_a_socket, "sandbox-died", "signal 31" },
		{ writes_elsewhere, "sandbox-died", "signal 31" },
		{ makes_code, "sandbox-died", "signal 31" },
		{ opens_to_write, "sandbox-died", "signal 31" },
		{ hangs, "sandbox-timeout", "more than 1 seconds" },
	};
	/* A second is for what waits for it; others may need longer to die. */
	const struct sandbox_limits one = { .seconds = 1, .memory = 64 << 20 };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };
		const int r = sandbox_run(cases[i].fn, &null,
					  cases[i].fn == hangs ? &one : &limits,
					  &out, &err);

		if (r != SHVM_E_FORMAT || !err.reason ||
		    strcmp(err.reason, cases[i].reason) != 0 ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
	}
	assert_int_equal(close(null), 0);
}

/* Whichever of the two limits comes first ends it. */
static void ends_at_the_moment_that_was_given(void **state)
{
	const int64_t start = clock_ms();
	const struct sandbox_limits soon = { .seconds = 60,
					     .until = start + 200,
					     .memory = 64 << 20 };
	const struct sandbox_limits late = { .seconds = 60,
					     .until = start - 1,
					     .memory = 64 << 20 };
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	char text[] = "42";

	(void)state;
	assert_failed(sandbox_run(hangs, NULL, &soon, &out, &err), err,
		      SHVM_E_FORMAT, "more than 60 seconds");
	assert_true(clock_ms() - start < 30000);
	assert_failed(sandbox_run(answers, text, &late, &out, &err), err,
		      SHVM_E_FORMAT, "more than");
	assert_int_equal(out.len, 0);
}

/* A caller that may have less than the child is given: ulimit -t and -f. */
static void lives_with_lower_limits_of_the_caller(void **state)
{
	const struct rlimit low = { .rlim_cur = 30, .rlim_max = 30 };
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	char text[] = "42";
	int status = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(setrlimit(RLIMIT_CPU, &low) < 0 ||
		      setrlimit(RLIMIT_FSIZE, &low) < 0 ||
		      sandbox_run(answers, text, &limits, &out, &err) < 0 ||
		      out.len != 2);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* What the kernel says of a child, while the child is busy. */
static void *look_at_child(void *ret)
{
	char *text = ret, path[64];
	int pid = 0;
	FILE *f;

	for (int i = 0; i < 500 && !strstr(text, "Seccomp:\t2"); i++) {
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
	const struct sandbox_limits two = { .seconds = 2, .memory = 64 << 20 };
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, look_at_child, text), 0);
	assert_failed(sandbox_run(hangs, NULL, &two, &out, &err), err,
		      SHVM_E_FORMAT, "seconds");
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (!*text)
		skip(); /* a kernel without /proc/.../children */
	assert_non_null(strstr(text, "CapEff:\t0000000000000000"));
	assert_non_null(strstr(text, "CapPrm:\t0000000000000000"));
	assert_non_null(strstr(text, "NoNewPrivs:\t1"));
	assert_non_null(strstr(text, "Seccomp:\t2"));
	assert_null(strstr(text, "Uid:\t0"));
}

static void refuses_files_and_memory(void **state)
{
	static const struct {
		sandbox_fn fn;
		const char *answer;
	} cases[] = {
		{ opens_a_file, "refused" },
		{ opens_a_copy, "refused" },
		{ takes_memory, "refused" },
		{ uses_its_file, "hello" },
	};
	char name[] = "/dev/null";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };

		assert_ok(sandbox_run(cases[i].fn, name, &limits, &out, &err),
			  err);
		buf_add(&out, "", 1);
		assert_string_equal((char *)out.data, cases[i].answer);
	}
}

static void refuses_an_answer_without_end(void **state)
{
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_failed(sandbox_run(talks_too_much, NULL, &limits, &out, &err),
		      err, SHVM_E_FORMAT, "too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_answer_back),
		cmocka_unit_test(gives_a_failure_back_as_printable_text),
		cmocka_unit_test(survives_the_childs_death),
		cmocka_unit_test(ends_at_the_moment_that_was_given),
		cmocka_unit_test(lives_with_lower_limits_of_the_caller),
		cmocka_unit_test(has_no_privileges_inside),
		cmocka_unit_test(refuses_files_and_memory),
		cmocka_unit_test(refuses_an_answer_without_end),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
