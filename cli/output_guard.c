/* SPDX-License-Identifier: MIT */
/*
 * Would a result replace a file that the same command reads? --force is meant for
 * an older result and must not destroy the disk that is signed, or the key.
 */
#include "cli/output_guard.h"

#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The result to check, and where it is on the command line. */
struct target {
	const char *path;
	const char *name;	   /* "--out", or the operand's word */
	const struct cli_opt *opt; /* NULL for an operand */
};

/* The same file, or the same path if it does not exist yet. */
static bool is_same(const char *a, const char *b)
{
	struct stat x, y;
	const bool has_a = stat(a, &x) == 0, has_b = stat(b, &y) == 0;

	if (!has_a || !has_b)
		return !has_a && !has_b && strcmp(a, b) == 0;
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The value of an option, which may be PATH, NAME=PATH or PATH:RULE. */
static bool names(const char *value, const char *path)
{
	const char *equals = strchr(value, '=');
	const char *colon = strrchr(value, ':');
	char front[PATH_MAX];

	if (is_same(value, path) || (equals && is_same(equals + 1, path)))
		return true;
	if (!colon || (size_t)(colon - value) >= sizeof(front))
		return false;
	(void)snprintf(front, sizeof(front), "%.*s", (int)(colon - value),
		       value);
	return is_same(front, path);
}

/* The other operands are a guardian's name and the pairs of fabric data. */
static bool is_path_word(const char *spec, int len)
{
	return strncmp(spec, "NAME", 4) != 0 && !memchr(spec, '=', (size_t)len);
}

static const char *path_of(const struct parsed *p, const struct cli_opt *opt)
{
	return *(const char *const *)(const void *)((const char *)p->args +
						    opt->field);
}

/* The operand itself is the result. */
static bool has_out_operand(const struct cli_cmd *cmd, const struct parsed *p)
{
	return p->operand_count > 0 && (strncmp(cmd->operands, "OUT", 3) == 0 ||
					strncmp(cmd->operands, "[OUT", 4) == 0);
}

static int clash(const struct target *t, const char *with, struct shvm_err *err)
{
	return err_set(err, SHVM_E_ARG, "%s %s is the same file as %s", t->name,
		       t->path, with);
}

static int check_options(const struct parsed *p, const struct target *t,
			 struct shvm_err *err)
{
	const struct cli_opt *opt = p->opts.rows;
	char with[64];

	for (; opt->name; opt++) {
		struct cli_list list;

		if (opt == t->opt || !opt_is_file(opt))
			continue;
		list = opt_values(opt, p->args);
		(void)snprintf(with, sizeof(with), "--%s", opt->name);
		for (size_t i = 0; i < list.count; i++)
			if (names(list.items[i], t->path))
				return clash(t, with, err);
	}
	return SHVM_OK;
}

static int check_operands(const struct cli_cmd *cmd, const struct parsed *p,
			  const struct target *t, struct shvm_err *err)
{
	const char *spec = cmd->operands;
	char with[64];

	for (size_t i = 0; i < p->operand_count; i++) {
		const int len = (int)strcspn(spec, " ");

		(void)snprintf(with, sizeof(with), "%.*s", len, spec);
		if (p->operands[i] != t->path && is_path_word(spec, len) &&
		    is_same(p->operands[i], t->path))
			return clash(t, with, err);
		if (spec[len] != '\0') /* the last one may stand for several */
			spec += len + 1;
	}
	return SHVM_OK;
}

int output_guard_check(const struct cli_cmd *cmd, const struct parsed *p,
		       struct shvm_err *err)
{
	const struct cli_opt *opt = p->opts.rows;

	for (; opt->name; opt++) {
		char name[64];
		struct target t = { .name = name, .opt = opt };

		if (!opt_is_result(opt))
			continue;
		t.path = path_of(p, opt);
		if (!t.path)
			continue;
		(void)snprintf(name, sizeof(name), "--%s", opt->name);
		TRY(check_options(p, &t, err));
		if (!opt->over)
			TRY(check_operands(cmd, p, &t, err));
	}
	if (!has_out_operand(cmd, p))
		return SHVM_OK;
	return check_options(p,
			     &(struct target){ .path = p->operands[0],
					       .name = "the result" },
			     err);
}

int output_guard_check_path(const struct cli_cmd *cmd, const struct parsed *p,
			    const char *path, struct shvm_err *err)
{
	const struct target t = { .path = path, .name = "the result" };
	const struct cli_opt *opt = p->opts.rows;

	/* Paths on the command line were checked by output_guard_check(). */
	for (size_t i = 0; i < p->operand_count; i++)
		if (path == p->operands[i])
			return SHVM_OK;
	for (; opt->name; opt++)
		if (opt_is_result(opt) && path == path_of(p, opt))
			return SHVM_OK;
	TRY(check_options(p, &t, err));
	return has_out_operand(cmd, p) ? SHVM_OK
				       : check_operands(cmd, p, &t, err);
}

int output_guard_check_targets(const struct parsed *p, struct shvm_err *err)
{
	const struct cli_opt *opt = p->opts.rows;

	for (; opt->name; opt++) {
		const bool is_file =
			opt_is_result(opt) && opt->kind != CLI_OUT_DIR;
		const char *path = is_file ? path_of(p, opt) : NULL;

		TRY(path ? file_check_target(path, p->common.force, err)
			 : SHVM_OK);
	}
	return SHVM_OK;
}
