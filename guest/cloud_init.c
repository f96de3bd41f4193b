/* SPDX-License-Identifier: MIT */
/* The datasource_list of cloud-init's configuration files. */
#include "guest/cloud_init.h"

#include "base/match.h"

#include <stdio.h>
#include <string.h>

#define KEY "datasource_list"
#define BLANKS " \t"
#define NAME_CHARS                                                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

const char *const cloud_programs[] = {
	"/usr/bin/cloud-init",
	"/usr/local/bin/cloud-init",
	"/usr/lib/systemd/system/cloud-init.service",
	CLOUD_CONFIG,
	NULL,
};

/* Where in a file the parser is. */
struct text {
	const char *at, *end;
};

/* The next line without its end and its comment; false: no more. */
static bool line_next(struct text *t, struct text *ret)
{
	const char *end;

	if (t->at == t->end)
		return false;
	end = memchr(t->at, '\n', (size_t)(t->end - t->at));
	*ret = (struct text){ t->at, end ? end : t->end };
	t->at = end ? end + 1 : t->end;
	for (const char *p = ret->at; p < ret->end; p++) {
		if (*p == '#' && (p == ret->at || strchr(BLANKS, p[-1])))
			ret->end = p;
	}
	while (ret->end > ret->at && strchr(" \t\r", ret->end[-1]))
		ret->end--;
	return true;
}

static void skip_blanks(struct text *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
}

/* One name, in quotes or not, becomes the last of the list. */
static bool name_take(struct text *t, char *list, size_t size)
{
	const char quote = t->at < t->end && (*t->at == '"' || *t->at == '\'')
				   ? *t->at++
				   : '\0';
	const char *name = t->at;
	const size_t used = strlen(list);
	size_t n;

	while (t->at < t->end && *t->at && strchr(NAME_CHARS, *t->at))
		t->at++;
	n = (size_t)(t->at - name);
	if (quote && (t->at == t->end || *t->at++ != quote))
		return false;
	skip_blanks(t);
	if (n == 0 || used + n + 3 > size)
		return false;
	(void)snprintf(list + used, size - used, "%s%.*s", used ? ", " : "",
		       (int)n, name);
	return true;
}

/*
 * "[a, b]" in one line. ds-identify, which runs before cloud-init and decides,
 * reads no other form: it would ask every source then.
 */
static bool value_take(struct text *line, char *list, size_t size)
{
	if (line->at == line->end || *line->at++ != '[')
		return false;
	for (skip_blanks(line); line->at < line->end; skip_blanks(line)) {
		if (*line->at == ']')
			return line->at + 1 == line->end && *list;
		if (!name_take(line, list, size))
			return false;
		if (line->at < line->end && *line->at == ',')
			line->at++;
		else if (line->at < line->end && *line->at != ']')
			return false;
	}
	return false;
}

/* Does the line begin with "key: "? Then line is after it. */
static bool key_take(struct text *line, const char *key)
{
	const size_t len = strlen(key);
	const size_t left = (size_t)(line->end - line->at);

	if (left <= len || memcmp(line->at, key, len) != 0 ||
	    line->at[len] != ':' ||
	    (left > len + 1 && line->at[len + 1] != ' '))
		return false;
	line->at += len + 1;
	while (line->at < line->end && *line->at == ' ')
		line->at++;
	return true;
}

bool cloud_is_config(const char *name)
{
	const size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".cfg") == 0;
}

void cloud_add(struct cloud_sources *s, const char *name, const char *text,
	       size_t len)
{
	struct text t = { text, text + len }, line;

	while (line_next(&t, &line)) {
		char list[sizeof(s->list)] = "";
		struct text rest = line;

		if (text_begins(line.at, (size_t)(line.end - line.at),
				"conf_d")) { /* other files count */
			cloud_add_unread(s, name, "its conf_d is not followed");
			return;
		}
		if (line.at == line.end ||
		    !memmem(line.at, (size_t)(line.end - line.at), KEY,
			    strlen(KEY)))
			continue;
		if (!key_take(&rest, KEY) ||
		    !value_take(&rest, list, sizeof(list))) {
			cloud_add_unread(s, name,
					 "its datasource_list is not one line "
					 "such as [NoCloud, None]");
			return;
		}
		memcpy(s->list, list, sizeof(list));
		s->unread[0] = '\0';
	}
}

void cloud_add_identify(struct cloud_sources *s, const char *text, size_t len)
{
	struct text t = { text, text + len }, line;

	while (line_next(&t, &line)) {
		skip_blanks(&line);
		if (key_take(&line, "datasource"))
			cloud_add_unread(s, CLOUD_IDENTIFY,
					 "it names a data source, which comes "
					 "before datasource_list");
	}
}

void cloud_add_unread(struct cloud_sources *s, const char *name,
		      const char *why)
{
	s->list[0] = '\0';
	(void)snprintf(s->unread, sizeof(s->unread), "%.80s: %s", name, why);
}

void cloud_give(const struct cloud_sources *s, struct shvm_guest_facts *f)
{
	facts_text(f->datasources, sizeof(f->datasources), s->list,
		   strlen(s->list));
	if (*s->unread)
		facts_root_trouble(f, "cloud-init: %s", s->unread);
}

bool cloud_is_local(const char *list)
{
	bool seed = false;

	while (*list) {
		const size_t len = strcspn(list, ",");

		if (len == 7 && strncasecmp(list, "NoCloud", len) == 0)
			seed = true;
		else if (len != 4 || strncasecmp(list, "None", len) != 0)
			return false;
		list += len;
		list += strspn(list, ", ");
	}
	return seed;
}
