/* SPDX-License-Identifier: MIT */
/* Where results, messages and progress go: text or one JSON object. */
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
	bool printed;	/* the JSON object is out */
	/* What runs, for out_check(); NULL: no command line is at hand. */
	const struct cli_cmd *cmd;
	const struct parsed *parsed;
	const struct cli_cmd *const *tables; /* the commands that there are */
};

static inline bool out_is_json(const struct out *out)
{
	return out->common.json;
}

/* Print a text that was made elsewhere, of printable characters. */
int out_whole(struct out *out, const char *text, size_t len,
	      struct shvm_err *err);

/*
 * Print the result object, once, as the last thing, with its "schema" put in.
 * Takes over obj (NULL is out of memory). Only for --json; does nothing but
 * release obj otherwise.
 */
int out_json(struct out *out, json_t *obj, struct shvm_err *err);

/*
 * A JSON string of text from anywhere: bytes that are not UTF-8 become U+FFFD
 * (json_string() would return NULL). null for NULL; NULL only when out of
 * memory. All strings of results are made by it.
 */
json_t *out_string(const char *text);

/*
 * Put item into a list or object and take it over. What fails, now or before
 * (item NULL), leaves NULL in *list or *object, and out_json() reports it: no
 * result appears with a part missing.
 */
void out_list_add(json_t **list, json_t *item);
void out_list_extend(json_t **list, json_t *items);
void out_member(json_t **object, const char *name, json_t *item);
void out_members(json_t **object, json_t *more);

/*
 * All that is printed is valid UTF-8 of characters that can be seen: others are
 * '?' in text (base/line.h) and \u in JSON.
 */

/* The message on standard error and, with --json, the error object. */
void out_error(struct out *out, const struct shvm_err *err);

/* A line of the result as text; nothing with --json. */
void out_text(struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "name:   value", aligned, for descriptions; nothing with --json. */
void out_field(struct out *out, const char *name, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* A constant of one or more lines, as it is, also with --json. */
void out_block(struct out *out, const char *constant);
/* A question to a terminal, without an end of line. */
void out_prompt(int fd, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A remark on standard error; nothing with --quiet. */
void out_note(struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* shvm_note_fn: a note or a warning; ctx is a struct out. */
void out_told(void *ctx, bool warning, const char *text);
/* A warning on standard error, also with --quiet. out may be NULL. */
void out_warn(struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * Write a result file: refuses an existing one without --force, and always one
 * that the command reads. "-" is not a file here. mode e.g. 0644, or 0600 for
 * what holds secrets. out_check() says the same before the work that leads to
 * the file; for options of the kind CLI_OUT it was called.
 */
int out_check(struct out *out, const char *path, struct shvm_err *err);
int out_file(struct out *out, const char *path, const void *data, size_t len,
	     unsigned int mode, struct shvm_err *err);

/* shvm_progress_fn; ctx is the struct out. Draws, reports or does nothing as
 * --progress says; returns non-zero after SIGINT. */
int out_progress(void *ctx, uint64_t done, uint64_t total);
/* End the bar's line. Called by cli_main(); harmless when none was drawn. */
void out_progress_end(struct out *out);

#endif
