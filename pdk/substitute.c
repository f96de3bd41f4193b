/* SPDX-License-Identifier: MIT */
/* Lists the placeholders of a file and replaces them by the fabric's values. */
#include "base/array.h"
#include "base/line.h"
#include "base/match.h"
#include "pdk/fabric.h"
#include "pdk/markup.h"
#include "pdk/text.h"

#include <string.h>

void tokens_done(struct tokens *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->items[i]);
	free(t->items);
	*t = (struct tokens){ 0 };
}

static int tokens_add(struct tokens *t, const char *text, size_t len,
		      struct shvm_err *err)
{
	for (size_t i = 0; i < t->count; i++)
		if (text_is(text, len, t->items[i]))
			return SHVM_OK;
	/* Fabric data could not have a value for each. */
	if (t->count >= FABRIC_PAIRS_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "more than %d different placeholders",
			       FABRIC_PAIRS_MAX);
	TRY(err_null(err, ARRAY_GROW(t->items, t->count), "placeholders"));
	t->items[t->count] = text_copy(text, len);
	TRY(err_null(err, t->items[t->count], "placeholders"));
	t->count++;
	return SHVM_OK;
}

int fabric_scan(enum placeholder_form form, const void *text, size_t len,
		struct tokens *t, struct shvm_err *err)
{
	AUTO_DONE(placeholders) found = { 0 };

	TRY(placeholders_find(form, text, len, &found, err));
	for (size_t i = 0; i < found.count; i++)
		TRY(tokens_add(t, (const char *)text + found.items[i].at,
			       found.items[i].len, err));
	return SHVM_OK;
}

int fabric_check_complete(const struct shvm_fabric *f, const struct tokens *t,
			  struct shvm_err *err)
{
	AUTO_DONE(buf) missing = { 0 };

	for (size_t i = 0; i < t->count; i++)
		if (!fabric_value(f, t->items[i]))
			buf_printf(&missing, "%s%s", missing.len ? ", " : "",
				   t->items[i]);
	if (missing.len > 0)
		buf_add(&missing, "", 1);
	TRY(buf_check(&missing, "placeholders", err));
	if (missing.len > 0)
		return err_reason(err, SHVM_E_VERIFY, "answer-file-incomplete",
				  "answer file: no value for %.*s",
				  LINE_FIT((const char *)missing.data, 400));
	return SHVM_OK;
}

static const char *value_of(const struct shvm_fabric *f, const char *key,
			    size_t len)
{
	for (size_t i = 0; f && i < f->count; i++)
		if (text_is(key, len, f->pairs[i].key))
			return f->pairs[i].value;
	return NULL;
}

/* If escaping is not possible, only harmless characters are allowed. */
static bool is_plain(const char *value, bool blanks)
{
	for (const char *p = value; *p; p++) {
		const char c = *p;

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && !strchr("._:/+-", c) &&
		    !(blanks && c == ' '))
			return false;
	}
	return true;
}

static int add_value(const struct placeholder *p, const char *value,
		     struct buf *ret, struct shvm_err *err)
{
	switch (p->context) {
	case PLACEHOLDER_IN_TEXT:
		text_add_xml(ret, value, strlen(value), 0);
		return SHVM_OK;
	case PLACEHOLDER_IN_CDATA:
		if (!strpbrk(value, "&<>]")) {
			buf_add_text(ret, value);
			return SHVM_OK;
		}
		/* Close the section and open another one. */
		buf_add_text(ret, "]]>");
		text_add_xml(ret, value, strlen(value), 0);
		buf_add_text(ret, "<![CDATA[");
		return SHVM_OK;
	case PLACEHOLDER_IN_QUOTES:
		if (!is_plain(value, true))
			return err_set(
				err, SHVM_E_VERIFY,
				"has other characters than letters, digits, blanks and . _ : / + -, and YAML is filled in");
		break;
	case PLACEHOLDER_IN_SCRIPT:
		if (!is_plain(value, false) || value[0] == '-')
			return err_set(
				err, SHVM_E_VERIFY,
				"has other characters than letters, digits and . _ : / + -, or begins with -, and a script is filled in");
		break;
	}
	buf_add_text(ret, value);
	return SHVM_OK;
}

static int put_all(const struct shvm_fabric *f,
		   const struct placeholders *found, const struct buf *text,
		   struct buf *ret, struct shvm_err *err)
{
	const char *s = (const char *)text->data;
	size_t from = 0;

	for (size_t i = 0; i < found->count; i++) {
		const struct placeholder *p = &found->items[i];
		const char *value = value_of(f, s + p->at, p->len);

		if (!value)
			return err_reason(err, SHVM_E_VERIFY,
					  "answer-file-incomplete",
					  "no value for %.*s", (int)p->len,
					  s + p->at);
		buf_add(ret, s + from, p->at - from);
		if (add_value(p, value, ret, err) < 0) {
			if (err)
				err->reason = "value-refused";
			return err_prefix(err, SHVM_E_VERIFY,
					  "line %u: the value of %.*s",
					  markup_line(s, p->at), (int)p->len,
					  s + p->at);
		}
		from = p->at + p->len;
		if (ret->len > FABRIC_RESULT_MAX)
			return err_reason(err, SHVM_E_VERIFY, "value-refused",
					  "the values make more than %d bytes",
					  FABRIC_RESULT_MAX);
	}
	buf_add(ret, s + from, text->len - from);
	return buf_check(ret, "substitution", err);
}

int fabric_substitute(const struct shvm_fabric *f, enum placeholder_form form,
		      const struct buf *text, struct buf *ret, size_t *count,
		      struct shvm_err *err)
{
	AUTO_DONE(placeholders) found = { 0 };

	TRY(placeholders_find(form, (const char *)text->data, text->len, &found,
			      err));
	TRY(put_all(f, &found, text, ret, err));
	*count += found.count;
	return SHVM_OK;
}
