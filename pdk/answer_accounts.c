/* SPDX-License-Identifier: MIT */
/* Finds the passwords of accounts in an answer file. It is processed piece by
 * piece, since every other byte of the file must not change. */
#include "pdk/answer_accounts.h"

#include "base/array.h"
#include "base/match.h"
#include "pdk/markup.h"
#include "pdk/text.h"

#include <string.h>
#include <strings.h>

enum {
	ACCOUNTS_MAX = 200, /* ours */
	PATH_ROOM = 512
};

#define COMPONENT "/unattend/settings/component"
static const struct {
	const char *path, *element;
	const char *name, *domain, *value, *plain; /* below the path */
} kinds[] = {
	[ACCOUNT_ADMINISTRATOR] = { COMPONENT
				    "/UserAccounts/AdministratorPassword",
				    "AdministratorPassword", NULL, NULL,
				    "/Value", "/PlainText" },
	[ACCOUNT_LOCAL] = { COMPONENT
			    "/UserAccounts/LocalAccounts/LocalAccount",
			    "LocalAccount", "/Name", NULL, "/Password/Value",
			    "/Password/PlainText" },
	[ACCOUNT_OFFLINE_ADMINISTRATOR] = { COMPONENT
					    "/OfflineUserAccounts/"
					    "OfflineAdministratorPassword",
					    "OfflineAdministratorPassword",
					    NULL, NULL, "/Value",
					    "/PlainText" },
	[ACCOUNT_OFFLINE_LOCAL] = { COMPONENT
				    "/OfflineUserAccounts/OfflineLocalAccounts"
				    "/LocalAccount",
				    "OfflineLocalAccounts", "/Name", NULL,
				    "/Password/Value", "/Password/PlainText" },
	[ACCOUNT_LOGON] = { COMPONENT "/AutoLogon", "AutoLogon", "/Username",
			    "/Domain", "/Password/Value",
			    "/Password/PlainText" },
	[ACCOUNT_LINUX] = { "/LinuxOSSpecialization/OSConfiguration/Users/User",
			    "User", "/UserName", NULL, "/Password", NULL },
};

void accounts_done(struct accounts *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->items[i].user);
	free(a->items);
	*a = (struct accounts){ 0 };
}

const char *account_element(const struct account *a)
{
	return kinds[a->kind].element;
}

bool account_sets_password(const struct account *a)
{
	return a->kind != ACCOUNT_LOGON && a->value.count > 0;
}

/* The position: the local names of the open elements. */
struct walk {
	const char *text;
	struct accounts *accounts;
	char path[PATH_ROOM];
	size_t len;
	size_t skipped;	       /* levels below a name that is too long */
	bool open;	       /* within the last account */
	struct element at[64]; /* start tags, by level */
	size_t depth;
};

#define BAD(err, ...) err_set(err, SHVM_E_FORMAT, "answer file: " __VA_ARGS__)

static struct account *current(const struct walk *w)
{
	return w->open ? &w->accounts->items[w->accounts->count - 1] : NULL;
}

static int account_begin(struct walk *w, const struct markup *m,
			 struct shvm_err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(w->path, kinds[i].path) != 0)
			continue;
		if (w->accounts->count == ACCOUNTS_MAX)
			return BAD(err, "has more than %d accounts",
				   ACCOUNTS_MAX);
		TRY(err_null(err,
			     ARRAY_GROW(w->accounts->items, w->accounts->count),
			     "accounts"));
		w->accounts->items[w->accounts->count++] = (struct account){
			.kind = (enum account_kind)i,
			.line = markup_line(w->text, m->from),
		};
		w->open = true;
	}
	return SHVM_OK;
}

static void note_field(const struct walk *w, const char *below,
		       const char *field, struct element *to,
		       const struct element *found)
{
	(void)w;
	if (field && strcmp(below, field) == 0) {
		const size_t count = to->count + 1;

		*to = *found;
		to->count = count;
	}
}

/* Handles the end of the element with the path w->path. */
static void element_end(struct walk *w, const struct element *found)
{
	struct account *a = current(w);
	const char *below;

	if (strcmp(w->path, COMPONENT "/ComputerName") == 0)
		w->accounts->computer = *found;
	if (!a)
		return;
	below = w->path + strlen(kinds[a->kind].path);
	note_field(w, below, kinds[a->kind].name, &a->name, found);
	note_field(w, below, kinds[a->kind].domain, &a->domain, found);
	note_field(w, below, kinds[a->kind].value, &a->value, found);
	note_field(w, below, kinds[a->kind].plain, &a->plain, found);
	if (*below == '\0')
		w->open = false;
}

static bool push(struct walk *w, const struct markup *m)
{
	if (w->skipped > 0 || m->name_len + 2 > sizeof(w->path) - w->len ||
	    w->depth == ARRAY_SIZE(w->at)) {
		w->skipped++;
		return false;
	}
	w->path[w->len++] = '/';
	memcpy(w->path + w->len, w->text + m->name, m->name_len);
	w->len += m->name_len;
	w->path[w->len] = '\0';
	w->at[w->depth++] = (struct element){
		.from = m->from,
		.to = m->to,
		.inner_from = m->to,
		.inner_to = m->to,
		.prefix = m->qualified,
		.prefix_len = m->prefix_len,
	};
	return true;
}

static void pop(struct walk *w)
{
	char *slash = strrchr(w->path, '/');

	if (slash) {
		*slash = '\0';
		w->len = (size_t)(slash - w->path);
	}
	w->depth--;
}

static int tag_begin(struct walk *w, const struct markup *m,
		     struct shvm_err *err)
{
	if (!push(w, m))
		return SHVM_OK;
	TRY(account_begin(w, m, err));
	if (m->kind == MARKUP_EMPTY)
		element_end(w, &w->at[w->depth - 1]);
	return SHVM_OK;
}

static void tag_end(struct walk *w, const struct markup *m)
{
	struct element *e;

	if (w->skipped > 0 && w->skipped--)
		return;
	if (w->depth == 0)
		return; /* not well-formed, which is reported elsewhere */
	e = &w->at[w->depth - 1];
	e->inner_to = m->from;
	e->to = m->to;
	element_end(w, e);
	pop(w);
}

static int walk_text(struct walk *w, size_t len, struct shvm_err *err)
{
	struct markup_reader reader = { w->text, len, 0 };
	struct markup m;
	int more, r = SHVM_OK;

	while (r == SHVM_OK && (more = markup_next(&reader, &m)) > 0) {
		if (m.kind == MARKUP_START || m.kind == MARKUP_EMPTY)
			r = tag_begin(w, &m, err);
		if (m.kind == MARKUP_EMPTY) {
			if (w->skipped > 0)
				w->skipped--;
			else
				pop(w);
		} else if (m.kind == MARKUP_END) {
			tag_end(w, &m);
		}
	}
	if (r == SHVM_OK && more < 0)
		return BAD(err, "line %u: not XML",
			   markup_line(w->text, reader.at));
	return r;
}

/* The text between tags, trimmed; NULL: it contains tags. */
static char *text_of(const struct buf *text, const struct element *e)
{
	AUTO_DONE(buf) b = { .wipe = true };
	const char *trimmed;

	if (!markup_decode((const char *)text->data, e->inner_from, e->inner_to,
			   &b) ||
	    b.failed)
		return NULL;
	trimmed = (const char *)b.data;
	text_trim(&trimmed, &b.len);
	return text_copy(trimmed, b.len);
}

/* "." and the computer's own name mean the VM itself. */
static int set_domain(const struct buf *text, const struct accounts *all,
		      struct account *a, struct shvm_err *err)
{
	char *slash = strchr(a->user, '\\');
	AUTOFREE char *domain = NULL;
	AUTOFREE char *computer = NULL;

	if (slash)
		domain = text_copy(a->user, (size_t)(slash - a->user));
	else
		domain = text_of(text, &a->domain);
	computer = text_of(text, &all->computer);
	if (!domain || !computer)
		return err_nomem(err, "accounts");
	a->is_domain = domain[0] != '\0' && strcmp(domain, ".") != 0 &&
		       strcasecmp(domain, computer) != 0;
	if (slash)
		memmove(a->user, slash + 1, strlen(slash + 1) + 1);
	return SHVM_OK;
}

static int account_end(const struct buf *text, const struct accounts *all,
		       struct account *a, struct shvm_err *err)
{
	if (a->value.count > 1 || a->plain.count > 1 || a->name.count > 1)
		return BAD(
			err,
			"line %u: %s has a name or a password more than once",
			a->line, account_element(a));
	a->user = kinds[a->kind].name ? text_of(text, &a->name)
				      : strdup("Administrator");
	if (!a->user)
		return BAD(err, "line %u: the name in %s is not text", a->line,
			   account_element(a));
	return a->kind == ACCOUNT_LOGON ? set_domain(text, all, a, err)
					: SHVM_OK;
}

int accounts_find(const struct buf *text, struct accounts *ret,
		  struct shvm_err *err)
{
	AUTO_DONE(accounts) found = { 0 };
	struct walk w = { .text = (const char *)text->data,
			  .accounts = &found };

	TRY(walk_text(&w, text->len, err));
	for (size_t i = 0; i < found.count; i++)
		TRY(account_end(text, &found, &found.items[i], err));
	*ret = MOVE(found);
	return SHVM_OK;
}
