/* SPDX-License-Identifier: MIT */
/* The rules of a template disk in docs/RULES.md and in its man page. */
#include "docs/generate/generate.h"

#include "base/auto.h"
#include "signer/readiness.h"

#include <string.h>

static const struct section {
	const char *name;
	enum readiness_section section;
} sections[] = {
	{ "file", RULES_FILE },
	{ "table", RULES_TABLE },
	{ "partitions", RULES_PARTITIONS },
	{ "windows", RULES_WINDOWS },
	{ "linux", RULES_LINUX },
};

/* By the last part of the address. */
static void put_page(const char *page, FILE *f)
{
	const char *slash = page ? strrchr(page, '/') : NULL;

	if (slash)
		fprintf(f, "[%s](%s)", slash + 1, page);
}

static const struct section *section_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (strcmp(sections[i].name, name) == 0)
			return &sections[i];
	return NULL;
}

static const char *level_of(const struct readiness_rule *r)
{
	return r->level == SHVM_LEVEL_ERROR ? "error" : "warning";
}

/* The types of disks that a rule is for. */
static void put_types(unsigned int types, FILE *f)
{
	static const struct {
		unsigned int type;
		const char *name;
	} all[] = { { FOR_WINDOWS, "Windows" },
		    { FOR_LINUX, "PreprocessedLinux" },
		    { FOR_PLAIN, "Linux" } };
	const char *between = "";

	if (types == FOR_BOTH) {
		fputs("all", f);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!(types & all[i].type))
			continue;
		fprintf(f, "%s%s", between, all[i].name);
		between = ", ";
	}
}

/* Each way to say it in a line of its own. */
static void put_texts(const struct readiness_rule *r, FILE *f)
{
	for (size_t i = 0; r->failed[i]; i++) {
		fputs(i > 0 ? "<br>" : "", f);
		markdown_text(r->failed[i], f);
	}
}

bool rules_table(const char *name, FILE *f)
{
	const struct section *s = section_find(name);

	if (!s)
		return false;
	fputs("| Rule | Level | For | Broken | Kept | Expected | To fix it | Demanded by |\n"
	      "| --- | --- | --- | --- | --- | --- | --- | --- |\n",
	      f);
	for (const struct readiness_rule *r = readiness_rules; r->id; r++) {
		if (r->section != s->section)
			continue;
		fprintf(f, "| `%s` | %s | ", r->id, level_of(r));
		put_types(r->types, f);
		fputs(" | ", f);
		put_texts(r, f);
		fputs(" | ", f);
		markdown_text(r->passed ? r->passed : "", f);
		fputs(" | ", f);
		markdown_text(r->expected ? r->expected : "", f);
		fputs(" | ", f);
		markdown_text(r->hint ? r->hint : "", f);
		fputs(" | ", f);
		put_page(r->page, f);
		fputs(" |\n", f);
	}
	return true;
}

bool rules_list(const char *name, FILE *f)
{
	const struct section *s = section_find(name);

	if (!s)
		return false;
	for (const struct readiness_rule *r = readiness_rules; r->id; r++) {
		if (r->section != s->section)
			continue;
		fputs(".TP\n.BR ", f);
		man_text(r->id, f);
		fprintf(f, " \" (%s)\"\n", level_of(r));
		for (size_t i = 0; r->failed[i]; i++) {
			fputs(i > 0 ? ".br\n" : "", f);
			man_text(r->failed[i], f);
			fputs("\n", f);
		}
		fputs(".br\nExpected: ", f);
		man_text(r->expected, f);
		fputs(".\n", f);
		if (!r->hint)
			continue;
		fputs("To fix it: ", f);
		man_text(r->hint, f);
		fputs(".\n", f);
	}
	return true;
}

void rules_print(FILE *f)
{
	for (const struct readiness_rule *r = readiness_rules; r->id; r++) {
		for (size_t i = 0; r->failed[i]; i++)
			fprintf(f, "%s %s %s\n", r->id, level_of(r),
				r->failed[i]);
	}
}
