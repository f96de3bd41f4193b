/* SPDX-License-Identifier: MIT */
/* Runs a function in a child process that can only read, compute and answer. */
#include "guest/sandbox.h"

#include "base/auto.h"
#include "base/clock.h"
#include "base/le.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAGIC 0x78626e73u /* "snbx" */

enum {
	HEADER = 12,
	EXIT_NO_SANDBOX = 77,
	NOBODY = 65534
};

AUTO_DEFINE(filter_ptr, scmp_filter_ctx, seccomp_release);

/* Calls that need no look at their arguments. */
static const int harmless[] = {
	SCMP_SYS(read),		SCMP_SYS(pread64),
	SCMP_SYS(lseek),	SCMP_SYS(close),
	SCMP_SYS(fstat),	SCMP_SYS(newfstatat),
	SCMP_SYS(brk),		SCMP_SYS(munmap),
	SCMP_SYS(mremap),	SCMP_SYS(madvise),
	SCMP_SYS(futex),	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(getpid),
	SCMP_SYS(gettid),	SCMP_SYS(getrandom),
	SCMP_SYS(sched_yield),	SCMP_SYS(exit),
	SCMP_SYS(exit_group),	SCMP_SYS(restart_syscall),
	SCMP_SYS(sigaltstack),
};

/* open() of the one name that is known by its address, for reading. */
static int allow_open(scmp_filter_ctx filter, const char *path)
{
	const scmp_datum_t at = (scmp_datum_t)(uintptr_t)path;
	int r;

	r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 2,
			     SCMP_A1_64(SCMP_CMP_EQ, at, 0),
			     SCMP_A2_32(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT,
					O_RDONLY));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES),
				     SCMP_SYS(openat), 1,
				     SCMP_A1_64(SCMP_CMP_NE, at, 0));
	return r;
}

/* Writes go to the answer and the memory file only. */
static int allow_writes(scmp_filter_ctx filter, int answer, int file)
{
	int r;

	r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
			     SCMP_A0_32(SCMP_CMP_EQ, (unsigned int)answer, 0));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(pwrite64),
				     1,
				     SCMP_A0_32(SCMP_CMP_EQ, (unsigned int)file,
						0));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
				     SCMP_SYS(ftruncate), 1,
				     SCMP_A0_32(SCMP_CMP_EQ, (unsigned int)file,
						0));
	return r;
}

/* Memory never becomes executable, nor does what is read-only change. */
static int allow_memory(scmp_filter_ctx filter)
{
	int r;

	r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
			     SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
				     SCMP_SYS(mprotect), 0);
	return r;
}

/* True when from here on only what is listed above can be called. */
static bool lock_in(int answer, const struct sandbox *box)
{
	AUTO(filter_ptr) filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = 0;

	if (!filter)
		return false;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(harmless); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, harmless[i], 0);
	if (r == 0)
		r = allow_open(filter, box->path);
	if (r == 0)
		r = allow_writes(filter, answer, box->file);
	if (r == 0)
		r = allow_memory(filter);
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				     SCMP_A1_32(SCMP_CMP_EQ, F_SETFD, 0));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				     SCMP_A1_32(SCMP_CMP_EQ, F_GETFD, 0));
	/* Asked by libraries out of curiosity; the answer does not matter. */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY),
				     SCMP_SYS(ioctl), 0);
	return r == 0 && seccomp_load(filter) == 0;
}

/* Bytes of address space in use now; 0 when nobody can tell. */
static uint64_t address_space(void)
{
	AUTOCLOSE int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[64] = "";
	uint64_t pages = 0;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return 0;
	for (const char *p = text; *p >= '0' && *p <= '9'; p++)
		pages = pages * 10 + (uint64_t)(*p - '0');
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The hard limit is grace higher, or the lower one that the caller has. */
static bool limit(int what, uint64_t value, uint64_t grace)
{
	struct rlimit l;

	if (getrlimit((__rlimit_resource_t)what, &l) < 0)
		return false;
	if (l.rlim_max > value + grace)
		l.rlim_max = value + grace;
	l.rlim_cur = value < l.rlim_max ? value : l.rlim_max;
	return setrlimit((__rlimit_resource_t)what, &l) == 0;
}

/*
 * Nobody instead of root, where that user exists (not in every container), and
 * no capabilities in any case.
 */
static bool privileges_drop(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { { 0 } };

	if (geteuid() == 0 && setgroups(0, NULL) == 0 &&
	    setresgid(NOBODY, NOBODY, NOBODY) == 0)
		(void)!setresuid(NOBODY, NOBODY, NOBODY); /* see above */
	/* Only now: another user forgets it. Without it time ends the child. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return syscall(SYS_capset, &head, none) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static bool limits_set(const struct sandbox_limits *limits)
{
	const uint64_t now = address_space();

	/*
	 * SIGXCPU tells time that is up from any other death; the hard limit, a
	 * second later, would kill without a word (setrlimit(2)).
	 */
	return limit(RLIMIT_CORE, 0, 0) &&
	       limit(RLIMIT_FSIZE, SANDBOX_FILE_MAX, 0) &&
	       signal(SIGXCPU, SIG_DFL) != SIG_ERR &&
	       limit(RLIMIT_CPU, limits->seconds, 1) &&
	       (now == 0 || limit(RLIMIT_AS, now + limits->memory, 0));
}

/* The memory file and its name, on a page that stays read-only. */
static bool box_open(struct sandbox *box)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	box->file = memfd_create("shvm-sandbox", MFD_CLOEXEC);
	if (page == MAP_FAILED || box->file < 0)
		return false;
	(void)snprintf(page, 64, "/proc/self/fd/%d", box->file);
	box->path = page;
	return mprotect(page, 4096, PROT_READ) == 0;
}

static void answer_send(int fd, int code, const void *data, size_t len)
{
	uint8_t header[HEADER];
	const uint8_t *p = data;

	le32_put(header, ANSWER_MAGIC);
	le32_put(header + 4, (uint32_t)code);
	le32_put(header + 8, (uint32_t)len);
	if (write(fd, header, sizeof(header)) != (ssize_t)sizeof(header))
		_exit(1);
	while (len > 0) {
		const ssize_t n = write(fd, p, len);

		if (n <= 0)
			_exit(1);
		p += n;
		len -= (size_t)n;
	}
	_exit(0);
}

__attribute__((noreturn)) static void child_run(
	sandbox_fn fn, void *ctx, const struct sandbox_limits *limits, int fd)
{
	struct shvm_err err = { 0 };
	struct sandbox box;
	struct buf out = { 0 };
	int r;

	if (limits->prepare)
		limits->prepare();
	if (!box_open(&box) || !limits_set(limits) || !privileges_drop() ||
	    !lock_in(fd, &box))
		_exit(EXIT_NO_SANDBOX);

	r = fn(ctx, &box, &out, &err);
	if (r == 0)
		r = buf_check(&out, "answer", &err);
	if (r == 0 && out.len <= SANDBOX_ANSWER_MAX)
		answer_send(fd, 0, out.data, out.len);
	else if (r == 0)
		answer_send(fd, SHVM_E_FORMAT, "answer is too long", 18);
	answer_send(fd, r, err.msg, strlen(err.msg));
	_exit(1); /* not reached */
}

/* Everything that comes until the child closes its end; *late on timeout. */
static void answer_receive(int fd, int64_t end, struct buf *ret, bool *late)
{
	uint8_t piece[4096];

	while (ret->len <= HEADER + SANDBOX_ANSWER_MAX) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const int64_t left = end - clock_ms();
		ssize_t n;

		if (left <= 0) {
			*late = true;
			return;
		}
		if (poll(&p, 1, (int)left) <= 0)
			continue; /* interrupted, or late */
		n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		buf_add(ret, piece, (size_t)n);
	}
}

/* Nothing the child wrote is believed before it is checked here. */
static int answer_check(const struct buf *answer, struct buf *ret,
			struct shvm_err *err)
{
	const uint8_t *d = answer->data;
	char text[256] = "";
	size_t len;
	int code;

	if (answer->len < HEADER || le32_get(d) != ANSWER_MAGIC ||
	    le32_get(d + 8) != answer->len - HEADER)
		return err_reason(err, SHVM_E_FORMAT, "sandbox-died",
				  "the child that reads file systems gave no "
				  "answer");
	code = (int)le32_get(d + 4);
	len = answer->len - HEADER;
	if (code == 0) {
		buf_add(ret, d + HEADER, len);
		return buf_check(ret, "answer", err);
	}
	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	memcpy(text, d + HEADER, len);
	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	}
	if (code > 0 || code < SHVM_E_NETWORK)
		code = SHVM_E_FORMAT;
	return err_set(err, code, "%s", text);
}

static int status_check(int status, bool late, unsigned int seconds,
			struct shvm_err *err)
{
	if (late || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
		return err_reason(err, SHVM_E_FORMAT, "sandbox-timeout",
				  "reading the file systems took more than %u "
				  "seconds",
				  seconds);
	if (WIFSIGNALED(status))
		return err_reason(err, SHVM_E_FORMAT, "sandbox-died",
				  "the child that reads file systems died of "
				  "signal %d",
				  WTERMSIG(status));
	if (WEXITSTATUS(status) == EXIT_NO_SANDBOX)
		return err_reason(err, SHVM_E_UNSUPPORTED, "no-sandbox",
				  "this system cannot lock a child process in "
				  "(seccomp), so file systems are not read");
	return SHVM_OK;
}

int sandbox_run(sandbox_fn fn, void *ctx, const struct sandbox_limits *limits,
		struct buf *ret, struct shvm_err *err)
{
	AUTO_DONE(buf) answer = { 0 };
	AUTOCLOSE int from = -1;
	int64_t end = clock_ms() + (int64_t)limits->seconds * 1000;
	bool late = false;
	int ends[2], status = 0, r;
	pid_t pid;

	if (limits->until && limits->until < end)
		end = limits->until;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set_errno(err, "pipe");
	from = ends[0];
	pid = fork();
	if (pid < 0) {
		(void)close(ends[1]); /* nothing was written */
		return err_set_errno(err, "fork");
	}
	if (pid == 0)
		child_run(fn, ctx, limits, ends[1]);
	(void)close(ends[1]); /* the child's end */

	answer_receive(from, end, &answer, &late);
	(void)kill(pid, SIGKILL); /* it has answered, or never will */
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_set_errno(err, "waitpid");
	}
	r = buf_check(&answer, "answer", err);
	if (r < 0)
		return r;
	if (answer.len == 0 || late) {
		r = status_check(status, late, limits->seconds, err);
		if (r < 0)
			return r;
	}
	return answer_check(&answer, ret, err);
}
