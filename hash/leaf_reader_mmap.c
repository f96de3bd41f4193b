/* SPDX-License-Identifier: MIT */
/*
 * Maps the file instead of copying it: saves one pass over memory, but costs
 * about as much work on page tables if pages are small. The price, and why it
 * is only an option: the zero test and the hash read the bytes one after the
 * other, and another process may change them in between, which a private copy
 * prevents; and a page that cannot be read raises a signal and not an error
 * (see sigbus.h). Pages are mapped by faults, 16 neighbours at a time: that is
 * cheaper than MAP_POPULATE, which walks the page tables once more.
 *
 * A thread has one window of addresses, guarded once; the runs of a segment are
 * mapped into it and unmapped together, so memory in use is bounded.
 */
#include "hash/leaf_reader_ways.h"

#include "hash/segments.h"
#include "hash/sigbus.h"

#include <stdatomic.h>
#include <sys/mman.h>

struct leaf_reader_window {
	uint8_t *base;
	size_t size, used;
	size_t page;
	atomic_bool lost;
};

static void open_window(struct leaf_reader *f)
{
	struct leaf_reader_window *w = calloc(1, sizeof(*w));
	void *base;

	if (!w)
		return;
	sigbus_unblock(); /* threads of the pool block all signals */
	w->page = (size_t)sysconf(_SC_PAGESIZE);
	w->size = SEGMENT_SIZE + LEAF_READER_RUNS_MAX * 2 * w->page;
	base = mmap(NULL, w->size, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED) {
		free(w);
		return;
	}
	w->base = base;
	if (!sigbus_guard(w->base, w->size, &w->lost)) {
		(void)munmap(w->base, w->size); /* our own, nothing mapped */
		free(w);
		return;
	}
	f->window = w;
}

bool mmap_run(struct leaf_reader *f, struct leaf_reader_run *run)
{
	const size_t len = run_bytes(f, run);
	struct leaf_reader_window *w;
	size_t skew, whole;
	void *p;

	if (run->fd < 0 || !sigbus_is_installed())
		return false;
	if (!f->window)
		open_window(f);
	w = f->window;
	if (!w)
		return false;
	skew = run->fd_at % w->page;
	whole = (skew + len + w->page - 1) / w->page * w->page;
	if (whole > w->size - w->used)
		return false;
	p = mmap(w->base + w->used, whole, PROT_READ, MAP_SHARED | MAP_FIXED,
		 run->fd, (off_t)(run->fd_at - skew));
	if (p == MAP_FAILED)
		return false;
	run->data = w->base + w->used + skew;
	run->is_done = true;
	w->used += whole;
	return true;
}

void mmap_reset(struct leaf_reader *f)
{
	struct leaf_reader_window *w = f->window;

	if (!w || !w->used)
		return;
	/* Keeps the addresses reserved; cannot fail, since it only unmaps. */
	(void)mmap(w->base, w->used, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		   0);
	w->used = 0;
}

void mmap_done(struct leaf_reader *f)
{
	struct leaf_reader_window *w = f->window;

	if (!w)
		return;
	sigbus_release(w->base);
	(void)munmap(w->base, w->size); /* our own addresses */
	free(w);
	f->window = NULL;
}

bool mmap_is_lost(const struct leaf_reader *f)
{
	return f->window && atomic_load(&f->window->lost);
}
