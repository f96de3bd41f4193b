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
void notes_add(const struct notes *n, bool warning, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
#define notes_warn(n, ...) notes_add(n, true, __VA_ARGS__)
#define notes_tell(n, ...) notes_add(n, false, __VA_ARGS__)

#endif
