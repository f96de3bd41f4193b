/* SPDX-License-Identifier: MIT */
/* Draws the bar, or reports to a descriptor, at most ten times a second. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_mode {
	PROGRESS_NONE,
	PROGRESS_BAR,
	PROGRESS_LINES
};

struct progress {
	enum progress_mode mode;
	int fd;
	bool started, drawn;
	uint64_t start, last; /* milliseconds, monotonic */
	uint64_t first_done;  /* bytes done at the first report */
	uint64_t last_done;
};

/* spec is the value of --progress, already checked. */
void progress_init(struct progress *p, const char *spec, bool quiet);
void progress_update(struct progress *p, uint64_t done, uint64_t total);
void progress_end(struct progress *p);

enum {
	PROGRESS_LINE = 128
};
/* The text of the bar: elapsed in milliseconds, rate in bytes/s. */
const char *progress_format(uint64_t done, uint64_t total, uint64_t rate,
			    char buf[PROGRESS_LINE]);

#endif
