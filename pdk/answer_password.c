/* SPDX-License-Identifier: MIT */
/*
 * Another password in an answer file that is there, whoever wrote it: all other
 * bytes stay. So the text is walked tag by tag instead of being parsed and
 * written anew; what is not plain UTF-8 with balanced tags is refused.
 */
#include "base/utf16.h"
#include "base/utf8.h"
#include "pdk/answer.h"

#include <string.h>

enum place_id {
	ADMIN_VALUE,
	ADMIN_PLAIN,
	LOCAL_VALUE,
	LOCAL_PLAIN,
	ROOT_PASSWORD,
	PLACES
};

#define ACCOUNTS "/unattend/settings/component/UserAccounts"
static const char *const place_paths[PLACES] = {
	[ADMIN_VALUE] = ACCOUNTS "/AdministratorPassword/Value",
	[ADMIN_PLAIN] = ACCOUNTS "/AdministratorPassword/PlainText",
	[LOCAL_VALUE] = ACCOUNTS "/LocalAccounts/LocalAccount/Password/Value",
	[LOCAL_PLAIN] =
		ACCOUNTS "/LocalAccounts/LocalAccount/Password/PlainText",
	[ROOT_PASSWORD] =
		"/LinuxOSSpecialization/OSConfiguration/Users/User/Password",
};

/* What stands between an element's tags, and how many such elements there are. */
struct place {
	size_t from, to, count;
};

struct walk {
	const char *text;
	size_t len, at;
	char path[256]; /* "/a/b": local names of the elements around */
	size_t path_len;
	size_t content; /* where the innermost element's content begins */
	struct place places[PLACES];
};

#define BAD(err, ...) err_set(err, SHVM_E_ARG, "answer file: " __VA_ARGS__)

/* Go behind these words; false when they do not come. */
static bool skip_past(struct walk *w, const char *words)
{
	const char *p =
		memmem(w->text + w->at, w->len - w->at, words, strlen(words));

	if (!p)
		return false;
	w->at = (size_t)(p - w->text) + strlen(words);
	return true;
}

static bool starts_with(const struct walk *w, const char *words)
{
	const size_t n = strlen(words);

	return n <= w->len - w->at && memcmp(w->text + w->at, words, n) == 0;
}

static bool push(struct walk *w, const char *name, size_t len)
{
	const char *colon = memchr(name, ':', len);

	if (colon) {
		len -= (size_t)(colon + 1 - name);
		name = colon + 1;
	}
	if (len == 0 || len >= sizeof(w->path) - w->path_len - 1)
		return false;
	w->path[w->path_len++] = '/';
	memcpy(w->path + w->path_len, name, len);
	w->path_len += len;
	w->path[w->path_len] = '\0';
	return true;
}

static void pop(struct walk *w)
{
	while (w->path_len > 0 && w->path[--w->path_len] != '/')
		;
	w->path[w->path_len] = '\0';
}

/* The name at the front ends the path as its last element. */
static bool is_last(const struct walk *w, const char *name, size_t len)
{
	const char *colon = memchr(name, ':', len);
	const char *last = strrchr(w->path, '/');

	if (colon) {
		len -= (size_t)(colon + 1 - name);
		name = colon + 1;
	}
	return last && strlen(last + 1) == len &&
	       memcmp(last + 1, name, len) == 0;
}

/* At the end tag that begins at from. */
static void leave(struct walk *w, size_t from)
{
	for (int i = 0; i < PLACES; i++)
		if (strcmp(w->path, place_paths[i]) == 0) {
			w->places[i].from = w->content;
			w->places[i].to = from;
			w->places[i].count++;
		}
	pop(w);
}

/* Behind the ">" of a start tag; its values may hold one. */
static bool skip_attributes(struct walk *w, bool *empty)
{
	char quote = '\0';

	for (; w->at < w->len; w->at++) {
		const char c = w->text[w->at];

		if (quote) {
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '>') {
			*empty = w->text[w->at - 1] == '/';
			w->at++;
			return true;
		}
	}
	return false;
}

/* One piece of markup, at which the walk stands. */
static bool walk_tag(struct walk *w)
{
	const size_t from = w->at;
	bool end, empty = false;
	const char *name;
	size_t len;

	if (starts_with(w, "<!--"))
		return skip_past(w, "-->");
	if (starts_with(w, "<![CDATA["))
		return skip_past(w, "]]>");
	if (starts_with(w, "<?"))
		return skip_past(w, "?>");
	if (starts_with(w, "<!"))
		return false; /* a document type */
	end = starts_with(w, "</");
	w->at += end ? 2 : 1;
	name = w->text + w->at;
	while (w->at < w->len && !strchr(" \t\r\n/>", w->text[w->at]))
		w->at++;
	len = (size_t)(w->text + w->at - name);
	if (end) {
		if (len == 0 || !is_last(w, name, len) || !skip_past(w, ">"))
			return false;
		leave(w, from);
		return true;
	}
	if (!push(w, name, len) || !skip_attributes(w, &empty))
		return false;
	if (empty)
		pop(w);
	else
		w->content = w->at;
	return true;
}

static int walk_text(struct walk *w, struct shvm_err *err)
{
	const char *p;

	if (!utf8_is_valid((const uint8_t *)w->text, w->len))
		return BAD(err, "is not UTF-8, its password cannot be changed");
	while (w->at < w->len &&
	       (p = memchr(w->text + w->at, '<', w->len - w->at)) != NULL) {
		w->at = (size_t)(p - w->text);
		if (!walk_tag(w))
			return BAD(
				err,
				"is not plain XML at byte %zu, its password cannot be changed",
				(size_t)(p - w->text));
	}
	if (w->path_len > 0)
		return BAD(err, "is cut off, its password cannot be changed");
	return SHVM_OK;
}

/* The one password that there is, and PlainText beside it, if it has one. */
static int choose(const struct walk *w, bool windows, enum place_id *ret,
		  struct shvm_err *err)
{
	const struct place *p = w->places;
	const size_t count =
		windows ? p[ADMIN_VALUE].count + p[LOCAL_VALUE].count
			: p[ROOT_PASSWORD].count;
	enum place_id id = ROOT_PASSWORD;

	if (windows)
		id = p[ADMIN_VALUE].count > 0 ? ADMIN_VALUE : LOCAL_VALUE;
	if (count != 1 || (windows && p[id + 1].count != 1))
		return BAD(
			err,
			"has %zu passwords of %s and not one, make it anew to change it",
			count, windows ? "an account" : "root");
	if (memchr(w->text + p[id].from, '<', p[id].to - p[id].from))
		return BAD(err, "has more than text in its password");
	*ret = id;
	return SHVM_OK;
}

/* Append the text from *at to the place, then what comes there instead. */
static void replace(const struct walk *w, const struct place *p,
		    const void *with, size_t len, size_t *at, struct buf *ret)
{
	buf_add(ret, w->text + *at, p->from - *at);
	buf_add(ret, with, len);
	*at = p->to;
}

/* The password as the file has it. */
static int encode(enum place_id id, const struct secret *password,
		  struct buf *ret, struct shvm_err *err)
{
	if (id != ROOT_PASSWORD)
		return answer_hide_password(password,
					    id == ADMIN_VALUE
						    ? "AdministratorPassword"
						    : "Password",
					    ret, err);
	buf_add_base64(ret, password->data, password->size);
	return SHVM_OK;
}

static int put(const struct walk *w, enum place_id id,
	       const struct secret *password, struct buf *ret,
	       struct shvm_err *err)
{
	/* PlainText stands beside a Value, on either side. */
	const struct place *value = &w->places[id];
	const struct place *plain = id == ROOT_PASSWORD ? NULL : value + 1;
	AUTO_DONE(buf) text = { .wipe = true };
	size_t at = 0;
	int r;

	r = encode(id, password, &text, err);
	if (r == SHVM_OK)
		r = buf_check(&text, "answer file", err);
	if (r < 0)
		return r;
	if (plain && plain->from < value->from)
		replace(w, plain, "false", 5, &at, ret);
	replace(w, value, text.data, text.len, &at, ret);
	if (plain && plain->from > value->from)
		replace(w, plain, "false", 5, &at, ret);
	buf_add(ret, w->text + at, w->len - at);
	return buf_check(ret, "answer file", err);
}

int answer_set_password(const struct buf *xml, bool windows,
			const struct secret *password, struct buf *ret,
			struct shvm_err *err)
{
	struct walk w = { .text = (const char *)xml->data, .len = xml->len };
	AUTO_DONE(buf) b = { .wipe = true };
	enum place_id id = ROOT_PASSWORD;
	int r;

	r = walk_text(&w, err);
	if (r < 0)
		return r;
	r = choose(&w, windows, &id, err);
	if (r < 0)
		return r;
	r = put(&w, id, password, &b, err);
	if (r < 0)
		return r;
	*ret = b;
	b = (struct buf){ 0 };
	return SHVM_OK;
}
