/* SPDX-License-Identifier: MIT */
/* The grammar of placeholders, and where XML and scripts have them. */
#include "pdk/placeholder.h"

#include "pdk/fabric.h"
#include "pdk/markup.h"

#include <string.h>
#include <strings.h>

enum {
	PLACEHOLDERS_MAX = 20000 /* in one file; ours */
};

void placeholders_done(struct placeholders *p)
{
	free(p->items);
	*p = (struct placeholders){ 0 };
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

size_t placeholder_length(const char *text, size_t len)
{
	size_t n = 1;

	if (len < 3 || text[0] != '@')
		return 0;
	while (n < len && n + 1 < FABRIC_KEY_MAX && is_name_char(text[n]))
		n++;
	return n > 1 && n < len && text[n] == '@' ? n + 1 : 0;
}

static int add(struct placeholders *p, size_t at, size_t len,
	       enum placeholder_context context, struct shvm_err *err)
{
	if (p->count == PLACEHOLDERS_MAX)
		return err_set(err, SHVM_E_FORMAT, "more than %d placeholders",
			       PLACEHOLDERS_MAX);
	if (p->count == p->room) {
		const size_t room = p->room ? 2 * p->room : 16;
		struct placeholder *items =
			realloc(p->items, room * sizeof(*items));

		if (!items)
			return err_nomem(err, "placeholders");
		p->items = items;
		p->room = room;
	}
	p->items[p->count++] = (struct placeholder){ at, len, context };
	return SHVM_OK;
}

int placeholders_add_all(struct placeholders *p, const char *text, size_t from,
			 size_t to, enum placeholder_context context,
			 struct shvm_err *err)
{
	size_t at = from;

	while (at < to) {
		const char *s = memchr(text + at, '@', to - at);
		size_t n;
		int r;

		if (!s)
			break;
		at = (size_t)(s - text);
		n = placeholder_length(s, to - at);
		if (n == 0) {
			at++;
			continue;
		}
		r = add(p, at, n, context, err);
		if (r < 0)
			return r;
		at += n;
	}
	return SHVM_OK;
}

static int find_in_xml(const char *text, size_t len, struct placeholders *ret,
		       struct shvm_err *err)
{
	struct markup_reader reader = { text, len, 0 };
	struct markup m;
	int more, r = SHVM_OK;

	while (r == SHVM_OK && (more = markup_next(&reader, &m)) != 0) {
		if (more < 0)
			return err_set(err, SHVM_E_FORMAT, "line %u: not XML",
				       markup_line(text, reader.at));
		if (m.kind == MARKUP_TEXT || m.kind == MARKUP_START ||
		    m.kind == MARKUP_EMPTY)
			r = placeholders_add_all(ret, text, m.from, m.to,
						 PLACEHOLDER_IN_TEXT, err);
		else if (m.kind == MARKUP_CDATA)
			r = placeholders_add_all(ret, text, m.inner_from,
						 m.inner_to,
						 PLACEHOLDER_IN_CDATA, err);
	}
	return r;
}

static bool ends_with(const char *name, const char *end)
{
	const size_t n = strlen(name), m = strlen(end);

	return n >= m && strcasecmp(name + n - m, end) == 0;
}

enum placeholder_form placeholder_form_of(const char *name, const void *data,
					  size_t len)
{
	/* Of the data source NoCloud; user data may also be a script. */
	static const char *const cloud[] = { "meta-data", "network-config",
					     "user-data", "vendor-data" };
	static const char *const heads[] = { "#cloud-config",
					     "## template: jinja" };

	if (ends_with(name, ".xml"))
		return PLACEHOLDER_XML;
	if (ends_with(name, ".yaml") || ends_with(name, ".yml"))
		return PLACEHOLDER_YAML;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (len >= strlen(heads[i]) &&
		    memcmp(data, heads[i], strlen(heads[i])) == 0)
			return PLACEHOLDER_YAML;
	for (size_t i = 0; i < ARRAY_SIZE(cloud); i++)
		if (strcasecmp(name, cloud[i]) == 0 &&
		    (len < 2 || memcmp(data, "#!", 2) != 0))
			return PLACEHOLDER_YAML;
	return PLACEHOLDER_SCRIPT;
}

int placeholders_find(enum placeholder_form form, const char *text, size_t len,
		      struct placeholders *ret, struct shvm_err *err)
{
	AUTO_DONE(placeholders) p = { 0 };
	int r;

	if (form == PLACEHOLDER_XML)
		r = find_in_xml(text, len, &p, err);
	else if (form == PLACEHOLDER_YAML)
		r = placeholders_in_yaml(text, len, &p, err);
	else
		r = placeholders_add_all(&p, text, 0, len,
					 PLACEHOLDER_IN_SCRIPT, err);
	if (r < 0)
		return r;
	*ret = p;
	p = (struct placeholders){ 0 };
	return SHVM_OK;
}
