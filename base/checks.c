/* SPDX-License-Identifier: MIT */
/* A growing list of struct shvm_check that owns its texts. */
#include "base/checks.h"

#include "base/array.h"
#include "base/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void text_free(const char *text)
{
	union {
		const char *kept;
		char *own;
	} u = { .kept = text };

	free(u.own);
}

static void check_done(const struct shvm_check *check)
{
	text_free(check->object);
	text_free(check->text);
	text_free(check->expected);
}

void checks_done(struct checks *c)
{
	for (size_t i = 0; i < c->count; i++)
		check_done(&c->items[i]);
	free(c->items);
	*c = (struct checks){ 0 };
}

/* Takes ownership of the texts of check, also on failure. */
static int append(struct checks *c, const struct shvm_check *check,
		  struct shvm_err *err)
{
	if (!ARRAY_GROW(c->items, c->count)) {
		check_done(check);
		return err_nomem(err, "checks");
	}
	c->items[c->count++] = *check;
	return SHVM_OK;
}

int checks_put_all(struct checks *c, const struct checks *from,
		   struct shvm_err *err)
{
	for (size_t i = 0; i < from->count; i++)
		TRY(checks_put(c, &from->items[i], err, "%s",
			       from->items[i].text));
	return SHVM_OK;
}

bool checks_are_full(const struct checks *c)
{
	return c->count > CHECKS_MAX;
}

PRINTF_LIKE(1, 2) static char *text_new(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = line_new(fmt, ap);
	va_end(ap);
	return text;
}

PRINTF_LIKE(4, 0)
static int put(struct checks *c, const struct shvm_check *check,
	       struct shvm_err *err, const char *fmt, va_list ap)
{
	struct shvm_check own = *check;

	own.text = line_new(fmt, ap);
	own.object = check->object ? text_new("%s", check->object) : NULL;
	own.expected = check->expected ? text_new("%s", check->expected) : NULL;
	if (!own.text || !own.object != !check->object ||
	    !own.expected != !check->expected) {
		check_done(&own);
		return err_nomem(err, "checks");
	}
	return append(c, &own, err);
}

int checks_put(struct checks *c, const struct shvm_check *check,
	       struct shvm_err *err, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = put(c, check, err, fmt, ap);
	va_end(ap);
	return r;
}

int checks_add(struct checks *c, const char *id, enum shvm_level level,
	       uint64_t offset, const char *fix, struct shvm_err *err,
	       const char *fmt, ...)
{
	struct shvm_check check = {
		.id = id,
		.outcome = level == SHVM_LEVEL_NOTE ? SHVM_CHECK_PASSED
						    : SHVM_CHECK_FAILED,
		.level = level,
		.offset = offset,
		.fix = fix,
	};
	va_list ap;
	int r;

	if (checks_are_full(c)) {
		struct shvm_check *last = &c->items[CHECKS_MAX];

		/* Many minor findings must not hide a worse one. */
		if (last->level < level) {
			last->level = level;
			last->outcome = SHVM_CHECK_FAILED;
		}
		return SHVM_OK;
	}
	if (c->count == CHECKS_MAX) {
		check.id = "CHECKS_MAX";
		check.fix = NULL;
		check.offset = UINT64_MAX;
		return checks_put(c, &check, err, "more than %d findings",
				  CHECKS_MAX);
	}
	va_start(ap, fmt);
	r = put(c, &check, err, fmt, ap);
	va_end(ap);
	return r;
}

enum shvm_level checks_worst(const struct checks *c)
{
	enum shvm_level worst = SHVM_LEVEL_NOTE;

	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].outcome == SHVM_CHECK_FAILED &&
		    c->items[i].level > worst)
			worst = c->items[i].level;
	return worst;
}

void checks_give(struct checks *c, struct shvm_verdict *verdict)
{
	verdict->checks = c->items;
	verdict->count = c->count;
	*c = (struct checks){ 0 };
}

void shvm_verdict_done(struct shvm_verdict *verdict)
{
	union {
		const struct shvm_check *kept;
		struct shvm_check *own;
	} items = { .kept = verdict->checks };
	struct checks own = { .items = items.own, .count = verdict->count };

	checks_done(&own);
	*verdict = (struct shvm_verdict){ 0 };
}

const char *shvm_outcome_name(enum shvm_outcome outcome)
{
	static const char *const names[] = {
		[SHVM_CHECK_PASSED] = "passed",
		[SHVM_CHECK_FAILED] = "failed",
		[SHVM_CHECK_UNKNOWN] = "unknown",
		[SHVM_CHECK_SKIPPED] = "skipped",
		[SHVM_CHECK_IGNORED] = "ignored",
	};

	return (size_t)outcome < ARRAY_SIZE(names) ? names[outcome] : "unknown";
}

const char *shvm_level_name(enum shvm_level level)
{
	return level == SHVM_LEVEL_ERROR     ? "error"
	       : level == SHVM_LEVEL_WARNING ? "warning"
					     : "note";
}
