/* SPDX-License-Identifier: MIT */
/* Finds substitution tokens in answer files and puts in the fabric's values. */
#include "base/line.h"
#include "pdk/fabric.h"
#include "pdk/text.h"

#include <string.h>

enum {
	TOKENS_MAX = 10000 /* in one text; ours */
};

void tokens_done(struct tokens *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->items[i]);
	free(t->items);
	*t = (struct tokens){ 0 };
}

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* Length of the token at the front, both @ counted; 0 for none. */
static size_t token_length(const char *text, size_t len)
{
	size_t n = 1;

	if (len < 3 || text[0] != '@')
		return 0;
	while (n < len && n + 1 < FABRIC_KEY_MAX && is_token_char(text[n]))
		n++;
	return n > 1 && n < len && text[n] == '@' ? n + 1 : 0;
}

static int tokens_add(struct tokens *t, const char *text, size_t len,
		      struct shvm_err *err)
{
	char **items;

	for (size_t i = 0; i < t->count; i++)
		if (strlen(t->items[i]) == len &&
		    memcmp(t->items[i], text, len) == 0)
			return SHVM_OK;
	if (t->count >= TOKENS_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "more than %d substitution keys", TOKENS_MAX);
	items = realloc(t->items, (t->count + 1) * sizeof(*items));
	if (!items)
		return err_nomem(err, "substitution keys");
	t->items = items;
	items[t->count] = text_copy(text, len);
	if (!items[t->count])
		return err_nomem(err, "substitution keys");
	t->count++;
	return SHVM_OK;
}

int fabric_scan(const void *text, size_t len, struct tokens *ret,
		struct shvm_err *err)
{
	const char *s = text;
	AUTO_DONE(tokens) t = { 0 };
	size_t at = 0;

	while (at < len) {
		const char *p = memchr(s + at, '@', len - at);
		size_t n;
		int r;

		if (!p)
			break;
		at = (size_t)(p - s);
		n = token_length(p, len - at);
		if (n == 0) {
			at++;
			continue;
		}
		r = tokens_add(&t, p, n, err);
		if (r < 0)
			return r;
		at += n;
	}
	*ret = t;
	t = (struct tokens){ 0 };
	return SHVM_OK;
}

int fabric_check_complete(const struct shvm_fabric *f, const void *text,
			  size_t len, struct shvm_err *err)
{
	AUTO_DONE(tokens) t = { 0 };
	AUTO_DONE(buf) missing = { 0 };
	int r;

	r = fabric_scan(text, len, &t, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < t.count; i++)
		if (!fabric_value(f, t.items[i]))
			buf_printf(&missing, "%s%s", missing.len ? ", " : "",
				   t.items[i]);
	if (missing.len > 0)
		buf_add(&missing, "", 1);
	r = buf_check(&missing, "substitution keys", err);
	if (r < 0)
		return r;
	if (missing.len > 0)
		return err_reason(err, SHVM_E_VERIFY, "answer-file-incomplete",
				  "answer file: no value for %.*s",
				  LINE_FIT((const char *)missing.data, 400));
	return SHVM_OK;
}

/* The pair with the longest key that stands at the front; NULL for none. */
static const struct fabric_pair *longest_match(const struct shvm_fabric *f,
					       const uint8_t *text, size_t len)
{
	const struct fabric_pair *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < f->count; i++) {
		const size_t n = strlen(f->pairs[i].key);

		if (n > best_len && n <= len &&
		    shvm_fabric_key_is_token(f->pairs[i].key) &&
		    memcmp(f->pairs[i].key, text, n) == 0) {
			best = &f->pairs[i];
			best_len = n;
		}
	}
	return best;
}

int fabric_substitute(const struct shvm_fabric *f, const struct buf *text,
		      bool xml, struct buf *ret, size_t *count,
		      struct shvm_err *err)
{
	size_t at = 0, from = 0;

	while (at < text->len) {
		const uint8_t *p = memchr(text->data + at, '@', text->len - at);
		const struct fabric_pair *pair;

		if (!p)
			break;
		at = (size_t)(p - text->data);
		pair = longest_match(f, p, text->len - at);
		if (!pair) {
			at++;
			continue;
		}
		buf_add(ret, text->data + from, at - from);
		if (xml)
			text_add_xml(ret, pair->value, strlen(pair->value), 0);
		else
			buf_add_text(ret, pair->value);
		at += strlen(pair->key);
		from = at;
		(*count)++;
		if (ret->len > FABRIC_RESULT_MAX)
			return err_set(err, SHVM_E_ARG,
				       "substitution makes more than %d bytes",
				       FABRIC_RESULT_MAX);
	}
	if (from < text->len)
		buf_add(ret, text->data + from, text->len - from);
	return buf_check(ret, "substitution", err);
}
