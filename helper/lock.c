/* SPDX-License-Identifier: MIT */
/* Limits, privileges, Landlock and seccomp: none of them can be undone. */
#include "helper/lock.h"

#include "base/auto.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same number on every architecture. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

enum {
	NOBODY = 65534
};

AUTO_DEFINE(filter_ptr, scmp_filter_ctx, seccomp_release);

/* Calls that are allowed with any arguments. */
static const int harmless[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getrandom),
	SCMP_SYS(sched_yield),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(sigaltstack),
};

/*
 * Calls that fail instead of killing the process, since libraries try them. No
 * name reaches the kernel: open() and fstat() of the registry hive are answered
 * by helper/hive_file.c.
 */
static const struct {
	int call, error;
} refused[] = {
	{ SCMP_SYS(open), EACCES },    { SCMP_SYS(openat), EACCES },
	{ SCMP_SYS(stat), EACCES },    { SCMP_SYS(newfstatat), EACCES },
	{ SCMP_SYS(fstat), EACCES },   { SCMP_SYS(fstat64), EACCES },
	{ SCMP_SYS(access), EACCES },  { SCMP_SYS(ioctl), ENOTTY },
	{ SCMP_SYS(mprotect), EPERM },
};

/* Calls with these descriptors only. */
static int allow_fds(scmp_filter_ctx filter, const struct lock_fds *fds)
{
	const struct {
		int call, fd;
	} calls[] = {
		{ SCMP_SYS(write), fds->answer },
		{ SCMP_SYS(sendto), fds->disk },
		{ SCMP_SYS(recvfrom), fds->disk },
		{ SCMP_SYS(pwrite64), fds->hive },
		{ SCMP_SYS(ftruncate), fds->hive },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(calls); i++) {
		const unsigned int fd = (unsigned int)calls[i].fd;

		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i].call, 1,
				     SCMP_A0_32(SCMP_CMP_EQ, fd, 0));
		if (r == 0)
			r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
					     calls[i].call, 1,
					     SCMP_A0_32(SCMP_CMP_NE, fd, 0));
	}
	return r;
}

bool lock_seccomp(const struct lock_fds *fds)
{
	AUTO(filter_ptr) filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = 0;

	if (!filter)
		return false;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(harmless); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, harmless[i], 0);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(refused); i++)
		r = seccomp_rule_add(filter,
				     SCMP_ACT_ERRNO(
					     (unsigned int)refused[i].error),
				     refused[i].call, 0);
	if (r == 0)
		r = allow_fds(filter, fds);
	/*
	 * Memory never becomes executable, and read-only memory never becomes
	 * writable.
	 */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				     SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC,
						0));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				     SCMP_A1_32(SCMP_CMP_EQ, F_SETFD, 0));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				     SCMP_A1_32(SCMP_CMP_EQ, F_GETFD, 0));
	return r == 0 && seccomp_load(filter) == 0;
}

int lock_landlock(void)
{
	/* landlock(7): rights that a kernel of this version knows. */
	struct {
		uint64_t fs, net, scoped;
	} all = { .fs = (1u << 13) - 1 };
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	size_t size = sizeof(all.fs);
	AUTOCLOSE int fd = -1;

	if (version <= 0)
		return version < 0 && errno != ENOSYS && errno != EOPNOTSUPP &&
				       errno != EPERM
			       ? -1
			       : 0;
	if (version >= 2)
		all.fs |= 1u << 13;
	if (version >= 3)
		all.fs |= 1u << 14;
	if (version >= 5)
		all.fs |= 1u << 15;
	if (version >= 4) {
		all.net = 3;
		size += sizeof(all.net);
	}
	if (version >= 6) {
		all.scoped = 3;
		size += sizeof(all.scoped);
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	return fd >= 0 && syscall(SYS_landlock_restrict_self, fd, 0) == 0 ? 1
									  : -1;
}

/* Bytes of address space in use now; 0 when it is not known. */
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

/* The hard limit is higher by grace, unless the caller has a lower one. */
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
 * The user nobody instead of root, where that user exists (not in every
 * container), and no capabilities in any case.
 */
bool lock_privileges(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { { 0 } };

	if (geteuid() == 0 && setgroups(0, NULL) == 0 &&
	    setresgid(NOBODY, NOBODY, NOBODY) == 0)
		(void)!setresuid(NOBODY, NOBODY, NOBODY); /* see above */
	/*
	 * Only now: a change of the user resets it. Without it the time limit
	 * ends the child.
	 */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return syscall(SYS_capset, &head, none) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

bool lock_limits(unsigned int seconds, uint64_t memory)
{
	const uint64_t now = address_space();

	/*
	 * SIGXCPU shows that the time is up; the hard limit, a second later,
	 * would kill with SIGKILL, without a reason (setrlimit(2)).
	 */
	return limit(RLIMIT_CORE, 0, 0) &&
	       limit(RLIMIT_FSIZE, LOCK_HIVE_MAX, 0) &&
	       signal(SIGXCPU, SIG_DFL) != SIG_ERR &&
	       limit(RLIMIT_CPU, seconds, 1) &&
	       (now == 0 || limit(RLIMIT_AS, now + memory, 0));
}
