/* SPDX-License-Identifier: MIT */
/* Asks the parent for bytes of the disk. */
#include "helper/disk.h"

#include "base/le.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

struct disk {
	struct source source;
	int fd;
	uint8_t reply[HELPER_REPLY_HEAD + HELPER_READ_MAX];
};

static ssize_t receive(int fd, void *buf, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, buf, size, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

bool disk_job(int fd, struct helper_job *ret)
{
	uint8_t data[HELPER_JOB_SIZE + 1];
	const ssize_t n = receive(fd, data, sizeof(data));

	return n >= 0 && helper_job_decode(data, (size_t)n, ret);
}

static int disk_read_at(struct source *s, uint64_t at, void *buf, size_t len,
			struct shvm_err *err)
{
	struct disk *d = (void *)s;
	uint8_t request[HELPER_REQUEST_SIZE];
	uint8_t *p = buf;

	while (len > 0) {
		const uint32_t n =
			len < HELPER_READ_MAX ? (uint32_t)len : HELPER_READ_MAX;

		helper_request_encode(at, n, request);
		if (send(d->fd, request, sizeof(request), MSG_NOSIGNAL) !=
			    (ssize_t)sizeof(request) ||
		    receive(d->fd, d->reply, sizeof(d->reply)) !=
			    (ssize_t)(HELPER_REPLY_HEAD + n) ||
		    le32_get(d->reply) != 0)
			return err_set(err, SHVM_E_IO,
				       "disk: %u bytes at %ju cannot be read",
				       n, (uintmax_t)at);
		memcpy(p, d->reply + HELPER_REPLY_HEAD, n);
		p += n;
		at += n;
		len -= n;
	}
	return SHVM_OK;
}

static void disk_free(struct source *s)
{
	free(s);
}

int disk_source_open(int fd, const struct helper_job *job, struct source **ret,
		     struct shvm_err *err)
{
	static const struct source_ops ops = {
		.kind = "parent",
		.read_at = disk_read_at,
		.free = disk_free,
	};
	struct disk *d = malloc(sizeof(*d));

	if (!d)
		return err_nomem(err, "disk");
	d->source = (struct source){ .ops = &ops,
				     .size = job->disk_size,
				     .sector_size = job->sector_size };
	d->fd = fd;
	*ret = &d->source;
	return SHVM_OK;
}
