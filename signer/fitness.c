/* SPDX-License-Identifier: MIT */
/* Results of the rules: a list that owns its texts. */
#include "signer/fitness.h"

#include "base/line.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	RESULTS_MAX = 1000
}; /* ours */

static void text_free(const char *text)
{
	union {
		const char *in;
		char *out;
	} u = { .in = text };

	free(u.out);
}

void fitness_done(struct fitness *f)
{
	for (size_t i = 0; i < f->count; i++)
		text_free(f->items[i].text);
	free(f->items);
	*f = (struct fitness){ 0 };
}

/* One more, whose text it takes over. */
static int result_put(struct fitness *f, const struct shvm_rule_result *r,
		      struct shvm_err *err)
{
	struct shvm_rule_result *more;

	if (!r->text)
		return err_nomem(err, "findings");
	if (f->count == RESULTS_MAX) {
		text_free(r->text);
		return SHVM_OK; /* a thousand are reason enough */
	}
	if (f->count == f->cap) {
		const size_t cap = f->cap ? 2 * f->cap : 16;

		more = reallocarray(f->items, cap, sizeof(*more));
		if (!more) {
			text_free(r->text);
			return err_nomem(err, "findings");
		}
		f->items = more;
		f->cap = cap;
	}
	f->items[f->count++] = *r;
	return SHVM_OK;
}

static struct shvm_rule_result result_from(const struct fitness_rule *rule)
{
	return (struct shvm_rule_result){
		.rule = rule->id,
		.level = rule->level,
		.offset = UINT64_MAX,
		.expected = rule->expected,
		.hint = rule->hint,
		.page = rule->page,
	};
}

int fitness_add(struct fitness *f, const char *id, uint64_t offset,
		struct shvm_err *err, const char *fmt, ...)
{
	const struct fitness_rule *rule = fitness_rule(id);
	struct shvm_rule_result result;
	va_list ap;

	assert(rule);
	result = result_from(rule);
	va_start(ap, fmt);
	result.text = line_new(fmt, ap);
	va_end(ap);
	result.offset = offset;
	return result_put(f, &result, err);
}

int fitness_add_finding(struct fitness *f, const struct shvm_check *finding,
			struct shvm_err *err)
{
	const struct fitness_rule *rule = fitness_rule(finding->id);
	struct shvm_rule_result result = { .rule = finding->id };

	if (rule)
		result = result_from(rule);
	result.level = finding->level;
	result.offset = finding->offset;
	result.text = strdup(finding->text);
	if (finding->fix)
		result.hint = finding->fix;
	return result_put(f, &result, err);
}

bool fitness_has(const struct fitness *f, const char *id)
{
	for (size_t i = 0; i < f->count; i++) {
		if (strcmp(f->items[i].rule, id) == 0)
			return true;
	}
	return false;
}

int fitness_add_passed(struct fitness *f, enum shvm_disk_type type,
		       struct shvm_err *err)
{
	const unsigned int want =
		type == SHVM_DISK_LINUX ? FOR_LINUX : FOR_WINDOWS;
	int r;

	for (const struct fitness_rule *rule = fitness_rules; rule->id;
	     rule++) {
		struct shvm_rule_result result = result_from(rule);

		if (!(rule->types & want) || !rule->passed ||
		    !f->has[rule->needs] || fitness_has(f, rule->id))
			continue;
		result.level = SHVM_LEVEL_NOTE;
		result.hint = NULL;
		result.text = strdup(rule->passed);
		r = result_put(f, &result, err);
		if (r < 0)
			return r;
	}
	return SHVM_OK;
}
