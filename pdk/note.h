/* SPDX-License-Identifier: MIT */
/* Notes and warnings for the caller: see shvm_note_fn. */
#ifndef PDK_NOTE_H
#define PDK_NOTE_H

#include "base/err.h"

#include <shvm/pdk.h>

struct notes {
	shvm_note_fn fn; /* NULL: they are dropped */
	void *ctx;
};

/* n may be NULL. Texts contain no secrets. */
void notes_add(const struct notes *n, bool warning, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
#define notes_warn(n, ...) notes_add(n, true, __VA_ARGS__)
#define notes_tell(n, ...) notes_add(n, false, __VA_ARGS__)

#endif
