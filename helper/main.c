/* SPDX-License-Identifier: MIT */
/*
 * shvm-guest-helper: reads the file systems of a disk for libshvm, which starts
 * it. It gets only the two descriptors of guest/helper_wire.h and confines
 * itself before it reads the first byte of the disk.
 */
#include "helper/disk.h"
#include "helper/hive_file.h"
#include "helper/jobs.h"
#include "helper/lock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* There is no socket if a user starts it. */
static bool has_socket(void)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return getsockopt(HELPER_DISK_FD, SOL_SOCKET, SO_TYPE, &type, &len) ==
		       0 &&
	       type == SOCK_SEQPACKET;
}

/* A number that no library uses as standard error. */
static int answer_move(void)
{
	const int fd = fcntl(HELPER_ANSWER_FD, F_DUPFD_CLOEXEC, 10);

	if (fd >= 0)
		(void)close(HELPER_ANSWER_FD); /* the other one remains */
	return fd;
}

static void answer_write(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		const ssize_t n = write(fd, p, len);

		if (n <= 0)
			_exit(1);
		p += n;
		len -= (size_t)n;
	}
}

static _Noreturn void answer_send(int fd, int code, const void *data,
				  size_t len)
{
	uint8_t head[HELPER_ANSWER_HEAD];

	helper_answer_encode(code, len, head);
	answer_write(fd, head, sizeof(head));
	answer_write(fd, data, len);
	_exit(0);
}

/* Both locks, or the only one that the kernel has. NULL: not locked. */
static const char *lock(const struct helper_job *job,
			const struct lock_fds *fds)
{
	int landlock;

	if (fds->answer < 0 || fds->hive < 0 || chdir("/") < 0 ||
	    !lock_limits(job->seconds, job->memory) || !lock_privileges())
		return NULL;
	landlock = lock_landlock();
	if (landlock < 0 || !lock_seccomp(fds))
		return NULL;
	return landlock ? "seccomp and Landlock" : "seccomp";
}

int main(void)
{
	struct lock_fds fds = { .disk = HELPER_DISK_FD };
	AUTO(source_ptr) disk = NULL;
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	struct helper_job job;
	const char *locks;
	int r;

	if (!has_socket()) {
		(void)fputs("shvm-guest-helper: this program is started by "
			    "libshvm only\n",
			    stderr);
		return HELPER_EXIT_USAGE;
	}
	if (!disk_job(HELPER_DISK_FD, &job))
		_exit(HELPER_EXIT_VERSION);
	fds.answer = answer_move();
	fds.hive = hive_file_open();
	job_prepare(&job);
	locks = lock(&job, &fds);
	if (!locks)
		_exit(HELPER_EXIT_NO_SANDBOX);

	r = disk_source_open(fds.disk, &job, &disk, &err);
	if (r == 0)
		r = job_run(&job, disk, locks, &out, &err);
	if (r == 0)
		r = buf_check(&out, "answer", &err);
	if (r == 0 && out.len > HELPER_ANSWER_MAX)
		r = err_set(&err, SHVM_E_FORMAT, "answer is too long");
	if (r == 0)
		answer_send(fds.answer, 0, out.data, out.len);
	answer_send(fds.answer, r, err.msg, strlen(err.msg));
}
