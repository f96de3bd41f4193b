/* SPDX-License-Identifier: MIT */
/*
 * Reading past the page cache: O_DIRECT with io_uring, several requests in
 * flight per thread. Each refusal has a fallback: no O_DIRECT on this file or
 * file system, or an unaligned place in it: the source reads; no io_uring
 * (kernel, sysctl, seccomp): this thread reads with pread(), the other threads
 * keep the disk busy.
 */
#include "hash/leaf_reader_ways.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum {
	ALIGN = 4096,
	QUEUE = LEAF_READER_BATCHES * LEAF_READER_RUNS_MAX,
	PROBES = 8,
	SYS_CACHESTAT = 451, /* the same on all 64-bit architectures; 6.5 */
};

struct leaf_reader_uring {
	struct io_uring ring;
	bool has_worked; /* the kernel accepted requests */
};

/* uapi/linux/mman.h; newer than the headers of Debian 12. */
struct cachestat_range {
	uint64_t at, len;
};
struct cachestat {
	uint64_t cached, dirty, writeback, evicted,
		recently_evicted; /* pages */
};

bool leaf_reader_is_cached(int fd, uint64_t at, uint64_t len)
{
	struct cachestat_range range = { at, len };
	struct cachestat stat = { 0 };
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint32_t there = 0;

	if (syscall(SYS_CACHESTAT, fd, &range, &stat, 0) == 0)
		return stat.cached * page * 2 >= len;

	/* Older kernels: test with reads that must not wait, byte by byte. */
	for (uint32_t i = 0; i < PROBES; i++) {
		char byte;
		struct iovec v = { .iov_base = &byte, .iov_len = 1 };

		if (preadv2(fd, &v, 1, (off_t)(at + len / PROBES * i),
			    RWF_NOWAIT) == 1)
			there++;
		else if (errno != EAGAIN)
			return true; /* cannot tell */
	}
	return there * 2 >= PROBES;
}

/* The O_DIRECT twin of a descriptor, or -1. */
static int direct_fd(struct leaf_reader_shared *shared, int fd)
{
	char path[64];
	int found = -1;

	(void)pthread_mutex_lock(&shared->lock); /* cannot fail */
	for (uint32_t i = 0; i < shared->file_count; i++) {
		if (shared->files[i].fd == fd) {
			found = shared->files[i].direct_fd;
			(void)pthread_mutex_unlock(&shared->lock);
			return found;
		}
	}
	if (shared->file_count < LEAF_READER_FILES_MAX) {
		/* The same inode, even if its name has changed. */
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		found = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
		shared->files[shared->file_count++] =
			(struct leaf_reader_file){ .fd = fd,
						   .direct_fd = found };
	}
	(void)pthread_mutex_unlock(&shared->lock);
	return found;
}

static void open_ring(struct leaf_reader *f)
{
	struct leaf_reader_uring *u;

	if (f->uring || f->uring_refused)
		return;
	u = calloc(1, sizeof(*u));
	if (!u || io_uring_queue_init(QUEUE, &u->ring, 0) < 0) {
		free(u);
		f->uring_refused = true;
		return;
	}
	f->uring = u;
}

/* The run's bytes; its own pointer to them is const, for its readers. */
static uint8_t *run_buffer(struct leaf_reader_batch *b,
			   const struct leaf_reader_run *run)
{
	return b->buffer + (run->data - b->buffer);
}

void direct_done(struct leaf_reader *f)
{
	if (!f->uring)
		return;
	io_uring_queue_exit(&f->uring->ring);
	free(f->uring);
	f->uring = NULL;
}

static bool is_transient(int r)
{
	return r == -EINTR || r == -EAGAIN || r == -EBUSY;
}

/* Submit the queued requests; a filter may refuse even the first call. */
static void submit(struct leaf_reader *f, struct leaf_reader_batch *b)
{
	int r = io_uring_submit(&f->uring->ring);

	if (r >= 0)
		f->uring->has_worked = true;
	if (r >= 0 || is_transient(r)) /* then direct_wait() submits again */
		return;
	assert(!f->uring->has_worked);
	for (uint32_t i = 0; i < b->run_count; i++)
		b->runs[i].is_pending = false;
	direct_done(f);
	f->uring_refused = true;
}

static bool queue(struct leaf_reader *f, int fd, uint8_t *to,
		  struct leaf_reader_run *run)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&f->uring->ring);

	if (!sqe)
		return false;
	io_uring_prep_read(sqe, fd, to, (unsigned)run_bytes(f, run),
			   run->fd_at);
	io_uring_sqe_set_data(sqe, run);
	run->is_pending = true;
	return true;
}

void direct_start(struct leaf_reader *f, struct leaf_reader_batch *b)
{
	bool queued = false;

	open_ring(f);
	for (uint32_t i = 0; i < b->run_count; i++) {
		struct leaf_reader_run *run = &b->runs[i];
		const size_t len = run_bytes(f, run);
		int fd;

		if (run->fd < 0 || run->fd_at % ALIGN || len % ALIGN)
			continue;
		fd = direct_fd(f->shared, run->fd);
		if (fd < 0)
			continue;
		if (f->uring)
			queued |= queue(f, fd, run_buffer(b, run), run);
		else
			run->is_done = pread(fd, run_buffer(b, run), len,
					     (off_t)run->fd_at) == (ssize_t)len;
	}
	if (queued)
		submit(f, b);
}

void direct_wait(struct leaf_reader *f, struct leaf_reader_batch *b)
{
	for (uint32_t i = 0; i < b->run_count; i++) {
		while (b->runs[i].is_pending) {
			struct io_uring_cqe *cqe;
			struct leaf_reader_run *run;

			if (io_uring_peek_cqe(&f->uring->ring, &cqe) != 0) {
				int r = io_uring_submit_and_wait(
					&f->uring->ring, 1);

				assert(r >= 0 || is_transient(r));
				(void)r;
				continue;
			}
			run = io_uring_cqe_get_data(cqe);
			run->is_pending = false;
			run->is_done = cqe->res >= 0 &&
				       (size_t)cqe->res == run_bytes(f, run);
			run->by_ring = true;
			io_uring_cqe_seen(&f->uring->ring, cqe);
		}
	}
}
