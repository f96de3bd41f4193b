/* SPDX-License-Identifier: MIT */
/* Draws the bar, or reports to a descriptor, at most ten times a second. */
#include "cli/progress.h"

#include "base/clock.h"
#include "base/version.h"
#include "cli/size.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Eight per second plus the last one: ten at most are documented. */
enum {
	INTERVAL_MS = 125,
	BAR_WIDTH = 24
};

static bool is_drawable(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

void progress_init(struct progress *p, const char *spec, bool quiet)
{
	uint64_t fd;

	*p = (struct progress){ .fd = STDERR_FILENO };
	if (number_parse(spec, 0, INT_MAX, &fd, NULL) == 0) {
		p->mode = PROGRESS_LINES;
		p->fd = (int)fd;
	} else if (strcmp(spec, "auto") == 0 && !quiet &&
		   is_drawable(STDERR_FILENO)) {
		p->mode = PROGRESS_BAR;
	}
}

/* "1:02:03" or "4:05"; more than 99 hours is "long". */
static const char *format_left(uint64_t seconds, char buf[32])
{
	if (seconds >= 99 * 3600)
		return "long";
	if (seconds >= 3600)
		(void)snprintf(buf, 32, "%u:%02u:%02u",
			       (unsigned int)(seconds / 3600),
			       (unsigned int)(seconds / 60 % 60),
			       (unsigned int)(seconds % 60));
	else
		(void)snprintf(buf, 32, "%u:%02u", (unsigned int)(seconds / 60),
			       (unsigned int)(seconds % 60));
	return buf;
}

const char *progress_format(uint64_t done, uint64_t total, uint64_t rate,
			    char buf[PROGRESS_LINE])
{
	char bar[BAR_WIDTH + 1], size[32], of[32], speed[32], left[32];
	double part = 1;
	int full;

	if (done < total)
		part = (double)done / (double)total;
	full = (int)(part * BAR_WIDTH);
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', (size_t)full);
	bar[BAR_WIDTH] = '\0';

	if (rate == 0) {
		(void)snprintf(buf, PROGRESS_LINE, "[%s] %3d%%  %s of %s", bar,
			       (int)(part * 100), size_format(done, size),
			       size_format(total, of));
		return buf;
	}
	(void)snprintf(buf, PROGRESS_LINE,
		       "[%s] %3d%%  %s of %s  %s/s  %s left", bar,
		       (int)(part * 100), size_format(done, size),
		       size_format(total, of), size_format(rate, speed),
		       format_left(done < total ? (total - done) / rate : 0,
				   left));
	return buf;
}

static void draw(struct progress *p, uint64_t done, uint64_t total,
		 uint64_t elapsed)
{
	char line[PROGRESS_LINE];
	uint64_t rate = 0;

	if (elapsed > 0)
		rate = (uint64_t)((double)(done - p->first_done) * 1000 /
				  (double)elapsed);
	/* Failing to draw the bar must not stop the work. */
	(void)dprintf(p->fd, "\r%s\033[K",
		      progress_format(done, total, rate, line));
	p->drawn = true;
}

void progress_update(struct progress *p, uint64_t done, uint64_t total)
{
	uint64_t now;

	if (p->mode == PROGRESS_NONE)
		return;
	now = (uint64_t)clock_ms();
	if (!p->started) {
		p->started = true;
		p->start = now;
		p->first_done = done;
	} else if (done == p->last_done ||
		   (done < total && now - p->last < INTERVAL_MS)) {
		return;
	}
	p->last = now;
	p->last_done = done;

	if (p->mode == PROGRESS_BAR)
		draw(p, done, total, now - p->start);
	else if (dprintf(p->fd, "%" PRIu64 " %" PRIu64 "\n", done, total) < 0)
		p->mode = PROGRESS_NONE; /* the reader is gone */
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		(void)dprintf(p->fd, "\n"); /* as in draw() */
	p->drawn = false;
}
