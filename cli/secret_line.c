/* SPDX-License-Identifier: MIT */
/* Reads one line with a secret, in the encodings that editors write. */
#include "cli/secret_line.h"

#include "base/secret.h"
#include "base/utf16.h"
#include "base/utf8.h"
#include "cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum form {
	FORM_BYTES, /* UTF-8, or other bytes that a key was encrypted with */
	FORM_UTF16LE,
	FORM_UTF16BE
};

/* The bytes of the line as read, and their source. */
struct line {
	int fd;
	const char *name;
	const sigset_t *wait_mask;
	struct secret *raw; /* room for raw->size bytes */
	size_t len;
};

#define REFUSE(err, ...)                                                       \
	err_reason(err, SHVM_E_CRYPTO, "no-passphrase", __VA_ARGS__)

/* 1 with a byte, 0 at the end; -1 after a signal. */
static int next_byte(const struct line *line, uint8_t *ret,
		     struct shvm_err *err)
{
	struct pollfd pfd = { .fd = line->fd, .events = POLLIN };

	for (;;) {
		ssize_t n;

		if (line->wait_mask &&
		    ppoll(&pfd, 1, NULL, line->wait_mask) < 0)
			return errno == EINTR
				       ? -1
				       : err_set_errno(err, "%s", line->name);
		n = read(line->fd, ret, 1);
		if (n >= 0)
			return (int)n;
		if (errno != EINTR || signals_caught())
			return err_set_errno(err, "%s", line->name);
	}
}

static enum form form_of(const struct line *line)
{
	const uint8_t *p = line->raw->data;

	if (line->len < 2)
		return FORM_BYTES;
	if (p[0] == 0xff && p[1] == 0xfe)
		return FORM_UTF16LE;
	return p[0] == 0xfe && p[1] == 0xff ? FORM_UTF16BE : FORM_BYTES;
}

/* Do the last bytes read end the line? */
static bool at_line_end(const struct line *line)
{
	const enum form form = form_of(line);
	const uint8_t *end = line->raw->data + line->len;

	if (form == FORM_BYTES)
		return end[-1] == '\n';
	if (line->len % 2 != 0)
		return false;
	return form == FORM_UTF16LE ? end[-2] == '\n' && end[-1] == 0
				    : end[-2] == 0 && end[-1] == '\n';
}

/* Reads byte by byte: what follows is the next secret of the descriptor. */
static int read_raw(struct line *line, size_t limit, struct shvm_err *err)
{
	for (;;) {
		uint8_t c;
		int n = next_byte(line, &c, err);

		if (n < 0)
			return n;
		if (n == 0 && line->len == 0)
			return REFUSE(err, "%s: contains no passphrase",
				      line->name);
		if (n == 0)
			return SHVM_OK;
		if (line->len == line->raw->size)
			return REFUSE(
				err,
				"%s: the passphrase is longer than %zu bytes",
				line->name, limit);
		line->raw->data[line->len++] = c;
		if (at_line_end(line))
			return SHVM_OK;
	}
}

static int decode(const struct line *line, struct buf *ret,
		  struct shvm_err *err)
{
	if (!utf16_marked_to_utf8(line->raw->data, line->len, ret, NULL))
		return REFUSE(err,
			      "%s: the passphrase is not well-formed UTF-16",
			      line->name);
	while (ret->len > 0 && (ret->data[ret->len - 1] == '\n' ||
				ret->data[ret->len - 1] == '\r'))
		ret->len--;
	return buf_check(ret, "passphrase", err);
}

static int check(const struct line *line, const struct buf *text, size_t limit,
		 struct shvm_err *err)
{
	if (text->len == 0 && line->raw->data[line->len - 1] != '\n' &&
	    line->raw->data[line->len - 1] != 0)
		return REFUSE(err, "%s: contains no passphrase", line->name);
	if (text->len > limit)
		return REFUSE(err,
			      "%s: the passphrase is longer than %zu bytes",
			      line->name, limit);
	if (text->len > 0 && memchr(text->data, 0, text->len))
		return REFUSE(
			err,
			"%s: the passphrase contains a NUL: save it as UTF-8, or as UTF-16 with a byte order mark",
			line->name);
	if (utf8_has_control(text->data, text->len))
		return REFUSE(err,
			      "%s: the passphrase contains a control character",
			      line->name);
	return SHVM_OK;
}

int secret_line_read(int fd, const char *name, const sigset_t *wait_mask,
		     char *buf, size_t size, struct shvm_err *err)
{
	const size_t limit = size < SECRET_PASSPHRASE_MAX
				     ? size
				     : (size_t)SECRET_PASSPHRASE_MAX;
	AUTO(secret_ptr) raw = NULL;
	AUTO_DONE(buf) text = { .wipe = true };
	struct line line = { fd, name, wait_mask, NULL, 0 };

	/* Two bytes per unit, a byte order mark, and the line end. */
	TRY(secret_new(2 * limit + 8, &raw, err));
	line.raw = raw;
	TRY(read_raw(&line, limit, err));
	TRY(decode(&line, &text, err));
	TRY(check(&line, &text, limit, err));
	if (text.len > 0)
		memcpy(buf, text.data, text.len);
	return (int)text.len;
}
