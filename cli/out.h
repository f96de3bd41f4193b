/* SPDX-License-Identifier: MIT */
/* Prints results, messages and progress, as text or as one JSON object. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include "base/auto.h"
#include "cli/parse.h"

#include <jansson.h>
#include <stdio.h>

#define OUT_SCHEMA 2 /* of all objects of --json; docs/JSON.md */

AUTO_DEFINE(json_ptr, json_t *, json_decref);

struct out {
	struct cli_common common;
	FILE *result;	/* stdout, or standard error when a command's own
			      data go to stdout */
	void *progress; /* see progress.c */
	bool printed;	/* the JSON object is printed */
	/* The running command, for out_check(); NULL: there is none. */
	const struct cli_cmd *cmd;
	const struct parsed *parsed;
	const struct cli_cmd *const *tables; /* all commands */
};

static inline bool out_is_json(const struct out *out)
{
	return out->common.json;
}

/* Print a finished text of printable characters. */
int out_whole(struct out *out, const char *text, size_t len,
	      struct shvm_err *err);

/*
 * Print the result object with its "schema" added; once, as the last output.
 * Takes ownership of obj (NULL means out of memory). Without --json it only
 * releases obj.
 */
int out_json(struct out *out, json_t *obj, struct shvm_err *err);

/*
 * A JSON string of text from any source: bytes that are not UTF-8 become U+FFFD
 * (json_string() would return NULL). null for NULL; NULL only when out of
 * memory. All strings of results are created by it.
 */
json_t *out_string(const char *text);

/*
 * Add item to a list or object and take ownership of it. A failure, now or before
 * (item NULL), leaves NULL in *list or *object, and out_json() reports it: no
 * incomplete result is printed.
 */
void out_list_add(json_t **list, json_t *item);
void out_list_extend(json_t **list, json_t *items);
void out_member(json_t **object, const char *name, json_t *item);
void out_members(json_t **object, json_t *more);

/*
 * Everything printed is valid UTF-8 of printable characters; others become '?' in
 * text (base/line.h) and \u in JSON.
 */

/* Print the message on standard error and, with --json, the error object. */
void out_error(struct out *out, const struct shvm_err *err);

/* Print a line of the result as text; nothing with --json. */
void out_text(struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "name:   value", aligned, for descriptions; nothing with --json. */
void out_field(struct out *out, const char *name, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* Print a constant of one or more lines unchanged, also with --json. */
void out_block(struct out *out, const char *constant);
/* A question to a terminal, without an end of line. */
void out_prompt(int fd, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A note on standard error; nothing with --quiet. */
void out_note(struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* shvm_note_fn: a note or a warning; ctx is a struct out. */
void out_told(void *ctx, bool warning, const char *text);
/* A warning on standard error, also with --quiet. out may be NULL. */
void out_warn(struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * Write a result file. Refuses to replace an existing file without --force, and
 * always one that the command reads. "-" is an ordinary name here. mode is e.g.
 * 0644, or 0600 for secrets. out_check() makes the same checks before the work
 * starts; for options of the kind CLI_OUT it was called already.
 */
int out_check(struct out *out, const char *path, struct shvm_err *err);
int out_file(struct out *out, const char *path, const void *data, size_t len,
	     unsigned int mode, struct shvm_err *err);

/* shvm_progress_fn; ctx is the struct out. Draws, reports or does nothing,
 * depending on --progress; returns non-zero after SIGINT. */
int out_progress(void *ctx, uint64_t done, uint64_t total);
/* End the line of the bar, if one was drawn. Called by cli_main(). */
void out_progress_end(struct out *out);

#endif
