/* SPDX-License-Identifier: MIT */
/* Reads an answer file in the encodings of Windows editors; returns UTF-8. */
#include "pdk/answer_file.h"

#include "base/match.h"
#include "base/utf16.h"
#include "base/utf8.h"
#include "pdk/payload.h"
#include "pdk/user_data.h"

#include <string.h>
#include <strings.h>

#define REASON "answer-file-invalid"
#define INVALID(err, ...)                                                      \
	err_reason(err, SHVM_E_FORMAT, REASON, "answer file: " __VA_ARGS__)

static bool begins(const uint8_t *data, size_t len, const char *with,
		   size_t with_len)
{
	return len >= with_len && memcmp(data, with, with_len) == 0;
}

/* The text as it is encoded now; *ret_wide: it was UTF-16. */
static int decode(const uint8_t *data, size_t len, struct buf *ret,
		  bool *ret_wide, struct shvm_err *err)
{
	if (begins(data, len, "<\0", 2) || begins(data, len, "\0<", 2) ||
	    begins(data, len, "#\0", 2) || begins(data, len, "\0#", 2))
		return INVALID(
			err,
			"is UTF-16 without a byte order mark: save it as UTF-8");
	if (!utf16_marked_to_utf8(data, len, ret, ret_wide))
		return INVALID(err, "is not well-formed UTF-16, or cut off");
	return buf_check(ret, "answer file", err);
}

/* The position of the encoding's name in an XML declaration; 0: none. */
static size_t find_encoding(const struct buf *text, size_t *ret_len)
{
	const char *s = (const char *)text->data, *end, *p, *close;

	if (text->len < 6 || memcmp(s, "<?xml", 5) != 0)
		return 0;
	end = memmem(s, text->len, "?>", 2);
	p = end ? memmem(s, (size_t)(end - s), "encoding", 8) : NULL;
	if (!p)
		return 0;
	for (p += 8; p < end && strchr(" \t\r\n=", *p); p++)
		;
	if (p == end || (*p != '"' && *p != '\''))
		return 0;
	close = memchr(p + 1, *p, (size_t)(end - p - 1));
	if (!close)
		return 0;
	*ret_len = (size_t)(close - p - 1);
	return (size_t)(p + 1 - s);
}

static bool is_ascii(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] >= 0x80)
			return false;
	return true;
}

/* Is the declaration compatible with UTF-8? For converted UTF-16 it is replaced:
 * the byte order mark decides. */
static bool encoding_fits(const struct buf *text, const char *name, size_t len)
{
	if (len == 5 && strncasecmp(name, "utf-8", 5) == 0)
		return true;
	return ((len == 8 && strncasecmp(name, "us-ascii", 8) == 0) ||
		(len == 5 && strncasecmp(name, "ascii", 5) == 0)) &&
	       is_ascii(text);
}

static int declare_utf8(struct buf *in, bool wide, struct buf *ret,
			struct shvm_err *err)
{
	size_t len = 0, at = find_encoding(in, &len);
	const char *name = (const char *)in->data + at;

	if (at > 0 && !wide && !encoding_fits(in, name, len))
		return INVALID(
			err,
			"declares the encoding \"%.*s\": save it as UTF-8, and declare that",
			(int)(len < 40 && utf8_is_valid(name, len) ? len : 0),
			name);
	if (!utf8_is_valid(in->data, in->len))
		return INVALID(
			err,
			"is not UTF-8, or has a NUL: save it as UTF-8 (or as UTF-16 with a byte order mark)");
	if (at == 0) {
		*ret = *in;
		*in = (struct buf){ 0 };
		return SHVM_OK;
	}
	buf_add(ret, in->data, at);
	buf_add_text(ret, "UTF-8");
	buf_add(ret, name + len, in->len - at - len);
	return buf_check(ret, "answer file", err);
}

/* XML has "<" as the first character that is not white space. */
bool answer_is_user_data(const struct buf *text)
{
	const char *s = (const char *)text->data;
	size_t at = 0;

	while (at < text->len && text_is_blank(s[at]))
		at++;
	return at == text->len || s[at] != '<';
}

int answer_file_parse(const struct buf *text, struct xml_doc **ret,
		      enum answer_system *ret_system, struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;
	struct xml_node *root;
	int r;

	r = xml_parse_foreign(text->data, text->len, PAYLOAD_SIZE_MAX,
			      "answer file", &doc, err);
	if (r < 0 && r != SHVM_E_NOMEM && err)
		err->reason = REASON;
	if (r < 0)
		return r;
	root = xml_root(doc);
	if (xml_is(root, UNATTEND_NS, "unattend"))
		*ret_system = ANSWER_WINDOWS;
	else if (xml_is(root, LINUX_NS, "LinuxOSSpecialization"))
		*ret_system = ANSWER_LINUX;
	else
		return INVALID(
			err,
			"the root is <%.60s> of namespace \"%.80s\", not <unattend> of " UNATTEND_NS
			" or <LinuxOSSpecialization> of " LINUX_NS,
			xml_name(root), xml_ns(root));
	*ret = STEAL(doc);
	return SHVM_OK;
}

int answer_file_read(const void *data, size_t len, struct buf *ret,
		     enum answer_system *ret_system, struct shvm_err *err)
{
	AUTO_DONE(buf) raw = { .wipe = true };
	AUTO_DONE(buf) text = { .wipe = true };
	AUTO(xml_ptr) doc = NULL;
	bool wide;

	if (len == 0)
		return INVALID(err, "is empty");
	TRY(decode(data, len, &raw, &wide, err));
	if (answer_is_user_data(&raw)) {
		TRY(err_prefix(err,
			       err_as_reason(err, user_data_check(&raw, err),
					     SHVM_E_FORMAT, REASON),
			       "answer file"));
		*ret_system = ANSWER_CLOUD_INIT;
		*ret = MOVE(raw);
		return SHVM_OK;
	}
	TRY(declare_utf8(&raw, wide, &text, err));
	TRY(answer_file_parse(&text, &doc, ret_system, err));
	*ret = MOVE(text);
	return SHVM_OK;
}
