/* SPDX-License-Identifier: MIT */
/*
 * What to do about a broken rule of the format: stop, or note it and continue.
 */
#include "base/rules.h"

#include "base/line.h"

#include <stdarg.h>
#include <stdio.h>

/*
 * A table may break a rule 2^26 times: no text is formatted for findings that
 * are not listed.
 */
PRINTF_LIKE(6, 0)
static int note(struct rules *r, const char *rule, enum shvm_level level,
		uint64_t at, struct shvm_err *err, const char *fmt, va_list ap)
{
	char text[SHVM_MSG_SIZE] = "";

	if (!checks_are_full(r->checks))
		line_vput(text, sizeof(text), fmt, ap);
	return checks_add(r->checks, rule, level, at, NULL, err, "%s", text);
}

PRINTF_LIKE(4, 0)
static int refuse(int code, const char *rule, struct shvm_err *err,
		  const char *fmt, va_list ap)
{
	char text[SHVM_MSG_SIZE];

	line_vput(text, sizeof(text), fmt, ap);
	return err_reason(err, code, rule, "%s", text);
}

int rules_error_as(struct rules *r, int code, const char *rule, uint64_t at,
		   struct shvm_err *err, const char *fmt, ...)
{
	va_list ap;
	int result;

	r->broken = true;
	va_start(ap, fmt);
	result = r->collect ? note(r, rule, SHVM_LEVEL_ERROR, at, err, fmt, ap)
			    : refuse(code, rule, err, fmt, ap);
	va_end(ap);
	return result;
}

int rules_fatal_as(struct rules *r, int code, const char *rule, uint64_t at,
		   struct shvm_err *err, const char *fmt, ...)
{
	va_list ap;
	int result;

	r->broken = true;
	r->fatal_at = at;
	va_start(ap, fmt);
	result = refuse(code, rule, err, fmt, ap);
	va_end(ap);
	return result;
}

int rules_note_as(struct rules *r, enum shvm_level level, const char *rule,
		  uint64_t at, struct shvm_err *err, const char *fmt, ...)
{
	va_list ap;
	int result;

	va_start(ap, fmt);
	result = note(r, rule, level, at, err, fmt, ap);
	va_end(ap);
	return result;
}
