/* SPDX-License-Identifier: MIT */
/* Turns the words of a command line into a command's argument struct. */
#include "cli/parse.h"

#include "base/auto.h"
#include "base/match.h"
#include "base/version.h"
#include "cli/nearest.h"
#include "cli/time.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	JOBS_MAX = 256,
	SHA256_DIGITS = 64
}; /* ours */

#define ARGS struct parsed
const struct cli_opt common_opts[] = {
	OPT(common.json, CLI_FLAG,
	    .help = "print one JSON object instead of text",
	    .more = "Errors are printed as an object, too."),
	OPT(common.quiet, CLI_FLAG,
	    .help = "suppress notes and the progress bar",
	    .more = "Warnings, errors and results are still printed."),
	OPT(common.verbose, CLI_FLAG,
	    .help = "print more details, also for errors",
	    .more = "The code of an error is added to its message."),
	OPT(common.progress, CLI_TEXT, .meta = "auto|none|FD",
	    .help = "progress bar on a terminal (auto), none, or lines to descriptor FD",
	    .more = "The default, auto, draws a bar if standard error is a terminal. With a number, lines \"DONE TOTAL\" are written to that open descriptor, at most ten per second."),
	OPT(common.jobs, CLI_UINT, .max = JOBS_MAX,
	    .help = "number of threads (default: one per CPU)",
	    .more = "The range is 1 to 256; 0 means the default. Results do not depend on it."),
	OPT(common.force, CLI_FLAG, .help = "replace existing result files",
	    .more = "Without this option an existing result file is wrong usage. A device, a pipe or a folder is never replaced. A file that the same command reads (its disk, its key) is never replaced either, except for a key protector or a shielding data file that is changed in place. The same applies to each file that is written to a folder: if one of them must not be written, none is. A symbolic link is replaced and not followed."),
	OPT(help, CLI_FLAG, .help = "print help for the command"),
	OPT(version, CLI_FLAG, .help = "print the version of the program"),
	OPT_END,
};
#undef ARGS

/* The words that are parsed, and the destination of their values. */
struct parser {
	struct parsed *ret;
	struct opt_table common;
	bool seen[OPT_MAX], common_seen[OPT_MAX];
};

int parse_size(const char *text, uint64_t *ret, struct shvm_err *err)
{
	static const char units[] = "KMGT";
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;
	unsigned int shift = 0;
	char number[32];
	uint64_t v;

	if (*unit != '\0') {
		const char *at = strchr(units, *unit);

		if (!at || unit[1] != '\0')
			return err_set(
				err, SHVM_E_ARG,
				"'%s' is not a size (12, 4K, 3M, 2G, 1T)",
				text);
		shift = 10 * ((unsigned int)(at - units) + 1);
	}
	if (digits == 0 || digits >= sizeof(number))
		return err_set(err, SHVM_E_ARG,
			       "'%s' is not a size (12, 4K, 3M, 2G, 1T)", text);
	memcpy(number, text, digits);
	number[digits] = '\0';
	if (number_parse(number, 0, UINT64_MAX >> shift, &v, NULL) < 0)
		return err_set(err, SHVM_E_ARG, "'%s' is too large", text);
	*ret = v << shift;
	return SHVM_OK;
}

/* Is value one of the words in "a|b|c"? */
static bool is_choice(const char *words, const char *value)
{
	for (const char *w = words; w; w = strchr(w, '|')) {
		if (*w == '|')
			w++;
		if (text_is(w, strcspn(w, "|"), value))
			return true;
	}
	return false;
}

static int unknown_choice(const char *words, const char *text,
			  struct shvm_err *err)
{
	struct nearest near;

	nearest_init(&near, text, strlen(text));
	for (const char *w = words; *w;
	     w += strcspn(w, "|") + (strchr(w, '|') != NULL))
		nearest_try(&near, w, strcspn(w, "|"));
	if (nearest_word(&near))
		return err_set(err, SHVM_E_ARG,
			       "'%s' is not one of %s; did you mean %s?", text,
			       words, nearest_word(&near));
	return err_set(err, SHVM_E_ARG, "'%s' is not one of %s", text, words);
}

static int list_add(struct cli_list *list, const char *value,
		    struct shvm_err *err)
{
	const char **items;

	items = reallocarray(list->items, list->count + 1, sizeof(*items));
	TRY(err_null(err, items, "option list"));
	list->items = items;
	list->items[list->count++] = value;
	return SHVM_OK;
}

static int store_uint(const struct cli_opt *opt, void *field, const char *value,
		      struct shvm_err *err)
{
	uint64_t number;

	if (number_parse(value, opt->min, opt->max, &number, NULL) < 0)
		return err_set(err, SHVM_E_ARG,
			       "'%s' is not a number from %u to %u", value,
			       opt->min, opt->max);
	*(uint32_t *)field = (uint32_t)number;
	return SHVM_OK;
}

static int store_size(const struct cli_opt *opt, void *field, const char *value,
		      struct shvm_err *err)
{
	uint64_t size = 0;

	TRY(parse_size(value, &size, err));
	if (opt->max != 0 && (size < opt->min || size > opt->max))
		return err_set(err, SHVM_E_ARG,
			       "'%s' is not a size from %u to %u bytes", value,
			       opt->min, opt->max);
	*(uint64_t *)field = size;
	return SHVM_OK;
}

/* 64 hexadecimal digits; one colon may be between two bytes. */
static int check_fingerprint(const char *text, struct shvm_err *err)
{
	size_t digits = 0;

	for (const char *c = text; *c; c++)
		if (isxdigit((unsigned char)*c))
			digits++;
		else if (*c != ':' || digits == 0 || digits % 2 != 0 ||
			 !isxdigit((unsigned char)c[1]))
			digits = SHA256_DIGITS + 1;
	return digits == SHA256_DIGITS
		       ? SHVM_OK
		       : err_set(err, SHVM_E_ARG,
				 "'%s' is not the SHA-256 of a certificate: 64 hexadecimal digits, colons allowed",
				 text);
}

int parse_check_text(const struct cli_opt *opt, const char *text,
		     struct shvm_err *err)
{
	if (opt_is_file(opt) && *text == '\0')
		return err_set(err, SHVM_E_ARG, "the path is empty");
	if (opt->kind == CLI_FINGERPRINT)
		return check_fingerprint(text, err);
	if (opt->kind == CLI_CHOICE && !is_choice(opt->meta, text))
		return unknown_choice(opt->meta, text, err);
	return SHVM_OK;
}

static int store_version(struct cli_version *field, const char *value,
			 struct shvm_err *err)
{
	field->given = true;
	return shvm_version_parse(value, &field->value, err);
}

/* Stores one value. */
static int store(const struct cli_opt *opt, void *field, const char *value,
		 struct shvm_err *err)
{
	switch (opt->kind) {
	case CLI_FLAG:
		*(bool *)field = true;
		return SHVM_OK;
	case CLI_UINT:
		return store_uint(opt, field, value, err);
	case CLI_SIZE:
		return store_size(opt, field, value, err);
	case CLI_VERSION:
		return store_version(field, value, err);
	case CLI_TIME:
		return time_parse(value, field, err);
	default:
		break;
	}
	TRY(parse_check_text(opt, value, err));
	if (opt->is_list)
		return list_add(field, value, err);
	*(const char **)field = value;
	return SHVM_OK;
}

static int unknown_option(const struct parser *p, const char *name, size_t len,
			  struct shvm_err *err)
{
	const struct opt_table *tables[] = { &p->ret->opts, &p->common };
	struct nearest near;

	nearest_init(&near, name, len);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct cli_opt *o = tables[i]->rows; o->name; o++)
			nearest_try(&near, o->name, strlen(o->name));
	if (nearest_word(&near))
		return err_set(err, SHVM_E_ARG,
			       "unknown option --%.*s; did you mean --%s?",
			       (int)len, name, nearest_word(&near));
	return err_set(err, SHVM_E_ARG, "unknown option --%.*s", (int)len,
		       name);
}

/*
 * One option, at words[*at]; moves *at past its value if that is a separate
 * word.
 */
static int parse_option(struct parser *p, char **words, int count, int *at,
			struct shvm_err *err)
{
	const char *name = words[*at] + 2;
	const char *value = strchr(name, '=');
	size_t len = value ? (size_t)(value - name) : strlen(name);
	const struct cli_opt *opt = opt_find(&p->ret->opts, name, len);
	void *base = p->ret->args;
	bool *seen;
	int r;

	if (opt) {
		seen = &p->seen[opt - p->ret->opts.rows];
	} else {
		opt = opt_find(&p->common, name, len);
		if (!opt)
			return unknown_option(p, name, len, err);
		seen = &p->common_seen[opt - p->common.rows];
		base = p->ret;
	}
	if (*seen && !opt->is_list)
		return err_set(err, SHVM_E_ARG, "--%s is given twice",
			       opt->name);
	*seen = true;

	if (opt->kind == CLI_FLAG && value)
		return err_set(err, SHVM_E_ARG, "--%s does not accept a value",
			       opt->name);
	if (value) {
		value++;
	} else if (opt->kind != CLI_FLAG) {
		if (*at + 1 == count)
			return err_set(err, SHVM_E_ARG,
				       "--%s requires a value (%s)", opt->name,
				       opt->meta);
		value = words[++*at];
	}
	r = store(opt, (char *)base + opt->field, value, err);
	return r < 0 ? err_prefix(err, r, "--%s", opt->name) : SHVM_OK;
}

/* "auto", "none" or the number of a descriptor that is open. */
static int check_progress(const char *text, struct shvm_err *err)
{
	uint64_t fd;

	if (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0)
		return SHVM_OK;
	if (number_parse(text, 0, INT_MAX, &fd, NULL) < 0)
		return err_set(err, SHVM_E_ARG,
			       "--progress: '%s' is not one of auto|none|FD",
			       text);
	if (fcntl((int)fd, F_GETFD) < 0)
		return err_set(err, SHVM_E_ARG,
			       "--progress: descriptor %s is not open", text);
	return SHVM_OK;
}

/* The number of operands; SIZE_MAX as *max means any number. */
static void operand_range(const char *spec, size_t *min, size_t *max)
{
	*min = 0;
	*max = 0;
	while (spec && *spec) {
		size_t len = strcspn(spec, " ");
		bool optional = *spec == '[';
		const char *end = spec + len - (optional ? 1 : 0);

		if (!optional)
			++*min;
		++*max;
		if (len > 3 && memcmp(end - 3, "...", 3) == 0)
			*max = SIZE_MAX;
		spec += len;
		spec += strspn(spec, " ");
	}
}

static int check_operands(const struct cli_cmd *cmd, const struct parsed *p,
			  struct shvm_err *err)
{
	size_t min, max;

	operand_range(cmd->operands, &min, &max);
	if (p->operand_count > max)
		return err_set(err, SHVM_E_ARG, "unexpected operand '%s'",
			       p->operands[max]);
	if (p->operand_count < min) {
		const char *spec = cmd->operands;

		for (size_t i = 0; i < p->operand_count; i++) {
			spec += strcspn(spec, " ");
			spec += strspn(spec, " ");
		}
		return err_set(err, SHVM_E_ARG, "operand %.*s is required",
			       (int)strcspn(spec, " "), spec);
	}
	for (size_t i = 0; i < p->operand_count; i++)
		if (p->operands[i][0] == '\0')
			return err_set(err, SHVM_E_ARG, "operand %zu is empty",
				       i + 1);
	return SHVM_OK;
}

static int check_required(const struct parser *p, struct shvm_err *err)
{
	const struct cli_opt *opts = p->ret->opts.rows;

	for (size_t i = 0; opts[i].name; i++)
		if (opts[i].required && !p->seen[i])
			return err_set(err, SHVM_E_ARG, "--%s %s is required",
				       opts[i].name, opts[i].meta);
	return SHVM_OK;
}

static bool is_wanted(char **words, int count, const char *option)
{
	for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++)
		if (strcmp(words[i], option) == 0)
			return true;
	return false;
}

static int parse_all(struct parser *p, int count, char **words,
		     struct shvm_err *err)
{
	bool only_operands = false;

	for (int i = 0; i < count; i++) {
		const char *w = words[i];

		if (only_operands || w[0] != '-' || w[1] == '\0') {
			p->ret->operands[p->ret->operand_count++] = words[i];
			continue;
		}
		if (strcmp(w, "--") == 0) {
			only_operands = true;
			continue;
		}
		if (w[1] != '-')
			return err_set(err, SHVM_E_ARG, "unknown option %s", w);
		TRY(parse_option(p, words, count, &i, err));
	}
	return SHVM_OK;
}

int parse_words(const struct cli_cmd *cmd, int argc, char **argv,
		struct parsed *ret, struct shvm_err *err)
{
	struct parser p = { .ret = ret };
	int r;

	*ret = (struct parsed){ .common.progress = "auto" };
	opt_table_init(&ret->opts, cmd->opts);
	opt_table_init(&p.common, common_opts);
	ret->args = calloc(1, cmd->args_size ? cmd->args_size : 1);
	ret->operands = calloc((size_t)argc + 1, sizeof(*ret->operands));
	if (!ret->args || !ret->operands)
		return err_nomem(err, "command line");

	/* Found even when a word before it is wrong: how to print the error. */
	ret->common.json = is_wanted(argv, argc, "--json");
	if (is_wanted(argv, argc, "--help")) {
		ret->help = true;
		return SHVM_OK;
	}
	r = parse_all(&p, argc, argv, err);
	if (r < 0 || ret->version)
		return r;

	TRY(check_operands(cmd, ret, err));
	TRY(check_required(&p, err));
	return check_progress(ret->common.progress, err);
}

void parsed_done(struct parsed *p)
{
	const struct cli_opt *opt = p->opts.rows;

	for (; p->args && opt->name; opt++) {
		if (!opt->is_list)
			continue;
		free(((struct cli_list *)(void *)((char *)p->args + opt->field))
			     ->items);
	}
	free(p->args);
	free(p->operands);
	*p = (struct parsed){ 0 };
}
