/* SPDX-License-Identifier: MIT */
/* What to do about a broken rule of the format: stop, or note it and go on. */
#include "vhdx/rules.h"

#include <stdarg.h>
#include <stdio.h>

int rules_error(struct rules *r, int code, const char *rule, uint64_t at,
		struct shvm_err *err, const char *fmt, ...)
{
	char text[SHVM_MSG_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut is fine */
	va_end(ap);
	r->broken = true;
	if (!r->collect)
		return err_reason(err, code, rule, "%s", text);
	return findings_add(r->findings, rule, SHVM_LEVEL_ERROR, at, NULL, err,
			    "%s", text);
}

int rules_fatal(struct rules *r, int code, const char *rule, uint64_t at,
		struct shvm_err *err, const char *fmt, ...)
{
	char text[SHVM_MSG_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut is fine */
	va_end(ap);
	r->broken = true;
	r->fatal_at = at;
	return err_reason(err, code, rule, "%s", text);
}

int rules_warn(struct rules *r, const char *rule, uint64_t at,
	       struct shvm_err *err, const char *fmt, ...)
{
	char text[SHVM_MSG_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut is fine */
	va_end(ap);
	return findings_add(r->findings, rule, SHVM_LEVEL_WARNING, at, NULL,
			    err, "%s", text);
}

int rules_note(struct rules *r, const char *rule, uint64_t at,
	       struct shvm_err *err, const char *fmt, ...)
{
	char text[SHVM_MSG_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut is fine */
	va_end(ap);
	return findings_add(r->findings, rule, SHVM_LEVEL_OK, at, NULL, err,
			    "%s", text);
}
