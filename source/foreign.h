/* SPDX-License-Identifier: MIT */
/*
 * Image formats, archives and containers that shvm does not read as disks;
 * other programs open them as a disk that differs from the bytes of the file.
 */
#ifndef SOURCE_FOREIGN_H
#define SOURCE_FOREIGN_H

#include "source/source.h"

#include <stddef.h>
#include <stdint.h>

struct foreign {
	const char *name;   /* "a qcow2 image" */
	const char *advice; /* "convert it to VHDX" */
};

enum {
	FOREIGN_HEAD = 1024, /* bytes at the beginning that are examined */
	FOREIGN_TAIL = 512   /* and of the end */
};

/*
 * The format by the first and last bytes of a file; NULL: unknown. Both are
 * padded with zeros if the file is shorter.
 */
const struct foreign *foreign_decode(const uint8_t head[FOREIGN_HEAD],
				     const uint8_t tail[FOREIGN_TAIL]);

/* The same for all of a source. */
int foreign_find(struct source *file, const struct foreign **ret,
		 struct shvm_err *err);

#endif
