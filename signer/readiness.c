/* SPDX-License-Identifier: MIT */
/* Results of the rules: each is a check with the texts of its rule. */
#include "signer/readiness.h"

#include <assert.h>
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

/* One of the texts of a rule; all of them are in RULES.md. */
static const char *text_of(const struct readiness_rule *rule, const char *text)
{
	size_t i = 0;

	while (text && rule->failed[i] && strcmp(rule->failed[i], text) != 0)
		i++;
	assert(rule->failed[i]);
	return rule->failed[i];
}

int readiness_broken(struct checks *c, const char *id, const char *text,
		     uint64_t offset, const struct found *values, size_t count,
		     struct shvm_err *err)
{
	const struct readiness_rule *rule = readiness_rule(id);
	char line[SHVM_MSG_SIZE];
	struct shvm_check check;

	assert(rule);
	check = check_of(rule, SHVM_CHECK_FAILED);
	check.offset = offset;
	return checks_put(c, &check, err, "%s",
			  found_text(line, text_of(rule, text), values, count));
}

int readiness_err(struct shvm_err *err, int code, const char *id,
		  const char *text, const struct found *values, size_t count)
{
	const struct readiness_rule *rule = readiness_rule(id);
	char line[SHVM_MSG_SIZE];

	assert(rule);
	return err_reason(err, code, rule->id, "%s",
			  found_text(line, text_of(rule, text), values, count));
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

int readiness_add_err(struct readiness *f, uint64_t offset,
		      const struct shvm_err *why, struct shvm_err *err)
{
	const struct shvm_check check = { .id = why->reason,
					  .text = why->msg,
					  .outcome = SHVM_CHECK_FAILED,
					  .level = SHVM_LEVEL_ERROR,
					  .offset = offset };

	return readiness_add_check(f, &check, err);
}

bool readiness_has(const struct readiness *f, const char *id)
{
	for (size_t i = 0; i < f->checks.count; i++) {
		if (strcmp(f->checks.items[i].id, id) == 0)
			return true;
	}
	return false;
}

unsigned int readiness_types(enum shvm_disk_type type)
{
	return type == SHVM_DISK_PREPROCESSED_LINUX ? FOR_LINUX
	       : type == SHVM_DISK_LINUX	    ? FOR_PLAIN
						    : FOR_WINDOWS;
}

int readiness_add_others(struct readiness *f, enum shvm_disk_type type,
			 struct shvm_err *err)
{
	const unsigned int want = readiness_types(type);

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
				       ? "not applicable: "
				       : "unknown whether ",
			       rule->passed));
	}
	return SHVM_OK;
}
