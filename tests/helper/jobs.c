/* SPDX-License-Identifier: MIT */
/* In the place of helper/jobs.c: jobs that try to break out. */
#include "helper/jobs.h"

#include "base/le.h"
#include "helper/hive_file.h"
#include "helper/lock.h"
#include "tests/helper/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum {
	MARKER = 16
};

/* Found before the locks. */
static pid_t parent;
static unsigned int seen;
static char alone[64] = "none";

static void try_result(struct buf *out, const char *what, bool done)
{
	buf_printf(out, "%s: %s\n", what, done ? "DONE" : "refused");
}

static bool is_marker(const uint8_t *p, const uint8_t turned[MARKER])
{
	for (size_t i = 0; i < MARKER; i++) {
		if (p[i] + turned[i] != 0xff)
			return false;
	}
	return true;
}

/* All memory that can be read; nothing here has the marker in clear. */
static unsigned int marker_count(const uint8_t turned[MARKER])
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned int count = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		char mode[8];

		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 ||
		    mode[0] != 'r' || strstr(line, "[v"))
			continue;
		for (unsigned long at = from; at + MARKER <= to; at++)
			count += is_marker((const uint8_t *)at, turned);
	}
	if (maps)
		(void)fclose(maps); /* it was read */
	return maps ? count : 1000;
}

static void marker_look(const struct helper_job *job)
{
	uint8_t turned[MARKER];
	uint8_t *volatile copy = NULL;

	le64_put(turned, job->esp.at);
	le64_put(turned + 8, job->os.at);
	if (job->what == TEST_MARKER_PLANTED) {
		copy = malloc(MARKER);
		for (size_t i = 0; copy && i < MARKER; i++)
			copy[i] = (uint8_t)~turned[i];
	}
	seen = marker_count(turned);
	free(copy);
}

/* By every call that takes a name, as a program that was taken over would. */
static void try_open(struct buf *out)
{
	char memory[64];
	const char *const names[] = {
		"/etc/passwd",	   "/dev/null",	      "/proc/self/mem",
		"/proc/self/maps", "/proc/self/fd/3", memory,
	};
	struct stat st;

	(void)snprintf(memory, sizeof(memory), "/proc/%d/mem", (int)parent);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		buf_printf(out, "%s ", names[i]);
		try_result(out, "openat",
			   syscall(SYS_openat, AT_FDCWD, names[i], O_RDONLY) >=
				   0);
		try_result(out, "stat",
			   fstatat(AT_FDCWD, names[i], &st, 0) == 0);
		try_result(out, "access", access(names[i], F_OK) == 0);
		try_result(out, "open()", open(names[i], O_RDONLY) >= 0);
	}
	try_result(out, "create",
		   open("/tmp/shvm-helper-was-here", O_WRONLY | O_CREAT,
			0600) >= 0);
	try_result(out, "hive to write", open(HIVE_FILE_NAME, O_RDWR) >= 0);
}

/* As on a kernel without Landlock. Answers on its own: nothing can follow. */
static _Noreturn void seccomp_alone(void)
{
	const struct lock_fds fds = { .answer = 10,
				      .disk = HELPER_DISK_FD,
				      .hive = hive_file_fd() };
	uint8_t head[HELPER_ANSWER_HEAD];
	struct buf out = { 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || !lock_seccomp(&fds))
		_exit(1);
	try_open(&out);
	helper_answer_encode(0, out.len, head);
	if (write(fds.answer, head, sizeof(head)) > 0)
		(void)!write(fds.answer, out.data, out.len);
	_exit(0);
}

void job_prepare(const struct helper_job *job)
{
	parent = getppid();
	if (job->what == TEST_MARKER || job->what == TEST_MARKER_PLANTED)
		marker_look(job);
	if (job->what == TEST_SECCOMP)
		seccomp_alone();
	if (job->what == TEST_LANDLOCK &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && lock_landlock() == 1)
		(void)snprintf(alone, sizeof(alone), "%s",
			       syscall(SYS_openat, AT_FDCWD, "/etc/passwd",
				       O_RDONLY) < 0
				       ? "refused"
				       : "DONE");
}

/*
 * Another name where the one allowed is: the page is replaced by a copy that
 * can be written to.
 */
static void try_map_over(struct buf *out)
{
	static uint8_t copy[8192];
	const uintptr_t page = (uintptr_t)HIVE_FILE_NAME & ~(uintptr_t)4095;
	const size_t at = (uintptr_t)HIVE_FILE_NAME - page;
	char byte, *over;
	int fd;

	memcpy(copy, (const void *)page, sizeof(copy));
	try_result(out, "mprotect",
		   mprotect((void *)page, sizeof(copy),
			    PROT_READ | PROT_WRITE) == 0);
	over = mmap((void *)page, sizeof(copy), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (over == MAP_FAILED)
		return;
	memcpy(over, copy, sizeof(copy));
	memcpy(over + at, "/etc/passwd", 12);
	fd = open(over + at, O_RDONLY);
	/* At most the memory file, which is empty. */
	try_result(out, "mapped over", fd >= 0 && read(fd, &byte, 1) != 0);
	try_result(out, "mapped over, openat",
		   syscall(SYS_openat, AT_FDCWD, over + at, O_RDONLY) >= 0);
}

/* Which are open, and what can be done with them. */
static void try_descriptors(struct buf *out)
{
	char text[16];

	for (int fd = 0; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			buf_printf(out, "open %d\n", fd);
	}
	try_result(out, "read stdin", read(0, text, sizeof(text)) >= 0);
	for (int fd = 0; fd < 3; fd++)
		try_result(out, "write", write(fd, "x", 1) >= 0);
	try_result(out, "write to the socket", write(3, "x", 1) >= 0);
	try_result(out, "write to the hive's copy",
		   write(open(HIVE_FILE_NAME, O_RDONLY), "x", 1) >= 0);
	try_result(out, "send by another number",
		   send(dup(HELPER_DISK_FD), "x", 1, 0) >= 0);
	try_result(out, "truncate elsewhere", ftruncate(10, 0) == 0);
	try_result(out, "hive beyond its limit",
		   signal(SIGXFSZ, SIG_IGN) == SIG_ERR ||
			   ftruncate(hive_file_fd(),
				     (off_t)LOCK_HIVE_MAX + 1) == 0);
}

static void try_hive(struct buf *out)
{
	char text[8] = "";
	struct stat st = { 0 };
	int fd = -1;

	if (pwrite(hive_file_fd(), "hello", 5, 0) == 5)
		fd = open(HIVE_FILE_NAME, O_RDONLY);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 5 &&
	    S_ISREG(st.st_mode) && read(fd, text, 5) == 5)
		buf_add_text(out, text);
}

/* Each of these is the end. */
static void try_forbidden(uint32_t what)
{
	char byte, *const argv[] = { NULL };
	const struct iovec here = { &byte, 1 }, there = { &byte, 1 };
	uint64_t how[3] = { 0 };
	void *p;

	switch (what) {
	case TEST_SOCKET:
		(void)socket(AF_UNIX, SOCK_STREAM, 0);
		break;
	case TEST_CODE:
		p = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		(void)p;
		break;
	case TEST_FORK:
		if (fork() == 0)
			_exit(0);
		break;
	case TEST_EXEC:
		(void)execve("/bin/true", argv, argv);
		break;
	case TEST_PTRACE:
		(void)ptrace(PTRACE_ATTACH, parent, NULL, NULL);
		break;
	case TEST_PROCESS_READ:
		(void)process_vm_readv(parent, &here, 1, &there, 1, 0);
		break;
	case TEST_OPENAT2:
		(void)syscall(437, AT_FDCWD, "/etc/passwd", how, sizeof(how));
		break;
	case TEST_KILL:
		(void)kill(parent, 0);
		break;
	default:
		break;
	}
}

static int read_wrong(const struct helper_job *job, struct buf *out)
{
	uint8_t request[HELPER_REQUEST_SIZE + 1], reply[256];

	helper_request_encode(job->os.at, job->os.number, request);
	(void)send(HELPER_DISK_FD, request,
		   job->what == TEST_READ_NOISE ? sizeof(request)
						: HELPER_REQUEST_SIZE,
		   0);
	buf_add_text(out, recv(HELPER_DISK_FD, reply, sizeof(reply), 0) > 0
				  ? "served"
				  : "hung up");
	return SHVM_OK;
}

/* Until the socket is full, and then for good. */
static void flood(void)
{
	uint8_t request[HELPER_REQUEST_SIZE];

	helper_request_encode(0, 512, request);
	while (send(HELPER_DISK_FD, request, sizeof(request), 0) > 0)
		;
}

static void garbage(void)
{
	for (int fd = 4; fd < 64; fd++)
		(void)!write(fd, "garbage, garbage", 16);
	_exit(0);
}

static int job_try(const struct helper_job *job, struct buf *out)
{
	switch (job->what) {
	case TEST_OPEN:
		try_open(out);
		break;
	case TEST_MAP_OVER:
		try_map_over(out);
		break;
	case TEST_DESCRIPTORS:
		try_descriptors(out);
		break;
	case TEST_MEMORY:
		try_result(out, "memory",
			   mmap(NULL, 512 << 20, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1,
				0) != MAP_FAILED);
		break;
	case TEST_LANDLOCK:
		buf_add_text(out, alone);
		break;
	case TEST_HIVE:
		try_hive(out);
		break;
	case TEST_MARKER:
	case TEST_MARKER_PLANTED:
		buf_printf(out, "%u", seen);
		break;
	default:
		try_forbidden(job->what);
		buf_add_text(out, "alive");
	}
	return SHVM_OK;
}

int job_run(const struct helper_job *job, struct source *disk,
	    const char *locks, struct buf *out, struct shvm_err *err)
{
	volatile unsigned int n = 0;

	(void)locks;
	switch (job->what) {
	case TEST_READ:
		return source_read(disk, job->os.at,
				   buf_grow(out, job->os.number),
				   job->os.number, err);
	case TEST_READ_WRONG:
	case TEST_READ_NOISE:
		return read_wrong(job, out);
	case TEST_FAIL:
		buf_add_text(out, "not to be seen");
		return err_set(err, SHVM_E_IO, "the disk\x01 is gone");
	case TEST_CRASH:
		__builtin_trap();
	case TEST_HANG:
		for (;;)
			n++;
	case TEST_TALK:
		buf_add_zeros(out, HELPER_ANSWER_MAX + 1);
		return SHVM_OK;
	case TEST_GARBAGE:
		garbage();
		return SHVM_OK;
	case TEST_FLOOD:
		flood();
		return SHVM_OK;
	default:
		return job_try(job, out);
	}
}
