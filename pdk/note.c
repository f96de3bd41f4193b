/* SPDX-License-Identifier: MIT */
/* What a caller is told besides the result. */
#include "pdk/note.h"

#include "base/line.h"

#include <stdarg.h>

static void note(const struct notes *n, bool warning, const char *fmt,
		 va_list ap)
{
	char text[SHVM_MSG_SIZE];

	if (!n || !n->fn)
		return;
	line_vput(text, sizeof(text), fmt, ap);
	n->fn(n->ctx, warning, text);
}

void notes_warn(const struct notes *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(n, true, fmt, ap);
	va_end(ap);
}

void notes_tell(const struct notes *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(n, false, fmt, ap);
	va_end(ap);
}
