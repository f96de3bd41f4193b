/* SPDX-License-Identifier: MIT */
/* Finds places that still contain a replaced password. */
#include "base/encode.h"
#include "base/match.h"
#include "base/utf16.h"
#include "pdk/answer_password.h"
#include "pdk/markup.h"

#include <string.h>

enum {
	/* Shorter text is only compared as a whole, since it would be part of
	 * many words. Our choice. */
	SHORT_PASSWORD = 4,
	WARNINGS_MAX = 20
};

/* One password in the forms to search. */
struct forms {
	struct buf text, wide;
	struct buf hidden[5]; /* base64, of UTF-16LE and, the last, of UTF-8 */
};

static void forms_done(struct forms *f)
{
	buf_done(&f->text);
	buf_done(&f->wide);
	for (size_t i = 0; i < ARRAY_SIZE(f->hidden); i++)
		buf_done(&f->hidden[i]);
}

static void add_hidden(const char *password, const char *suffix,
		       struct buf *ret)
{
	AUTO_DONE(buf) wide = { .wipe = true };

	ret->wipe = true;
	if (!utf16_from_utf8(password, strlen(password), &wide) ||
	    !utf16_from_utf8(suffix, strlen(suffix), &wide))
		return; /* a Linux password that is not UTF-8 */
	ret->failed = ret->failed || wide.failed;
	base64_encode(ret, wide.data, wide.len);
}

static int forms_init(struct forms *f, const char *password,
		      struct shvm_err *err)
{
	f->text.wipe = f->wide.wipe = f->hidden[4].wipe = true;
	buf_add_text(&f->text, password);
	(void)utf16_from_utf8(password, strlen(password), &f->wide);
	add_hidden(password, "Password", &f->hidden[0]);
	add_hidden(password, "AdministratorPassword", &f->hidden[1]);
	add_hidden(password, "OfflineAdministratorPassword", &f->hidden[2]);
	add_hidden(password, "", &f->hidden[3]);
	base64_encode(&f->hidden[4], password, strlen(password));
	TRY(buf_check(&f->text, "password", err));
	TRY(buf_check(&f->wide, "password", err));
	for (size_t i = 0; i < ARRAY_SIZE(f->hidden); i++)
		TRY(buf_check(&f->hidden[i], "password", err));
	return SHVM_OK;
}

static bool has(const void *data, size_t len, const struct buf *what)
{
	return what->len > 0 && len >= what->len &&
	       memmem(data, len, what->data, what->len);
}

static bool is_all(const char *text, size_t len, const struct buf *what)
{
	text_trim(&text, &len);
	return len == what->len && memcmp(text, what->data, len) == 0;
}

static bool is_in(const void *data, size_t len, const struct forms *f)
{
	if (is_all(data, len, &f->text))
		return true;
	if (f->text.len >= SHORT_PASSWORD &&
	    (has(data, len, &f->text) || has(data, len, &f->wide)))
		return true;
	/* Base64 of few bytes may be part of other words, too. */
	for (size_t i = 0; i < ARRAY_SIZE(f->hidden); i++)
		if (is_all(data, len, &f->hidden[i]) ||
		    (f->hidden[i].len >= 16 && has(data, len, &f->hidden[i])))
			return true;
	return false;
}

/* Searches texts, tags with the values of their attributes, and also comments,
 * since they can be read, too. */
static int search_xml(const struct buf *xml, const struct forms *f,
		      size_t *count, const struct notes *notes,
		      struct shvm_err *err)
{
	const char *s = (const char *)xml->data;
	struct markup_reader reader = { s, xml->len, 0 };
	struct markup m;

	while (markup_next(&reader, &m) > 0) {
		AUTO_DONE(buf) text = { .wipe = true };

		if (m.kind == MARKUP_END)
			continue;
		if (m.kind == MARKUP_CDATA || m.kind == MARKUP_COMMENT)
			buf_add(&text, s + m.inner_from,
				m.inner_to - m.inner_from);
		else
			markup_decode_text(s, m.from, m.to, &text);
		TRY(buf_check(&text, "answer file", err));
		if (text.len > 0 && is_in(text.data, text.len, f) &&
		    (*count)++ < WARNINGS_MAX)
			notes_warn(
				notes,
				"answer file: line %u: still has the old password",
				markup_line(s, m.from));
	}
	return SHVM_OK;
}

int old_passwords_warn(const struct old_passwords *old, const struct payload *p,
		       const struct notes *notes, struct shvm_err *err)
{
	const char *at = (const char *)old->texts.data;
	size_t left = old->texts.len, count = 0;

	while (left > 0) {
		const size_t n = strlen(at) + 1;
		AUTO_DONE(forms) f = { 0 };
		bool again = false;

		for (const char *s = (const char *)old->texts.data; s < at;
		     s += strlen(s) + 1)
			again = again || strcmp(s, at) == 0;
		TRY(again ? SHVM_OK : forms_init(&f, at, err));
		if (!again && p->answer.name)
			TRY(search_xml(&p->answer.data, &f, &count, notes,
				       err));
		for (size_t i = 0; !again && i < p->count; i++) {
			const struct payload_file *file = &p->files[i];

			if (file->data.len > 0 &&
			    is_in(file->data.data, file->data.len, &f) &&
			    count++ < WARNINGS_MAX)
				notes_warn(
					notes,
					"file \"%s\": still has the old password",
					file->name);
		}
		at += n;
		left -= n;
	}
	if (count > WARNINGS_MAX)
		notes_warn(notes, "the old password is in %zu more places",
			   count - WARNINGS_MAX);
	return SHVM_OK;
}
