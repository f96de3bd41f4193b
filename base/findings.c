/* SPDX-License-Identifier: MIT */
/* A growing list of struct shvm_finding that owns its texts. */
#include "base/findings.h"

#include "base/line.h"

#include <stdarg.h>
#include <stdio.h>

void findings_done(struct findings *f)
{
	for (size_t i = 0; i < f->count; i++) {
		union {
			const char *kept;
			char *own;
		} text = { .kept = f->items[i].text };

		free(text.own);
	}
	free(f->items);
	*f = (struct findings){ 0 };
}

static int make_room(struct findings *f, struct shvm_err *err)
{
	struct shvm_finding *items;
	size_t cap = f->cap ? f->cap * 2 : 8;

	if (f->count < f->cap)
		return SHVM_OK;
	items = reallocarray(f->items, cap, sizeof(*items));
	if (!items)
		return err_nomem(err, "findings");
	f->items = items;
	f->cap = cap;
	return SHVM_OK;
}

bool findings_are_full(const struct findings *f)
{
	return f->count > FINDINGS_MAX;
}

int findings_add(struct findings *f, const char *rule, enum shvm_level level,
		 uint64_t offset, const char *hint, struct shvm_err *err,
		 const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int r;

	if (findings_are_full(f)) {
		/* No flood of small ones hides a worse one. */
		if (f->items[FINDINGS_MAX].level < level)
			f->items[FINDINGS_MAX].level = level;
		return SHVM_OK;
	}
	r = make_room(f, err);
	if (r < 0)
		return r;

	if (f->count == FINDINGS_MAX) {
		if (asprintf(&text, "there are more findings than %d",
			     FINDINGS_MAX) < 0)
			text = NULL;
		rule = "FINDINGS_MAX";
		hint = NULL;
		offset = UINT64_MAX;
	} else {
		va_start(ap, fmt);
		text = line_new(fmt, ap);
		va_end(ap);
	}
	if (!text)
		return err_nomem(err, "findings");

	f->items[f->count++] = (struct shvm_finding){
		.rule = rule,
		.level = level,
		.offset = offset,
		.text = text,
		.hint = hint,
	};
	return SHVM_OK;
}

enum shvm_level findings_worst(const struct findings *f)
{
	enum shvm_level worst = SHVM_LEVEL_OK;

	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].level > worst)
			worst = f->items[i].level;
	return worst;
}
