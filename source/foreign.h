/* SPDX-License-Identifier: MIT */
/*
 * Image formats, archives and containers that are not disks for us, and that
 * other programs open as another disk than the bytes of the file.
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
	FOREIGN_HEAD = 1024, /* bytes of the beginning that are looked at */
	FOREIGN_TAIL = 512   /* and of the end */
};

/*
 * What the first and the last bytes of a file say; NULL: nothing known. Both
 * are padded with zeros when the file is shorter.
 */
const struct foreign *foreign_decode(const uint8_t head[FOREIGN_HEAD],
				     const uint8_t tail[FOREIGN_TAIL]);

/* The same for all of a source. */
int foreign_find(struct source *file, const struct foreign **ret,
		 struct shvm_err *err);

#endif
