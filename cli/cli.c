/* SPDX-License-Identifier: MIT */
/* Finds the command, runs it and turns its result into an exit code. */
#include "cli/cli.h"

#include "base/match.h"
#include "base/secret.h"
#include "cli/advice.h"
#include "cli/help.h"
#include "cli/nearest.h"
#include "cli/out.h"
#include "cli/output_guard.h"
#include "cli/parse.h"
#include "cli/passphrase.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <shvm/version.h>
#include <stdlib.h>
#include <string.h>

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_SAYS_NO = 3,
	EXIT_TRY_AGAIN = 75,
	EXIT_SIGNAL = 128,
};

int cli_exit_code(int result)
{
	switch (result) {
	case SHVM_OK:
		return EXIT_DONE;
	case CLI_SAYS_NO:
	case SHVM_E_VERIFY:
		return EXIT_SAYS_NO;
	case SHVM_E_ARG:
		return EXIT_USAGE;
	case SHVM_E_NETWORK:
		return EXIT_TRY_AGAIN;
	case SHVM_E_CANCELLED:
		return EXIT_SIGNAL + SIGINT;
	default:
		return EXIT_FAILED;
	}
}

/* The command that the first words name; *ret_words is how many they are. */
static const struct cli_cmd *find(const struct cli_cmd *const *tables, int argc,
				  char **argv, int *ret_words)
{
	for (; *tables; tables++) {
		for (const struct cli_cmd *c = *tables; c->name; c++) {
			size_t n = command_noun_len(c);

			if (!text_is(c->name, n, argv[1]))
				continue;
			*ret_words = c->name[n] == ' ' ? 2 : 1;
			if (*ret_words == 1 ||
			    (argc > 2 && strcmp(argv[2], c->name + n + 1) == 0))
				return c;
		}
	}
	return NULL;
}

static bool is_noun(const struct cli_cmd *const *tables, const char *word)
{
	for (; *tables; tables++)
		for (const struct cli_cmd *c = *tables; c->name; c++)
			if (text_is(c->name, command_noun_len(c), word))
				return true;
	return false;
}

/* "; did you mean X?" about a noun, or about a verb of one; or "". */
static const char *meant(const struct cli_cmd *const *tables, const char *noun,
			 const char *typed, char text[64])
{
	struct nearest near;

	nearest_init(&near, typed, strlen(typed));
	for (; *tables; tables++) {
		for (const struct cli_cmd *c = *tables; c->name; c++) {
			const size_t n = command_noun_len(c);
			const char *verb = c->name + n + (c->name[n] == ' ');

			if (!noun)
				nearest_try(&near, c->name, n);
			else if (text_is(c->name, n, noun))
				nearest_try(&near, verb, strlen(verb));
		}
	}
	text[0] = '\0';
	if (nearest_word(&near))
		(void)snprintf(text, 64, "; did you mean %s?",
			       nearest_word(&near));
	return text;
}

static int usage(struct out *out, struct shvm_err *err)
{
	out_error(out, err);
	return EXIT_USAGE;
}

/* No command was found: report that, or print the help that was asked for. */
static int run_none(const struct cli_cmd *const *tables, int argc, char **argv)
{
	struct out out = { .result = stdout };
	struct shvm_err err = { 0 };
	char near[64];
	bool noun;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0)
			out.common.json = true;
	if (argc < 2) {
		(void)err_set(&err, SHVM_E_ARG,
			      "no command was given; see 'shvm --help'");
		return usage(&out, &err);
	}
	if (strcmp(argv[1], "--help") == 0) {
		help_program(tables, stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		out_block(&out, "shvm " SHVM_LIBRARY_VERSION "\n");
		return EXIT_DONE;
	}

	noun = is_noun(tables, argv[1]);
	if (noun && argc > 2 && strcmp(argv[2], "--help") == 0) {
		help_noun(tables, argv[1], stdout);
		return EXIT_DONE;
	}
	if (argv[1][0] == '-')
		(void)err_set(
			&err, SHVM_E_ARG,
			"option %s is before the command; see 'shvm --help'",
			argv[1]);
	else if (!noun)
		(void)err_set(&err, SHVM_E_ARG,
			      "unknown command '%s'%s; see 'shvm --help'",
			      argv[1], meant(tables, NULL, argv[1], near));
	else if (argc < 3 || argv[2][0] == '-')
		(void)err_set(&err, SHVM_E_ARG,
			      "%s: no verb was given; see 'shvm %s --help'",
			      argv[1], argv[1]);
	else
		(void)err_set(&err, SHVM_E_ARG,
			      "%s: unknown verb '%s'%s; see 'shvm %s --help'",
			      argv[1], argv[2],
			      meant(tables, argv[1], argv[2], near), argv[1]);
	return usage(&out, &err);
}

static int run_command(const struct cli_cmd *cmd, const struct parsed *p,
		       struct out *out)
{
	struct progress progress;
	struct shvm_err err = { 0 };
	int r;

	progress_init(&progress, p->common.progress, p->common.quiet);
	out->progress = &progress;
	r = secret_no_core_dumps(&err);
	if (r == 0) {
		signals_catch(p->common.json);
		out->cmd = cmd;
		out->parsed = p;
		r = passphrase_check(p, &err);
		if (r == SHVM_OK)
			r = output_guard_check_targets(p, &err);
		if (r == SHVM_OK)
			r = cmd->run(p->args, p->operands, out, &err);
	}
	out_progress_end(out);
	out->progress = NULL;

	if (r < 0) {
		advice_add(&p->opts, &err);
		out_error(out, &err);
	}
	/* A call that failed because of the signal also counts as interrupted. */
	if (r < 0 && signals_caught() != 0)
		return EXIT_SIGNAL + signals_caught();
	return cli_exit_code(r);
}

int cli_run(const struct cli_cmd *const *tables, int argc, char **argv)
{
	const struct cli_cmd *cmd;
	struct out out = { .result = stdout, .tables = tables };
	struct parsed p = { 0 };
	struct shvm_err err = { 0 }, why = { 0 };
	int words = 0, code, r;

	cmd = argc < 2 ? NULL : find(tables, argc, argv, &words);
	if (!cmd)
		return run_none(tables, argc, argv);

	r = parse_words(cmd, argc - 1 - words, argv + 1 + words, &p, &why);
	if (r == SHVM_OK && !p.help && !p.version)
		r = output_guard_check(cmd, &p, &why);
	out.common = p.common;
	if (r == SHVM_E_ARG) {
		(void)err_set(&err, r, "%s: %s; see 'shvm %s --help'",
			      cmd->name, why.msg, cmd->name);
		code = usage(&out, &err);
	} else if (r < 0) {
		out_error(&out, &why);
		code = cli_exit_code(r);
	} else if (p.help) {
		help_command(cmd, stdout);
		code = EXIT_DONE;
	} else if (p.version) {
		out_block(&out, "shvm " SHVM_LIBRARY_VERSION "\n");
		code = EXIT_DONE;
	} else {
		code = run_command(cmd, &p, &out);
	}
	parsed_done(&p);
	return code;
}

/*
 * A file that a command opens must never become descriptor 0, 1 or 2. The
 * null device is opened with the wrong mode, so that writing a result to a
 * closed standard output fails instead of losing the result.
 */
void cli_open_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_FAILED); /* no place to report it */
	}
}

int cli_close(FILE *f, const char *name)
{
	struct out out = { .result = stderr };
	struct shvm_err err = { 0 };
	bool lost = ferror(f) != 0;
	int number = 0;

	errno = 0;
	if (fclose(f) != 0) {
		number = errno;
		lost = true;
	}
	/* Closed from the start and nothing was written: not an error. */
	if (!lost)
		return EXIT_DONE;
	(void)err_set(&err, SHVM_E_IO, "%s: %s", name,
		      number ? strerror(number) : "a write failed");
	out_error(&out, &err);
	return EXIT_FAILED;
}

int cli_main(int argc, char **argv)
{
	int code, closed;

	cli_open_standard();
	code = cli_run(all_tables, argc, argv);
	closed = cli_close(stdout, "standard output");
	return closed != EXIT_DONE ? closed : code;
}
