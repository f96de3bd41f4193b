/* SPDX-License-Identifier: MIT */
/* Tables of options with their groups expanded, and properties of kinds. */
#include "cli/option.h"

#include "base/bytes.h"
#include "base/match.h"

#include <assert.h>
#include <string.h>

/* The word for the value of a kind, unless a row has its own. */
static const char *const kind_metas[] = {
	[CLI_UINT] = "N",
	[CLI_SIZE] = "SIZE",
	[CLI_VERSION] = "A.B.C.D",
	[CLI_TIME] = "TIME",
	[CLI_FINGERPRINT] = "SHA256",
	[CLI_URL] = "URL",
	[CLI_PATH] = "FILE",
	[CLI_PATH_OR_URL] = "FILE|URL",
	[CLI_PATH_OR_NEW] = "FILE|new",
	[CLI_KEY] = "FILE|URI",
	[CLI_CERT] = "FILE|URI",
	[CLI_RULED_PATH] = "FILE:RULE",
	[CLI_NAMED_PATH] = "[NAME=]FILE",
	[CLI_SECRET] = "FILE|fd:N|-",
	[CLI_DRAWN] = "FILE|fd:N|-|random",
	[CLI_OUT] = "FILE",
	[CLI_OUT_DIR] = "DIR",
	[CLI_GROUP] = NULL,
};

/* "b" of the member "a.b". */
static const char *last_part(const char *member)
{
	const char *dot = strrchr(member, '.');

	return dot ? dot + 1 : member;
}

/* "a.time_zone" is "time-zone"; of a list "files" it is "file". */
static void put_name(const struct cli_opt *opt, char name[OPT_NAME_SIZE])
{
	const char *from = opt->name ? opt->name : last_part(opt->member);
	size_t len = strlen(from);

	if (!opt->name && opt->is_list && len > 1 && from[len - 1] == 's')
		len--;
	assert(len < OPT_NAME_SIZE);
	for (size_t i = 0; i < len; i++)
		name[i] = from[i];
	for (size_t i = 0; i < len; i++)
		if (name[i] == '_')
			name[i] = '-';
	name[len] = '\0';
}

static void add_rows(struct opt_table *t, const struct cli_opt *opts,
		     size_t base, bool required, const char *object)
{
	for (; opts && opts->member; opts++, required = false) {
		struct cli_opt *row = &t->rows[t->count];

		if (opts->kind == CLI_GROUP) {
			add_rows(t, opts->group, base + opts->field,
				 required || opts->required,
				 opts->object ? opts->object : object);
			continue;
		}
		assert(t->count < OPT_MAX);
		*row = *opts;
		row->field += base;
		row->required = opts->required || required;
		put_name(opts, t->names[t->count]);
		row->name = t->names[t->count];
		row->member = last_part(opts->member);
		if (!row->spec)
			row->spec = row->member;
		if (!row->object)
			row->object = object;
		if (!row->meta)
			row->meta = kind_metas[row->kind];
		t->count++;
	}
}

void opt_table_init(struct opt_table *t, const struct cli_opt *opts)
{
	*t = (struct opt_table){ .count = 0 };
	add_rows(t, opts, 0, false, NULL);
}

const struct cli_opt *opt_find(const struct opt_table *t, const char *name,
			       size_t len)
{
	for (size_t i = 0; i < t->count; i++)
		if (text_is(name, len, t->rows[i].name))
			return &t->rows[i];
	return NULL;
}

struct cli_list opt_values(const struct cli_opt *opt, const void *args)
{
	const void *field = (const char *)args + opt->field;

	if (opt->is_list)
		return *(const struct cli_list *)field;
	return (struct cli_list){ (const char **)(uintptr_t)field,
				  *(const char *const *)field != NULL };
}

bool opt_any_given(const struct cli_opt *opts, const void *args)
{
	for (; opts->member; opts++) {
		const uint8_t *field = (const uint8_t *)args + opts->field;
		bool given;

		if (opts->kind == CLI_GROUP)
			given = opt_any_given(opts->group, field);
		else if (
			opts->is_list) /* that of a specification may be empty */
			given = opt_values(opts, args).count > 0;
		else
			given = !bytes_are_zero(field, opts->size);
		if (given)
			return true;
	}
	return false;
}

bool opt_in_spec(const struct cli_opt *opt, const char *object)
{
	if (*opt->spec == '\0' || !opt->object != !object)
		return false;
	return !object || strcmp(opt->object, object) == 0;
}

bool opt_is_read(const struct cli_opt *opt)
{
	switch (opt->kind) {
	case CLI_PATH:
	case CLI_PATH_OR_URL:
	case CLI_PATH_OR_TEXT:
	case CLI_PATH_OR_NEW:
	case CLI_KEY:
	case CLI_CERT:
	case CLI_RULED_PATH:
	case CLI_NAMED_PATH:
	case CLI_SECRET:
	case CLI_DRAWN:
		return true;
	default:
		return false;
	}
}

bool opt_is_result(const struct cli_opt *opt)
{
	return opt->kind == CLI_OUT || opt->kind == CLI_OUT_DIR;
}

bool opt_is_secret(const struct cli_opt *opt)
{
	return opt->kind == CLI_SECRET || opt->kind == CLI_DRAWN;
}

bool opt_is_file(const struct cli_opt *opt)
{
	return opt_is_read(opt) || opt_is_result(opt);
}
