/* SPDX-License-Identifier: MIT */
/*
 * Starts the file-system helper, serves the disk to it, and receives its
 * answer.
 */
#include "guest/helper.h"

#include "base/clock.h"
#include "base/le.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Packages that contain it: Debian's names. */
#define INSTALL "install it with libtsk19 and libhivex0"

enum {
	LOADER_FAILED = 127 /* exit code of the dynamic linker */
};

/* Our ends; the reply to the last request of the helper is in reply. */
struct helper {
	struct source *source;
	pid_t pid;
	int answer, disk; /* -1: closed */
	size_t reply_len; /* 0: no request is open */
	uint8_t reply[HELPER_REPLY_HEAD + HELPER_READ_MAX];
};

static void helper_free(struct helper *h)
{
	if (h->answer >= 0)
		(void)close(h->answer); /* only read */
	if (h->disk >= 0)
		(void)close(h->disk); /* what was sent cannot be used */
	free(h);
}

AUTO_DEFINE(helper_ptr, struct helper *, helper_free);

/* A pair of descriptors, both above those that the helper inherits. */
static int pair_open(bool is_socket, int ret[2], struct shvm_err *err)
{
	int r = is_socket ? socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
				       0, ret)
			  : pipe2(ret, O_CLOEXEC);

	if (r < 0)
		return err_set_errno(err, "file-system helper: descriptors");
	for (int i = 0; i < 2; i++) {
		const int fd = ret[i];

		if (fd > HELPER_DISK_FD)
			continue;
		ret[i] = fcntl(fd, F_DUPFD_CLOEXEC, HELPER_DISK_FD + 1);
		r = ret[i] < 0 ? -1 : r;
		(void)close(fd); /* nothing was written yet */
	}
	if (r == 0)
		return SHVM_OK;
	r = err_set_errno(err, "file-system helper: descriptors");
	for (int i = 0; i < 2; i++) {
		if (ret[i] >= 0)
			(void)close(ret[i]); /* as above */
	}
	return r;
}

/* errno of a step of posix_spawn(), or 0. */
static int spawn_prepare(posix_spawn_file_actions_t *files,
			 posix_spawnattr_t *attr, int answer, int disk)
{
	sigset_t all, none;
	int e;

	(void)sigfillset(&all); /* neither can fail */
	(void)sigemptyset(&none);
	e = posix_spawn_file_actions_adddup2(files, answer, HELPER_ANSWER_FD);
	if (e == 0)
		e = posix_spawn_file_actions_adddup2(files, disk,
						     HELPER_DISK_FD);
	for (int fd = 0; e == 0 && fd < HELPER_ANSWER_FD; fd++)
		e = posix_spawn_file_actions_addclose(files, fd);
	if (e == 0)
		e = posix_spawn_file_actions_addclosefrom_np(files,
							     HELPER_DISK_FD +
								     1);
	if (e == 0)
		e = posix_spawnattr_setflags(attr,
					     POSIX_SPAWN_SETSID |
						     POSIX_SPAWN_SETSIGDEF |
						     POSIX_SPAWN_SETSIGMASK);
	if (e == 0)
		e = posix_spawnattr_setsigdefault(attr, &all);
	return e ? e : posix_spawnattr_setsigmask(attr, &none);
}

/* Without environment and terminal, and with no other descriptors. */
static int spawn(const char *path, int answer, int disk, pid_t *ret)
{
	char name[] = HELPER_PROGRAM;
	char *argv[] = { name, NULL }, *environment[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int e;

	e = posix_spawn_file_actions_init(&files);
	if (e)
		return e;
	e = posix_spawnattr_init(&attr);
	if (e == 0) {
		e = spawn_prepare(&files, &attr, answer, disk);
		if (e == 0)
			e = posix_spawn(ret, path, &files, &attr, argv,
					environment);
		(void)posix_spawnattr_destroy(&attr); /* cannot fail */
	}
	(void)posix_spawn_file_actions_destroy(&files); /* nor can this */
	return e;
}

static int helper_start(const char *path, const struct helper_job *job,
			struct source *source, struct helper **ret,
			struct shvm_err *err)
{
	AUTO(helper_ptr) h = malloc(sizeof(*h));
	AUTOCLOSE int theirs_answer = -1, theirs_disk = -1;
	int ends[2], e;

	TRY(err_null(err, h, "file-system helper"));
	h->source = source;
	h->answer = h->disk = -1;
	helper_job_encode(job, h->reply); /* what is sent first */
	h->reply_len = HELPER_JOB_SIZE;
	TRY(pair_open(false, ends, err));
	h->answer = ends[0];
	theirs_answer = ends[1];
	TRY(pair_open(true, ends, err));
	h->disk = ends[0];
	theirs_disk = ends[1];
	e = spawn(path, theirs_answer, theirs_disk, &h->pid);
	errno = e;
	if (e == ENOMEM || e == EAGAIN)
		return err_set_errno(err, "file-system helper");
	if (e)
		return err_reason(err, SHVM_E_UNSUPPORTED, "no-helper",
				  "no file-system helper (" INSTALL "): "
				  "%.200s: %s",
				  path, strerror(e));
	*ret = STEAL(h);
	return SHVM_OK;
}

static void disk_close(struct helper *h)
{
	(void)close(h->disk); /* what was sent cannot be used any more */
	h->disk = -1;
}

/* An invalid request ends the service: then the helper fails. */
static void request_take(struct helper *h)
{
	uint8_t request[HELPER_REQUEST_SIZE + 1];
	const ssize_t n = recv(h->disk, request, sizeof(request), MSG_DONTWAIT);
	uint32_t len, status;
	uint64_t at;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0 || !helper_request_decode(request, (size_t)n, h->source->size,
					    &at, &len)) {
		disk_close(h);
		return;
	}
	status = source_read(h->source, at, h->reply + HELPER_REPLY_HEAD, len,
			     NULL) < 0;
	le32_put(h->reply, status);
	h->reply_len = HELPER_REPLY_HEAD + (status ? 0 : len);
}

static void reply_send(struct helper *h)
{
	if (send(h->disk, h->reply, h->reply_len,
		 MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)h->reply_len)
		h->reply_len = 0;
	else if (errno != EAGAIN && errno != EINTR)
		disk_close(h);
}

/* False at the end of the answer. */
static bool answer_take(struct helper *h, struct buf *ret)
{
	uint8_t piece[4096];
	const ssize_t n = read(h->answer, piece, sizeof(piece));

	if (n < 0 && errno == EINTR)
		return true;
	if (n > 0)
		buf_add(ret, piece, (size_t)n);
	return n > 0 && !ret->failed &&
	       ret->len <= HELPER_ANSWER_HEAD + HELPER_ANSWER_MAX;
}

/* Serve until the helper closes the answer; true if the time is up. */
static bool serve(struct helper *h, int64_t end, struct buf *answer)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = h->answer, .events = POLLIN },
			{ .fd = h->disk,
			  .events = h->reply_len ? POLLOUT : POLLIN },
		};
		const int64_t left = end - clock_ms();

		if (left <= 0)
			return true;
		if (poll(p, 2, left < 60000 ? (int)left : 60000) <= 0)
			continue; /* interrupted, or late */
		if (p[0].revents && !answer_take(h, answer))
			return false;
		if (p[1].revents && h->reply_len)
			reply_send(h);
		else if (p[1].revents)
			request_take(h);
	}
}

/* Kill it if it still runs; returns how it ended. */
static int helper_end(struct helper *h, int *ret_status, struct shvm_err *err)
{
	(void)kill(h->pid, SIGKILL); /* it has answered, or will never answer */
	while (waitpid(h->pid, ret_status, 0) < 0) {
		if (errno == ECHILD) /* a caller that ignores SIGCHLD */
			return SHVM_OK;
		if (errno != EINTR)
			return err_set_errno(err, "waitpid");
	}
	return SHVM_OK;
}

/* Text from the helper, cleaned for a message. */
static void text_clean(const uint8_t *data, size_t len, char *ret, size_t size)
{
	if (len >= size)
		len = size - 1;
	if (len > 0)
		memcpy(ret, data, len);
	ret[len] = '\0';
	for (size_t i = 0; i < len; i++) {
		if (ret[i] < ' ' || ret[i] > '~')
			ret[i] = '?';
	}
}

/* "PROGRAM: error while loading shared libraries: WHICH: why" */
static int loader_failed(const struct buf *answer, struct shvm_err *err)
{
	static const char before[] = "shared libraries: ";
	char text[256];
	const char *why;

	text_clean(answer->data, answer->len, text, sizeof(text));
	why = strstr(text, before);
	why = why ? why + strlen(before) : *text ? text : "no reason given";
	return err_reason(err, SHVM_E_UNSUPPORTED, "no-helper",
			  "the file-system helper does not start (" INSTALL
			  "): %.*s",
			  (int)strcspn(why, "?"), why);
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
				  "the file-system helper was killed by "
				  "signal %d",
				  WTERMSIG(status));
	if (WEXITSTATUS(status) == HELPER_EXIT_NO_SANDBOX)
		return err_reason(err, SHVM_E_UNSUPPORTED, "no-sandbox",
				  "this system cannot confine a process "
				  "(seccomp), so file systems are not read");
	if (WEXITSTATUS(status) == HELPER_EXIT_VERSION)
		return err_reason(err, SHVM_E_UNSUPPORTED, "no-helper",
				  "the file-system helper and the library "
				  "have different versions");
	return SHVM_OK;
}

/* Nothing that the helper wrote is trusted before it is checked here. */
static int answer_check(const struct buf *answer, struct buf *ret,
			struct shvm_err *err)
{
	const size_t len = answer->len - HELPER_ANSWER_HEAD;
	char text[256];
	int code;

	if (!answer->data ||
	    !helper_answer_decode(answer->data, answer->len, &code))
		return err_reason(err, SHVM_E_FORMAT, "sandbox-died",
				  "the file-system helper sent no answer");
	if (code == 0) {
		buf_add(ret, answer->data + HELPER_ANSWER_HEAD, len);
		return buf_check(ret, "answer", err);
	}
	text_clean(answer->data + HELPER_ANSWER_HEAD, len, text, sizeof(text));
	return err_set(err, code, "%s", text);
}

int helper_run(const char *path, const struct helper_job *job,
	       struct source *disk, int64_t until, struct buf *ret,
	       struct shvm_err *err)
{
	struct helper_job whole = *job;
	int64_t end = clock_ms() + (int64_t)job->seconds * 1000;
	AUTO(helper_ptr) h = NULL;
	AUTO_DONE(buf) answer = { 0 };
	int status = 0;
	bool late;

	if (until && until < end)
		end = until;
	whole.disk_size = disk->size;
	whole.sector_size = disk->sector_size;
	TRY(helper_start(path ? path : helper_installed, &whole, disk, &h,
			 err));
	late = serve(h, end, &answer);
	TRY(helper_end(h, &status, err));
	TRY(buf_check(&answer, "answer", err));
	if (WIFEXITED(status) && WEXITSTATUS(status) == LOADER_FAILED)
		return loader_failed(&answer, err);
	if (answer.len == 0 || late)
		TRY(status_check(status, late, job->seconds, err));
	return answer_check(&answer, ret, err);
}

int helper_try(const char *path, struct shvm_err *say)
{
	static const uint8_t nothing[512];
	const struct helper_job job = { .what = HELPER_TRY,
					.seconds = 5,
					.memory = 64 << 20 };
	AUTO(source_ptr) disk = NULL;
	AUTO_DONE(buf) locks = { 0 };

	TRY(source_memory(nothing, sizeof(nothing), 512, &disk, say));
	TRY(helper_run(path, &job, disk, 0, &locks, say));
	return err_set(say, SHVM_OK, "%.*s", (int)locks.len,
		       (const char *)locks.data);
}
