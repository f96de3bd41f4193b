/* SPDX-License-Identifier: MIT */
/* Where results, messages and progress go: text or one JSON object. */
#include "cli/out.h"

#include "base/auto.h"
#include "base/buf.h"
#include "base/file.h"
#include "cli/clash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

enum {
	FIELD_WIDTH = 20
};

/*
 * Names come from hostile disks: no control character may reach a terminal,
 * neither the C0 ones nor U+0080 to U+009F in UTF-8.
 */
static void make_printable(char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)s[0];
		unsigned char next = (unsigned char)s[1];

		if (c < 0x20 || c == 0x7f) {
			s[0] = '?';
		} else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
			s[0] = '?';
			s[1] = '?';
		}
	}
}

/* One line of text to f; what cannot be allocated is printed as it can. */
static void print_line(FILE *f, const char *start, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
static void print_line(FILE *f, const char *start, const char *fmt, va_list ap)
{
	AUTOFREE char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0) {
		text = NULL;
		fputs("shvm: out of memory for a line of output\n", stderr);
		return;
	}
	make_printable(text);
	fprintf(f, "%s%s\n", start, text);
}

json_t *out_string(const char *text)
{
	AUTO_DONE(buf) b = { 0 };
	size_t len = strlen(text);

	if (utf8_is_valid(text, len))
		return json_stringn(text, len);
	while (len > 0) { /* byte by byte: this is the rare case */
		size_t n = 1;

		while (n < len && n < 4 && !utf8_is_valid(text, n))
			n++;
		if (utf8_is_valid(text, n)) {
			buf_add(&b, text, n);
		} else {
			buf_add_text(&b, "\xef\xbf\xbd");
			n = 1;
		}
		text += n;
		len -= n;
	}
	return b.failed ? NULL : json_stringn((char *)b.data, b.len);
}

int out_json(struct out *out, json_t *obj, struct shvm_err *err)
{
	json_t *whole;
	int r = 0;

	if (!out->common.json) {
		json_decref(obj);
		return SHVM_OK;
	}
	whole = json_pack("{s:i}", "schema", 1);
	if (!obj || !whole || json_object_update(whole, obj) < 0) {
		json_decref(obj);
		json_decref(whole);
		return err_nomem(err, "json result");
	}
	out_progress_end(out);
	r = json_dumpf(whole, out->result, JSON_INDENT(2));
	json_decref(obj);
	json_decref(whole);
	if (r < 0 || fputc('\n', out->result) == EOF)
		return err_set_errno(err, "standard output");
	out->printed = true;
	return SHVM_OK;
}

void out_error(struct out *out, const struct shvm_err *err)
{
	const char *code =
		out->common.verbose ? shvm_code_name(err->code) : NULL;
	const char *reason = err->reason;
	json_t *inner, *whole;

	out_progress_end(out);
	/* One call: lines of programs side by side do not mix. */
	fprintf(stderr, "shvm: %s%s%s%s%s%s\n", err->msg,
		code || reason ? " [" : "", code ? code : "",
		code && reason ? ", " : "", reason ? reason : "",
		code || reason ? "]" : "");
	if (!out->common.json || out->printed)
		return;

	inner = json_pack("{s:s, s:s?, s:o}", "code", shvm_code_name(err->code),
			  "reason", err->reason, "message",
			  out_string(err->msg));
	whole = json_pack("{s:i, s:o}", "schema", 1, "error", inner);
	if (!whole) {
		fputs("shvm: out of memory for the JSON error\n", stderr);
		return;
	}
	/* A failed write is found when standard output is closed. */
	(void)json_dumpf(whole, out->result, JSON_INDENT(2));
	(void)fputc('\n', out->result);
	json_decref(whole);
	out->printed = true;
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

	out_progress_end(out);
	va_start(ap, fmt);
	print_line(stderr, "shvm: warning: ", fmt, ap);
	va_end(ap);
}

int out_check(struct out *out, const char *path, struct shvm_err *err)
{
	int r = out->cmd ? clash_check_path(out->cmd, out->parsed, path, err)
			 : SHVM_OK;

	return r < 0 ? r : file_check_target(path, out->common.force, err);
}

int out_file(struct out *out, const char *path, const void *data, size_t len,
	     unsigned int mode, struct shvm_err *err)
{
	int r = out_check(out, path, err);

	if (r < 0)
		return r;
	return file_write_atomic(path, data, len, mode, out->common.force, err);
}

const char *out_size(uint64_t bytes, char buf[32])
{
	static const char *const units[] = { "KiB", "MiB", "GiB",
					     "TiB", "PiB", "EiB" };
	double v = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		(void)snprintf(buf, 32, "%" PRIu64 " B", bytes);
		return buf;
	}
	/* 1023.95 would be printed as 1024.0 of the smaller unit. */
	while (v >= 1023.95 && unit + 1 < ARRAY_SIZE(units)) {
		v /= 1024;
		unit++;
	}
	(void)snprintf(buf, 32, "%.1f %s", v, units[unit]);
	return buf;
}

const char *out_time(int64_t seconds, char buf[32])
{
	time_t t = seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) ||
	    strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(buf, 32, "%" PRId64, seconds);
	return buf;
}
