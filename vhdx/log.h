/* SPDX-License-Identifier: MIT */
/*
 * The log: finds the active sequence and turns it into patches over the file
 * (2.3). Reads the log once, front to back; never writes.
 */
#ifndef VHDX_LOG_H
#define VHDX_LOG_H

#include "vhdx/header.h"

struct log_summary {
	bool dirty;	      /* there is a sequence to replay */
	uint64_t first, last; /* sequence numbers, tail to head */
	uint64_t descriptors;
	uint64_t flushed_size, last_size; /* of the head, bytes */
};

/*
 * Check the place of the log (LOG_ALIGN, LOG_IN_HEADER, LOG_EOF, ...) and, when
 * the header has a log GUID, find the active sequence and put its patches and
 * the size after replay into view. view->stored_size must be set; of the log's
 * place only that is checked which does not depend on the other structures.
 */
int log_load(struct view *view, const struct vhdx_header *header,
	     struct rules *rules, struct log_summary *ret,
	     struct shvm_err *err);

#endif
