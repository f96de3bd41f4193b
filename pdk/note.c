/* SPDX-License-Identifier: MIT */
/* Notes and warnings for the caller. */
#include "pdk/note.h"

#include "base/line.h"

#include <stdarg.h>

void notes_add(const struct notes *n, bool warning, const char *fmt, ...)
{
	char text[SHVM_MSG_SIZE];
	va_list ap;

	if (!n || !n->fn)
		return;
	va_start(ap, fmt);
	line_vput(text, sizeof(text), fmt, ap);
	va_end(ap);
	n->fn(n->ctx, warning, text);
}
