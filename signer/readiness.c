/* SPDX-License-Identifier: MIT */
/* Results of the rules: each is a check with the words of its rule. */
#include "signer/readiness.h"

#include "base/buf.h"
#include "base/line.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

void readiness_done(struct readiness *f)
{
	checks_done(&f->checks);
	source_free(f->root);
	*f = (struct readiness){ 0 };
}

static struct shvm_check check_of(const struct readiness_rule *rule,
				  enum shvm_outcome outcome)
{
	return (struct shvm_check){
		.id = rule->id,
		.outcome = outcome,
		.level = rule->level,
		.offset = UINT64_MAX,
		.expected = rule->expected,
		.fix = outcome == SHVM_CHECK_PASSED ? NULL : rule->hint,
		.source = rule->page,
	};
}

PRINTF_LIKE(4, 0)
static int put(struct readiness *f, const struct shvm_check *check,
	       struct shvm_err *err, const char *fmt, va_list ap)
{
	char text[SHVM_MSG_SIZE];

	line_vput(text, sizeof(text), fmt, ap);
	return checks_put(&f->checks, check, err, "%s", text);
}

/* The text with the values in the places of the names. */
static void fill(const char *failed, const struct readiness_value *values,
		 size_t count, struct buf *ret)
{
	size_t n = 0;

	while (*failed) {
		const size_t len = strcspn(failed, "{");

		buf_add(ret, failed, len);
		failed += len;
		if (*failed == '\0')
			break;
		assert(n < count);
		if (values[n].text)
			buf_add_text(ret, values[n].text);
		else
			buf_printf(ret, "%ju", values[n].number);
		n++;
		failed += strcspn(failed, "}") + 1;
	}
	assert(n == count);
	buf_add_zeros(ret, 1);
}

int readiness_broken(struct checks *c, const char *id, uint64_t offset,
		     const struct readiness_value *values, size_t count,
		     struct shvm_err *err)
{
	const struct readiness_rule *rule = readiness_rule(id);
	AUTO_DONE(buf) text = { 0 };
	char line[SHVM_MSG_SIZE];
	struct shvm_check check;

	assert(rule && rule->failed);
	fill(rule->failed, values, count, &text);
	TRY(buf_check(&text, "checks", err));
	check = check_of(rule, SHVM_CHECK_FAILED);
	check.offset = offset;
	line_put(line, sizeof(line), "%s", (const char *)text.data);
	return checks_put(c, &check, err, "%s", line);
}

int readiness_add(struct readiness *f, const char *id, uint64_t offset,
		  struct shvm_err *err, const char *fmt, ...)
{
	const struct readiness_rule *rule = readiness_rule(id);
	struct shvm_check check;
	va_list ap;
	int r;

	assert(rule);
	check = check_of(rule, SHVM_CHECK_FAILED);
	check.offset = offset;
	va_start(ap, fmt);
	r = put(f, &check, err, fmt, ap);
	va_end(ap);
	return r;
}

int readiness_add_unknown(struct readiness *f, const char *id, const char *text,
			  struct shvm_err *err)
{
	const struct readiness_rule *rule = readiness_rule(id);
	struct shvm_check check;

	assert(rule);
	check = check_of(rule, SHVM_CHECK_UNKNOWN);
	return checks_put(&f->checks, &check, err, "%s", text);
}

int readiness_add_check(struct readiness *f, const struct shvm_check *found,
			struct shvm_err *err)
{
	const struct readiness_rule *rule = readiness_rule(found->id);
	struct shvm_check check = *found;

	if (rule) {
		check.expected = rule->expected;
		check.source = rule->page;
		check.fix = rule->hint ? rule->hint : check.fix;
	}
	return checks_put(&f->checks, &check, err, "%s", found->text);
}

bool readiness_has(const struct readiness *f, const char *id)
{
	for (size_t i = 0; i < f->checks.count; i++) {
		if (strcmp(f->checks.items[i].id, id) == 0)
			return true;
	}
	return false;
}

int readiness_add_others(struct readiness *f, enum shvm_disk_type type,
			 struct shvm_err *err)
{
	const unsigned int want =
		type == SHVM_DISK_PREPROCESSED_LINUX ? FOR_LINUX : FOR_WINDOWS;

	for (const struct readiness_rule *rule = readiness_rules; rule->id;
	     rule++) {
		const enum shvm_outcome outcome =
			f->has[rule->needs]	    ? SHVM_CHECK_PASSED
			: rule->needs == NEEDS_VHDX ? SHVM_CHECK_SKIPPED
						    : SHVM_CHECK_UNKNOWN;
		const struct shvm_check check = check_of(rule, outcome);

		if (!(rule->types & want) || !rule->passed ||
		    readiness_has(f, rule->id))
			continue;
		TRY(checks_put(&f->checks, &check, err, "%s%s",
			       outcome == SHVM_CHECK_PASSED ? ""
			       : outcome == SHVM_CHECK_SKIPPED
				       ? "does not apply: "
				       : "not known whether ",
			       rule->passed));
	}
	return SHVM_OK;
}
