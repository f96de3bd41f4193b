/* SPDX-License-Identifier: MIT */
/* The facts about a guest in docs/JSON.md. */
#include "docs/generate/generate.h"

#include "base/auto.h"

#include <shvm/guest.h>
#include <string.h>

bool facts_table(const char *name, FILE *f)
{
	/* clang-format off */
#define KNOWN(name, what) { #name, "true or false", what },
#define TEXT(name, size, what) { #name, "text", what },
#define NUMBER(name, what) { #name, "number", what },
	/* clang-format on */
	static const struct {
		const char *name, *type, *what;
	} facts[] = { SHVM_GUEST_FACTS(KNOWN, TEXT, NUMBER) };

	if (strcmp(name, "json") != 0)
		return false;
	fputs("| Fact | Type | What it tells |\n| --- | --- | --- |\n", f);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		fprintf(f, "| `%s` | %s | ", facts[i].name, facts[i].type);
		markdown_text(facts[i].what, f);
		fputs(" |\n", f);
	}
	return true;
}
