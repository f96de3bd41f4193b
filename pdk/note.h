/* SPDX-License-Identifier: MIT */
/* What a caller is told besides the result: see shvm_note_fn. */
#ifndef PDK_NOTE_H
#define PDK_NOTE_H

#include "base/err.h"

#include <shvm/pdk.h>

struct notes {
	shvm_note_fn fn; /* NULL: they are dropped */
	void *ctx;
};

/* n may be NULL. Texts hold no secret. */
void notes_warn(const struct notes *n, const char *fmt, ...) PRINTF_LIKE(2, 3);
void notes_tell(const struct notes *n, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
