/* SPDX-License-Identifier: MIT */
/* Prints results, messages and progress, as text or as one JSON object. */
#include "cli/out.h"

#include "base/auto.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/line.h"
#include "base/utf8.h"
#include "cli/output_guard.h"
#include "cli/progress.h"
#include "cli/signals.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum {
	FIELD_WIDTH = 20
};

/* Prints one line of text to f, or that there is no memory for it. */
static void print_line(FILE *f, const char *start, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
static void print_line(FILE *f, const char *start, const char *fmt, va_list ap)
{
	AUTOFREE char *text = line_new(fmt, ap);

	if (text)
		fprintf(f, "%s%s\n", start, text);
	else
		fputs("shvm: out of memory for a line of output\n", stderr);
}

json_t *out_string(const char *text)
{
	AUTO_DONE(buf) b = { 0 };
	size_t left;
	uint32_t c;

	if (!text)
		return json_null();
	left = strlen(text);
	if (utf8_is_valid(text, left))
		return json_stringn(text, left);
	while (left > 0) { /* this is the rare case */
		size_t n = utf8_next(text, left, &c);

		if (n > 0)
			buf_add(&b, text, n);
		else
			buf_add_text(&b, "\xef\xbf\xbd");
		n = n ? n : 1;
		text += n;
		left -= n;
	}
	return b.failed ? NULL : json_stringn((char *)b.data, b.len);
}

/* A failure is kept as NULL, which json_pack() and out_json() propagate. */
static void fail_if(json_t **whole, bool failed)
{
	if (!failed)
		return;
	json_decref(*whole);
	*whole = NULL;
}

void out_list_add(json_t **list, json_t *item)
{
	fail_if(list, json_array_append_new(*list, item) < 0);
}

void out_list_extend(json_t **list, json_t *items)
{
	fail_if(list, json_array_extend(*list, items) < 0);
	json_decref(items);
}

void out_member(json_t **object, const char *name, json_t *item)
{
	fail_if(object, json_object_set_new(*object, name, item) < 0);
}

void out_members(json_t **object, json_t *more)
{
	fail_if(object, json_object_update(*object, more) < 0);
	json_decref(more);
}

/*
 * json_dump_callback_t: characters that a terminal would interpret are written as
 * \u, which is equivalent. All that is not ASCII is in strings, in whole
 * characters.
 */
static int print_json(const char *text, size_t size, void *ctx)
{
	FILE *f = ctx;
	size_t done = 0, n;
	uint32_t c;

	for (size_t at = 0; at < size; at += n) {
		n = utf8_next(text + at, size - at, &c);
		if (n == 0 || c < 0x20 || !line_hides(c)) {
			n = n ? n : 1;
			continue;
		}
		(void)fwrite(text + done, 1, at - done, f); /* see ferror() */
		done = at + n;
		if (c < 0x10000)
			fprintf(f, "\\u%04" PRIx32, c);
		else
			fprintf(f, "\\u%04" PRIx32 "\\u%04" PRIx32,
				0xd800 + ((c - 0x10000) >> 10),
				0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	(void)fwrite(text + done, 1, size - done, f);
	return ferror(f) ? -1 : 0;
}

/* A result could not be written; reported once, so not again by cli_close(). */
static int lost(struct out *out, struct shvm_err *err)
{
	const int r = err_set_errno(err, "standard output");

	clearerr(out->result);
	return r;
}

int out_whole(struct out *out, const char *text, size_t len,
	      struct shvm_err *err)
{
	if (fwrite(text, 1, len, out->result) != len ||
	    fflush(out->result) != 0)
		return lost(out, err);
	return SHVM_OK;
}

/* Takes ownership of whole. NULL means out of memory. */
static int dump(struct out *out, json_t *whole, struct shvm_err *err)
{
	int r;

	TRY(err_null(err, whole, "json result"));
	signals_printing();
	r = json_dump_callback(whole, print_json, out->result, JSON_INDENT(2));
	json_decref(whole);
	if (r < 0 || fputc('\n', out->result) == EOF)
		return lost(out, err);
	out->printed = true;
	return SHVM_OK;
}

int out_json(struct out *out, json_t *obj, struct shvm_err *err)
{
	json_t *whole;

	TRY(err_null(err, obj, "json result"));
	if (!out->common.json) {
		json_decref(obj);
		return SHVM_OK;
	}
	whole = json_pack("{s:i}", "schema", OUT_SCHEMA);
	out_members(&whole, obj);
	out_progress_end(out);
	return dump(out, whole, err);
}

/* One call per line, so that lines of concurrent programs do not mix. */
static void complain(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(stderr, "shvm: ", fmt, ap);
	va_end(ap);
}

void out_error(struct out *out, const struct shvm_err *err)
{
	const char *code =
		out->common.verbose ? shvm_code_name(err->code) : NULL;
	const char *reason = err->reason;
	struct shvm_err why = { 0 };

	out_progress_end(out);
	complain("%s%s%s%s%s%s", err->msg, code || reason ? " [" : "",
		 code ? code : "", code && reason ? ", " : "",
		 reason ? reason : "", code || reason ? "]" : "");
	if (!out->common.json || out->printed)
		return;
	if (dump(out,
		 json_pack("{s:i, s:{s:o, s:o, s:o}}", "schema", OUT_SCHEMA,
			   "error", "code",
			   out_string(shvm_code_name(err->code)), "reason",
			   out_string(err->reason), "message",
			   out_string(err->msg)),
		 &why) < 0 &&
	    why.code == SHVM_E_NOMEM)
		complain("out of memory for the JSON error");
	/* A failed write is detected when standard output is closed. */
}

void out_text(struct out *out, const char *fmt, ...)
{
	va_list ap;

	if (out->common.json)
		return;
	out_progress_end(out);
	va_start(ap, fmt);
	print_line(out->result, "", fmt, ap);
	va_end(ap);
}

void out_field(struct out *out, const char *name, const char *fmt, ...)
{
	char start[64];
	va_list ap;

	if (out->common.json)
		return;
	out_progress_end(out);
	(void)snprintf(start, sizeof(start), "%s:%*s", name,
		       (int)strlen(name) < FIELD_WIDTH - 2
			       ? FIELD_WIDTH - 1 - (int)strlen(name)
			       : 1,
		       "");
	va_start(ap, fmt);
	print_line(out->result, start, fmt, ap);
	va_end(ap);
}

void out_block(struct out *out, const char *constant)
{
	out_progress_end(out);
	(void)fputs(constant, out->result); /* as above */
}

void out_prompt(int fd, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	line_vput(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)dprintf(fd, "%s", text); /* who cannot see it can still answer */
}

void out_note(struct out *out, const char *fmt, ...)
{
	va_list ap;

	if (out->common.quiet)
		return;
	out_progress_end(out);
	va_start(ap, fmt);
	print_line(stderr, "shvm: ", fmt, ap);
	va_end(ap);
}

void out_warn(struct out *out, const char *fmt, ...)
{
	va_list ap;

	if (out)
		out_progress_end(out);
	va_start(ap, fmt);
	print_line(stderr, "shvm: warning: ", fmt, ap);
	va_end(ap);
}

void out_told(void *ctx, bool warning, const char *text)
{
	if (warning)
		out_warn(ctx, "%s", text);
	else
		out_note(ctx, "%s", text);
}

int out_check(struct out *out, const char *path, struct shvm_err *err)
{
	if (out->cmd)
		TRY(output_guard_check_path(out->cmd, out->parsed, path, err));
	return file_check_target(path, out->common.force, err);
}

int out_file(struct out *out, const char *path, const void *data, size_t len,
	     unsigned int mode, struct shvm_err *err)
{
	TRY(out_check(out, path, err));
	return file_write_atomic(path, data, len, mode, out->common.force, err);
}

int out_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct out *out = ctx;

	if (out->progress)
		progress_update(out->progress, done, total);
	return signals_caught();
}

void out_progress_end(struct out *out)
{
	if (out->progress)
		progress_end(out->progress);
}
