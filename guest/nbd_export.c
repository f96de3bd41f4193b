/* SPDX-License-Identifier: MIT */
/*
 * The NBD protocol as far as a reader needs it (fixed newstyle, simple
 * replies): https://github.com/NetworkBlockDevice/nbd, doc/proto.md.
 */
#include "guest/nbd_export.h"

#include "base/be.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTION_MAGIC UINT64_C(0x49484156454f5054) /* "IHAVEOPT" */
#define OPTION_REPLY UINT64_C(0x0003e889045565a9)
#define REQUEST_MAGIC 0x25609513u
#define REPLY_MAGIC 0x67446698u

enum {
	OPTION_EXPORT_NAME = 1,
	OPTION_ABORT = 2,
	OPTION_INFO = 6,
	OPTION_GO = 7,
	REPLY_ACK = 1,
	REPLY_INFO = 3,
	HANDSHAKE_FLAGS = 3,	/* fixed newstyle, no zeroes */
	TRANSMISSION_FLAGS = 3, /* flags are sent, read-only */
	COMMAND_READ = 0,
	COMMAND_WRITE = 1,
	COMMAND_DISCONNECT = 2,
	OPTION_MAX = 8192,   /* bytes; ours */
	READ_MAX = 32 << 20, /* bytes; what qemu asks at most */
	OPTIONS_MAX = 64,    /* ours */
};
#define REPLY_UNSUPPORTED 0x80000001u

struct nbd_export {
	pid_t pid;
	char folder[64], path[80];
};

static bool transfer(int fd, void *in, const void *out, size_t len)
{
	for (size_t done = 0; done < len;) {
		const ssize_t n =
			in ? recv(fd, (uint8_t *)in + done, len - done, 0)
			   : send(fd, (const uint8_t *)out + done, len - done,
				  MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static bool take(int fd, void *buf, size_t len)
{
	return transfer(fd, buf, NULL, len);
}

static bool give(int fd, const void *buf, size_t len)
{
	return transfer(fd, NULL, buf, len);
}

/* Read and drop what a request carries. */
static bool skip(int fd, uint64_t len)
{
	uint8_t piece[4096];

	while (len > 0) {
		const size_t n =
			len < sizeof(piece) ? (size_t)len : sizeof(piece);

		if (!take(fd, piece, n))
			return false;
		len -= n;
	}
	return true;
}

static bool option_reply(int fd, uint32_t option, uint32_t kind,
			 const void *data, uint32_t len)
{
	uint8_t head[20];

	be64_put(head, OPTION_REPLY);
	be32_put(head + 8, option);
	be32_put(head + 12, kind);
	be32_put(head + 16, len);
	return give(fd, head, sizeof(head)) &&
	       (len == 0 || give(fd, data, len));
}

/* Size and flags: what each way to begin ends with. */
static bool option_go(int fd, uint32_t option, uint64_t size)
{
	uint8_t info[12] = { 0, 0 }; /* NBD_INFO_EXPORT */

	be64_put(info + 2, size);
	info[11] = TRANSMISSION_FLAGS;
	if (option == OPTION_EXPORT_NAME)
		return give(fd, info + 2, 10);
	return option_reply(fd, option, REPLY_INFO, info, sizeof(info)) &&
	       option_reply(fd, option, REPLY_ACK, NULL, 0);
}

/* Any export name will do. False when the connection ends here. */
static bool negotiate(int fd, uint64_t size)
{
	static const uint8_t hello[18] = "NBDMAGICIHAVEOPT\0\3";
	uint8_t flags[4], head[16];

	static_assert(HANDSHAKE_FLAGS == 3, "as in hello");
	if (!give(fd, hello, sizeof(hello)) || !take(fd, flags, 4) ||
	    be32_get(flags) != HANDSHAKE_FLAGS)
		return false;
	for (unsigned int i = 0; i < OPTIONS_MAX; i++) {
		uint32_t option, len;

		if (!take(fd, head, sizeof(head)) ||
		    be64_get(head) != OPTION_MAGIC)
			return false;
		option = be32_get(head + 8);
		len = be32_get(head + 12);
		if (len > OPTION_MAX || !skip(fd, len))
			return false;
		switch (option) {
		case OPTION_EXPORT_NAME:
		case OPTION_GO:
			return option_go(fd, option, size);
		case OPTION_INFO:
			if (!option_go(fd, option, size))
				return false;
			break;
		case OPTION_ABORT:
			(void)option_reply(fd, option, REPLY_ACK, NULL, 0);
			return false;
		default:
			if (!option_reply(fd, option, REPLY_UNSUPPORTED, NULL,
					  0))
				return false;
		}
	}
	return false;
}

static bool request_reply(int fd, const uint8_t *request, uint32_t error)
{
	uint8_t head[16];

	be32_put(head, REPLY_MAGIC);
	be32_put(head + 4, error);
	memcpy(head + 8, request + 8, 8); /* its cookie */
	return give(fd, head, sizeof(head));
}

static bool request_read(int fd, const uint8_t *request, struct source *disk,
			 uint8_t *buf)
{
	const uint64_t at = be64_get(request + 16);
	const uint32_t len = be32_get(request + 24);

	if (len > READ_MAX || at > disk->size || len > disk->size - at)
		return request_reply(fd, request, EINVAL);
	if (source_read(disk, at, buf, len, NULL) < 0)
		return request_reply(fd, request, EIO);
	return request_reply(fd, request, 0) && give(fd, buf, len);
}

void nbd_export_serve(int fd, struct source *disk)
{
	AUTOFREE uint8_t *buf = malloc(READ_MAX);
	uint8_t request[28];

	if (!buf || !negotiate(fd, disk->size))
		return;
	while (take(fd, request, sizeof(request)) &&
	       be32_get(request) == REQUEST_MAGIC) {
		const unsigned int command =
			(unsigned int)request[6] << 8 | request[7];
		bool ok;

		switch (command) {
		case COMMAND_READ:
			ok = request_read(fd, request, disk, buf);
			break;
		case COMMAND_DISCONNECT:
			return;
		case COMMAND_WRITE:
			ok = skip(fd, be32_get(request + 24)) &&
			     request_reply(fd, request, EPERM);
			break;
		default:
			ok = request_reply(fd, request, EINVAL);
		}
		if (!ok)
			return;
	}
}

/* The child: each connection has a process, none outlives the program. */
static _Noreturn void accept_all(int listener, struct source *disk,
				 pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN); /* the parent decides */
	while (getppid() == parent) {
		const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		const pid_t self = getpid();

		if (fd < 0 && errno != EINTR)
			break;
		if (fd >= 0 && fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			if (getppid() == self)
				nbd_export_serve(fd, disk);
			_exit(0);
		}
		if (fd >= 0)
			(void)close(fd); /* the process has its own */
	}
	_exit(1);
}

/* In a folder of its own, which only we may enter. */
static int listen_at(struct nbd_export *e, int *ret, struct shvm_err *err)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	AUTOCLOSE int fd = -1;

	(void)snprintf(e->folder, sizeof(e->folder), "/tmp/shvm-nbd-XXXXXX");
	if (!mkdtemp(e->folder)) {
		e->folder[0] = '\0';
		return err_set_errno(err, "/tmp: folder for a socket");
	}
	(void)snprintf(e->path, sizeof(e->path), "%s/disk", e->folder);
	strcpy(name.sun_path, e->path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(fd, 8) < 0)
		return err_set_errno(err, "%s", e->path);
	*ret = fd;
	fd = -1;
	return SHVM_OK;
}

int nbd_export_open(struct source *disk, struct nbd_export **ret,
		    struct shvm_err *err)
{
	const pid_t parent = getpid();
	AUTO(nbd_export_ptr) e = calloc(1, sizeof(*e));
	AUTOCLOSE int listener = -1;

	TRY(err_null(err, e, "export"));
	TRY(listen_at(e, &listener, err));
	e->pid = fork();
	if (e->pid < 0)
		return err_set_errno(err, "fork");
	if (e->pid == 0)
		accept_all(listener, disk, parent);
	*ret = STEAL(e);
	return SHVM_OK;
}

const char *nbd_export_socket(const struct nbd_export *e)
{
	return e->path;
}

void nbd_export_close(struct nbd_export *e)
{
	if (!e)
		return;
	if (e->pid > 0) {
		(void)kill(e->pid, SIGKILL); /* it may be gone already */
		while (waitpid(e->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (e->folder[0]) {
		(void)unlink(e->path); /* what is left is found in /tmp */
		(void)rmdir(e->folder);
	}
	free(e);
}
