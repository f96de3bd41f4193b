/* SPDX-License-Identifier: MIT */
/* The datasource_list of cloud-init's configuration files. */
#include "guest/cloud_init.h"

#include "base/match.h"

#include <stdio.h>
#include <string.h>

#define CONFIG "/etc/cloud/cloud.cfg"
#define FOLDER "/etc/cloud/cloud.cfg.d"
#define IDENTIFY "/etc/cloud/ds-identify.cfg"
#define DISABLED "/etc/cloud/cloud-init.disabled"
#define UNREAD "it cannot be read"
#define KEY "datasource_list"
#define BLANKS " \t"
#define NAME_CHARS                                                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

enum {
	FILE_MAX = 64 * 1024, /* bytes of a file; ours */
	FILES_MAX = 256	      /* files in the folder; ours */
};

/* The position of the parser in a file. */
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

/* Append one name, quoted or not, to the list. */
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
 * "[a, b]" in one line. ds-identify, which runs before cloud-init and makes the
 * decision, reads no other form and would otherwise try every source.
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

/* Does the line begin with "key: "? Then line is moved past it. */
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
				"conf_d")) { /* other files are still used */
			cloud_add_unread(s, name,
					 "its conf_d is not supported");
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
			cloud_add_unread(s, IDENTIFY,
					 "it sets a data source, which "
					 "overrides datasource_list");
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
	f->datasource_list = *s->unread ? SHVM_UNKNOWN
			     : *s->list ? SHVM_YES
					: SHVM_NO;
	if (*s->unread)
		facts_root_trouble(f, "cloud-init: %s", s->unread);
}

/* Is cloud-init installed? Looks for some of its files. */
static enum shvm_known is_installed(const struct files *files)
{
	static const char *const things[] = {
		"/usr/bin/cloud-init",
		"/usr/local/bin/cloud-init",
		"/usr/lib/systemd/system/cloud-init.service",
		CONFIG,
	};
	enum shvm_known ret = SHVM_NO;

	for (size_t i = 0; i < ARRAY_SIZE(things); i++) {
		const enum shvm_known known =
			files_has(files, things[i], FILES_ANY);

		if (known == SHVM_YES)
			return SHVM_YES;
		if (known == SHVM_UNKNOWN)
			ret = SHVM_UNKNOWN;
	}
	return ret;
}

/* name is for the texts. */
static enum shvm_known look_config(const struct files *files, const char *path,
				   const char *name, struct cloud_sources *s)
{
	AUTO_DONE(buf) text = { 0 };
	char why[FILES_WHY];
	const enum shvm_known known =
		files_load(files, path, FILE_MAX, &text, why);

	if (known == SHVM_UNKNOWN)
		cloud_add_unread(s, name, UNREAD);
	else if (known == SHVM_YES && strcmp(path, IDENTIFY) == 0)
		cloud_add_identify(s, text.len ? (char *)text.data : "",
				   text.len);
	else if (known == SHVM_YES)
		cloud_add(s, name, text.len ? (char *)text.data : "", text.len);
	return known;
}

struct names {
	char *items[FILES_MAX];
	size_t count;
	const char *why; /* why some of them are missing here; NULL: all are
			    here */
};

static void name_put(void *ctx, const char *name)
{
	struct names *names = ctx;

	if (!cloud_is_config(name))
		return;
	if (names->count == FILES_MAX)
		names->why = "too many files";
	else if ((names->items[names->count] = strdup(name)))
		names->count++;
	else
		names->why = UNREAD;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void look_folder(const struct files *files, struct cloud_sources *s)
{
	struct names names = { 0 };

	if (!files->ops->names(files->fs, FOLDER, name_put, &names))
		names.why = UNREAD;
	if (names.why)
		cloud_add_unread(s, FOLDER, names.why);
	qsort(names.items, names.count, sizeof(names.items[0]), compare_names);
	for (size_t i = 0; i < names.count; i++) {
		char path[512];

		(void)snprintf(path, sizeof(path), FOLDER "/%s",
			       names.items[i]);
		if (!names.why &&
		    look_config(files, path, names.items[i], s) == SHVM_NO)
			cloud_add_unread(s, names.items[i], UNREAD);
		free(names.items[i]);
	}
}

void cloud_look(const struct files *files, uint32_t number,
		struct shvm_guest_facts *f)
{
	struct cloud_sources s = { 0 };
	enum shvm_known folder;

	f->cloud_init = is_installed(files);
	if (f->cloud_init == SHVM_UNKNOWN)
		facts_root_trouble(f,
				   "partition %u: the folders on the way to "
				   "cloud-init cannot be read",
				   number);
	if (f->cloud_init == SHVM_YES &&
	    files_has(files, DISABLED, FILES_FILE) == SHVM_YES)
		f->cloud_init = SHVM_NO;
	if (f->cloud_init != SHVM_YES)
		return;
	(void)look_config(files, CONFIG, "cloud.cfg", &s); /* or none */
	folder = files_has(files, FOLDER, FILES_ANY);
	if (folder == SHVM_YES)
		look_folder(files, &s);
	else if (folder == SHVM_UNKNOWN)
		cloud_add_unread(&s, FOLDER, UNREAD);
	(void)look_config(files, IDENTIFY, IDENTIFY, &s);
	cloud_give(&s, f);
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
