/* SPDX-License-Identifier: MIT */
/*
 * The speed of a disk: direct FILE [DEPTH [KIB]] reads what is stored of a
 * file with O_DIRECT, DEPTH requests of KIB in flight (4 of 1024), and does
 * nothing with it. This is the limit that a cold digest is held against.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	DEPTH_MAX = 64,
	ALIGN = 4096
};

struct reader {
	struct io_uring ring;
	int fd;
	off_t at, data_end, size;
	size_t len;
	void *buffer[DEPTH_MAX];
};

/* Queue the next piece of data into a buffer; false at the end. */
static int queue(struct reader *r, unsigned int slot)
{
	struct io_uring_sqe *sqe;
	size_t len;

	if (r->at >= r->data_end) {
		off_t data = lseek(r->fd, r->at, SEEK_DATA);

		if (data < 0)
			return 0;
		r->at = data / ALIGN * ALIGN;
		r->data_end = lseek(r->fd, data, SEEK_HOLE);
	}
	len = r->len;
	if ((off_t)len > r->data_end - r->at)
		len = (size_t)((r->data_end - r->at + ALIGN - 1) / ALIGN *
			       ALIGN);
	sqe = io_uring_get_sqe(&r->ring);
	io_uring_prep_read(sqe, r->fd, r->buffer[slot], (unsigned int)len,
			   (unsigned long long)r->at);
	sqe->user_data = slot;
	r->at += (off_t)len;
	return 1;
}

int main(int argc, char **argv)
{
	struct reader r = { .len = 1 << 20 };
	unsigned int depth = 4, flying = 0;

	if (argc < 2)
		return 2;
	if (argc > 2)
		depth = (unsigned int)strtoul(argv[2], NULL, 10);
	if (argc > 3)
		r.len = strtoul(argv[3], NULL, 10) << 10;
	if (!depth || depth > DEPTH_MAX || !r.len)
		return 2;
	r.fd = open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (r.fd < 0 || io_uring_queue_init(depth, &r.ring, 0) < 0) {
		perror(argv[1]);
		return 1;
	}
	for (unsigned int i = 0; i < depth; i++) {
		if (posix_memalign(&r.buffer[i], ALIGN, r.len))
			return 1;
		flying += (unsigned int)queue(&r, i);
	}
	while (flying) {
		struct io_uring_cqe *cqe;

		if (io_uring_submit_and_wait(&r.ring, 1) < 0 ||
		    io_uring_peek_cqe(&r.ring, &cqe) < 0)
			continue;
		if (cqe->res < 0) {
			fprintf(stderr, "direct: error %d\n", -cqe->res);
			return 1;
		}
		flying--;
		flying += (unsigned int)queue(&r, (unsigned int)cqe->user_data);
		io_uring_cqe_seen(&r.ring, cqe);
	}
	return 0;
}
