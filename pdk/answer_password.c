/* SPDX-License-Identifier: MIT */
/*
 * Changes a password in an existing answer file of any origin; all other bytes are
 * kept.
 */
#include "pdk/answer_password.h"

#include "base/array.h"
#include "base/encode.h"
#include "base/match.h"
#include "base/utf16.h"
#include "pdk/answer.h"
#include "pdk/answer_accounts.h"
#include "pdk/markup.h"

#include <string.h>
#include <strings.h>

void old_passwords_done(struct old_passwords *old)
{
	buf_done(&old->texts);
}

/* A replacement of bytes; they do not overlap. */
struct edit {
	size_t from, to;
	struct buf with;
};

struct edits {
	struct edit *items;
	size_t count;
};

static void edits_done(struct edits *e)
{
	for (size_t i = 0; i < e->count; i++)
		buf_done(&e->items[i].with);
	free(e->items);
}

/* Adds a replacement, whose text the caller writes. */
static struct buf *edits_add(struct edits *e, size_t from, size_t to)
{
	if (!ARRAY_GROW(e->items, e->count))
		return NULL;
	e->items[e->count] = (struct edit){ from, to, { .wipe = true } };
	return &e->items[e->count++].with;
}

static int compare_edits(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static int edits_apply(struct edits *e, const struct buf *text, struct buf *ret,
		       struct shvm_err *err)
{
	size_t at = 0;

	if (e->count > 0)
		qsort(e->items, e->count, sizeof(*e->items), compare_edits);
	ret->wipe = true;
	for (size_t i = 0; i < e->count; i++) {
		const struct edit *edit = &e->items[i];

		TRY(buf_check(&edit->with, "answer file", err));
		buf_add(ret, text->data + at, edit->from - at);
		buf_add(ret, edit->with.data, edit->with.len);
		at = edit->to;
	}
	buf_add(ret, text->data + at, text->len - at);
	return buf_check(ret, "answer file", err);
}

/* The name of the account if it sets a password; else "". */
static const char *name_with_password(const struct account *a)
{
	return a->user && account_sets_password(a) ? a->user : "";
}

/* "Administrator, tenant": the accounts with a password, each once. */
static void list_names(const struct accounts *all, struct buf *ret)
{
	for (size_t i = 0; i < all->count; i++) {
		const char *name = name_with_password(&all->items[i]);
		bool again = !*name;

		for (size_t k = 0; k < i; k++)
			if (strcasecmp(name_with_password(&all->items[k]),
				       name) == 0)
				again = true;
		if (!again)
			buf_printf(ret, "%s%.64s", ret->len > 0 ? ", " : "",
				   name);
	}
}

/* The account whose password to change, spelled as in the file. */
static int choose(const struct accounts *all, const char *wanted,
		  const char **ret, struct shvm_err *err)
{
	AUTO_DONE(buf) names = { 0 };
	const char *found = NULL;
	bool several = false;

	for (size_t i = 0; i < all->count; i++) {
		const struct account *a = &all->items[i];

		if (!account_sets_password(a) ||
		    (wanted && strcasecmp(a->user, wanted) != 0))
			continue;
		several = several || (found && strcasecmp(found, a->user) != 0);
		found = a->user;
	}
	if (found && !several) {
		*ret = found;
		return SHVM_OK;
	}
	list_names(all, &names);
	buf_add_zeros(&names, 1);
	TRY(buf_check(&names, "accounts", err));
	if (several)
		return err_reason(
			err, SHVM_E_ARG, "several-accounts",
			"answer file: has passwords of several accounts: %.300s",
			(const char *)names.data);
	if (names.len > 1)
		return err_reason(
			err, SHVM_E_ARG, "no-account",
			"answer file: has no password of %.64s, only of %.300s",
			wanted, (const char *)names.data);
	return err_reason(err, SHVM_E_ARG, "no-account",
			  "answer file: has no password of an account");
}

/* What is appended to the password in an encoded Value. */
static const char *suffix_of(const struct account *a)
{
	if (a->kind == ACCOUNT_ADMINISTRATOR ||
	    a->kind == ACCOUNT_OFFLINE_ADMINISTRATOR)
		return account_element(a);
	return "Password";
}

/* Base64 of UTF-16LE of the password and a suffix. */
static bool unhide(const struct buf *hidden, const char *suffix,
		   struct buf *ret)
{
	const size_t n = strlen(suffix);
	AUTO_DONE(buf) wide = { .wipe = true };
	AUTO_DONE(buf) text = { .wipe = true };

	if (base64_decode((const char *)hidden->data, hidden->len, "password",
			  &wide, NULL) < 0 ||
	    !utf16_to_utf8(wide.data, wide.len, &text) || text.failed ||
	    text.len < n || memcmp(text.data + text.len - n, suffix, n) != 0)
		return false;
	buf_add(ret, text.data, text.len - n);
	return true;
}

static bool is_false(const struct buf *text, const struct element *e)
{
	AUTO_DONE(buf) b = { 0 };
	const char *value;

	if (e->count == 0 || !markup_decode((const char *)text->data,
					    e->inner_from, e->inner_to, &b))
		return false;
	value = (const char *)b.data;
	text_trim(&value, &b.len);
	return b.len >= 5 && strncasecmp(value, "false", 5) == 0;
}

static int keep_old(const struct buf *text, const struct account *a,
		    struct old_passwords *old, struct shvm_err *err)
{
	AUTO_DONE(buf) value = { .wipe = true };
	AUTO_DONE(buf) clear = { .wipe = true };
	bool is_hidden;

	if (!markup_decode((const char *)text->data, a->value.inner_from,
			   a->value.inner_to, &value))
		return err_set(
			err, SHVM_E_FORMAT,
			"answer file: line %u: the password in %s is not text",
			a->line, account_element(a));
	if (a->kind == ACCOUNT_LINUX)
		is_hidden = base64_decode((const char *)value.data, value.len,
					  "password", &clear, NULL) == SHVM_OK;
	else
		is_hidden = is_false(text, &a->plain) &&
			    unhide(&value, suffix_of(a), &clear);
	if (!is_hidden) {
		clear.len = 0;
		buf_add(&clear, value.data, value.len);
	}
	TRY(buf_check(&clear, "password", err));
	old->texts.wipe = true;
	if (clear.len > 0 && !memchr(clear.data, 0, clear.len)) {
		buf_add(&old->texts, clear.data, clear.len);
		buf_add_zeros(&old->texts, 1);
	}
	return buf_check(&old->texts, "password", err);
}

/* Sets the text of an element; an empty-element tag is split. */
static int put(struct edits *edits, const struct buf *text,
	       const struct element *e, const struct buf *with,
	       struct shvm_err *err)
{
	const char *s = (const char *)text->data;
	const bool is_empty = e->inner_from == e->to;
	struct buf *b = is_empty ? edits_add(edits, e->to - 2, e->to)
				 : edits_add(edits, e->inner_from, e->inner_to);
	size_t name = e->prefix;

	TRY(err_null(err, b, "answer file"));
	if (!is_empty) {
		buf_add(b, with->data, with->len);
		return SHVM_OK;
	}
	while (!strchr(" \t\r\n/>", s[name]))
		name++;
	buf_add_text(b, ">");
	buf_add(b, with->data, with->len);
	buf_add_text(b, "</");
	buf_add(b, s + e->prefix, name - e->prefix);
	buf_add_text(b, ">");
	return SHVM_OK;
}

/* PlainText exists and is "false". */
static int put_plain(struct edits *edits, const struct buf *text,
		     const struct account *a, struct shvm_err *err)
{
	const struct element *e = &a->value;
	AUTO_DONE(buf) word = { 0 };
	struct buf *b;

	buf_add_text(&word, "false");
	if (a->plain.count > 0)
		return put(edits, text, &a->plain, &word, err);
	b = edits_add(edits, e->to, e->to);
	TRY(err_null(err, b, "answer file"));
	buf_add_text(b, "<");
	buf_add(b, text->data + e->prefix, e->prefix_len);
	buf_add_text(b, "PlainText>false</");
	buf_add(b, text->data + e->prefix, e->prefix_len);
	buf_add_text(b, "PlainText>");
	return SHVM_OK;
}

static int change_one(const struct buf *text, const struct account *a,
		      const struct password_change *c, struct edits *edits,
		      struct old_passwords *old, struct shvm_err *err)
{
	AUTO_DONE(buf) value = { .wipe = true };

	TRY(keep_old(text, a, old, err));
	if (a->kind == ACCOUNT_LINUX)
		base64_encode(&value, c->password->data, c->password->size);
	else
		TRY(answer_hide_password(c->password, suffix_of(a), &value,
					 err));
	TRY(buf_check(&value, "password", err));
	TRY(put(edits, text, &a->value, &value, err));
	if (a->kind != ACCOUNT_LINUX)
		TRY(put_plain(edits, text, a, err));
	notes_tell(
		c->notes,
		"answer file: line %u: the password of %.64s was changed in %s",
		a->line, a->user, account_element(a));
	return SHVM_OK;
}

static bool is_chosen(const struct account *a, const char *name,
		      const struct notes *notes)
{
	if (a->value.count == 0 || strcasecmp(a->user, name) != 0)
		return false;
	if (a->is_domain)
		notes_tell(
			notes,
			"answer file: line %u: AutoLogon of %.64s is that of a domain and was not changed",
			a->line, a->user);
	return !a->is_domain;
}

int answer_set_password(const struct buf *text, enum answer_system system,
			const struct password_change *change, struct buf *ret,
			struct old_passwords *old, struct shvm_err *err)
{
	const char *wanted = change->account, *name = NULL;
	AUTO_DONE(accounts) all = { 0 };
	AUTO_DONE(edits) edits = { 0 };
	AUTO_DONE(buf) b = { .wipe = true };

	if (system == ANSWER_LINUX && !wanted)
		wanted = "root";
	TRY(accounts_find(text, &all, err));
	TRY(choose(&all, wanted, &name, err));
	for (size_t i = 0; i < all.count; i++)
		if (is_chosen(&all.items[i], name, change->notes))
			TRY(change_one(text, &all.items[i], change, &edits, old,
				       err));
	TRY(edits_apply(&edits, text, &b, err));
	*ret = MOVE(b);
	return SHVM_OK;
}
