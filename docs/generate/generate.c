/* SPDX-License-Identifier: MIT */
/*
 * generate write|check FILE...: replaces what stands between the lines
 *   .\" generated: WHAT NAME    and    .\" end of generated
 * of a man page, or
 *   <!-- generated: WHAT NAME -->    and    <!-- end of generated -->
 * of a Markdown page, or all of a JSON schema; the .TH line of a man page gets
 * the version of the program. check writes nothing and exits with 1 when a file is not
 * what it would write.
 * generate rules: the texts of the rules, for the test that breaks each.
 */
#include "docs/generate/generate.h"

#include "base/auto.h"
#include "base/buf.h"
#include "base/file.h"

#include <shvm/types.h>
#include <shvm/version.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE_MAX = 1 << 20,
	WORD_SIZE = 64
};

void markdown_text(const char *text, FILE *f)
{
	for (; *text; text++) {
		if (strchr("\\|<>*_[]", *text))
			fputc('\\', f);
		fputc(*text, f);
	}
}

static const struct maker {
	const char *what;
	bool (*make)(const char *name, FILE *f);
} makers[] = {
	{ "synopsis", man_synopsis }, { "options", man_options },
	{ "rules", rules_table },     { "rules-list", rules_list },
	{ "facts", facts_table },     { "cmdlets", cmdlets_table },
};

/* "synopsis disk" of a line that begins a generated part. */
static bool starts_part(const char *line, size_t len, char what[WORD_SIZE],
			char name[WORD_SIZE])
{
	static const char mark[] = " generated: ";
	const char *at = memmem(line, len, mark, sizeof(mark) - 1);
	size_t n;

	if (!at ||
	    (strncmp(line, ".\\\"", 3) != 0 && strncmp(line, "<!--", 4) != 0))
		return false;
	at += sizeof(mark) - 1;
	n = strcspn(at, " \n");
	if (n >= WORD_SIZE)
		return false;
	memcpy(what, at, n);
	what[n] = '\0';
	at += n + strspn(at + n, " ");
	n = strcspn(at, " \n");
	if (n >= WORD_SIZE)
		return false;
	memcpy(name, at, n);
	name[n] = '\0';
	return true;
}

static bool ends_part(const char *line, size_t len)
{
	static const char mark[] = " end of generated";

	return memmem(line, len, mark, sizeof(mark) - 1) != NULL;
}

static bool make(const char *path, const char *what, const char *name, FILE *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (strcmp(makers[i].what, what) == 0 &&
		    makers[i].make(name, f))
			return true;
	fprintf(stderr, "generate: %s: no '%s %s'\n", path, what, name);
	return false;
}

/* .TH NAME SECTION "DATE" "shvm VERSION" "TITLE": its fourth word, which may be
 * without quotation marks, is replaced. */
static bool title(const char *path, const char *line, size_t len, FILE *f)
{
	const char *end = line + len, *at = line;

	for (int word = 0; word < 4; word++) {
		at = memchr(at, ' ', (size_t)(end - at));
		if (!at || ++at == end)
			break;
		if (word < 3 && *at == '"')
			at = memchr(at + 1, '"', (size_t)(end - at - 1));
		if (!at)
			break;
	}
	if (!at || at == end) {
		fprintf(stderr, "generate: %s: .TH has fewer than five words\n",
			path);
		return false;
	}
	fwrite(line, 1, (size_t)(at - line), f);
	fputs("\"shvm " SHVM_LIBRARY_VERSION "\"", f);
	at = memchr(at + 1, *at == '"' ? '"' : ' ', (size_t)(end - at - 1));
	if (!at)
		at = end;
	else if (*at == '"')
		at++;
	fwrite(at, 1, (size_t)(end - at), f);
	return true;
}

/* The page as it has to be. */
static bool make_page(const char *path, const char *old, FILE *f)
{
	bool in_part = false;

	while (*old) {
		const char *end = strchrnul(old, '\n');
		const size_t len = (size_t)(end - old) + (*end ? 1 : 0);
		char what[WORD_SIZE], name[WORD_SIZE];

		if (in_part && ends_part(old, len))
			in_part = false;
		if (!in_part && strncmp(old, ".TH ", 4) == 0) {
			if (!title(path, old, len, f))
				return false;
		} else if (!in_part) {
			fwrite(old, 1, len, f);
		}
		if (!in_part && starts_part(old, len, what, name)) {
			in_part = true;
			if (!make(path, what, name, f))
				return false;
		}
		old += len;
	}
	if (in_part)
		fprintf(stderr, "generate: %s: a part does not end\n", path);
	return !in_part;
}

/* Where the two begin to differ, by line. */
static size_t first_line(const char *a, const char *b)
{
	size_t line = 1;

	for (; *a && *a == *b; a++, b++)
		line += *a == '\n';
	return line;
}

static bool ends_in(const char *text, const char *end)
{
	const size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

static bool run(const char *path, bool write)
{
	AUTO_DONE(buf) old = { 0 };
	AUTOFREE char *text = NULL;
	struct shvm_err err = { 0 };
	size_t size = 0;
	bool made;
	FILE *f;

	if (file_read_all(path, PAGE_MAX, &old, &err) < 0) {
		fprintf(stderr, "generate: %s\n", err.msg);
		return false;
	}
	buf_add_zeros(&old, 1);
	f = open_memstream(&text, &size);
	if (!f || buf_check(&old, path, &err) < 0) {
		fprintf(stderr, "generate: %s: out of memory\n", path);
		return false;
	}
	made = ends_in(path, ".schema.json")
		       ? schema_make(f)
		       : make_page(path, (const char *)old.data, f);
	if (fclose(f) != 0 || !made)
		return false;
	if (strcmp(text, (const char *)old.data) == 0)
		return true;
	if (!write) {
		fprintf(stderr,
			"generate: %s:%zu is not what the tables say: run make docs\n",
			path, first_line(text, (const char *)old.data));
		return false;
	}
	if (file_write_atomic(path, text, size, 0644, true, &err) < 0) {
		fprintf(stderr, "generate: %s\n", err.msg);
		return false;
	}
	printf("generate: %s\n", path);
	return true;
}

int main(int argc, char **argv)
{
	const bool write = argc > 1 && strcmp(argv[1], "write") == 0;
	bool good = true;

	if (argc == 2 && strcmp(argv[1], "rules") == 0) {
		rules_print(stdout);
		return 0;
	}
	if (argc < 3 || (!write && strcmp(argv[1], "check") != 0)) {
		fputs("usage: generate write|check FILE...|rules\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		good = run(argv[i], write) && good;
	return good ? 0 : 1;
}
