/* SPDX-License-Identifier: MIT */
/* Small files of a Linux's /etc. */
#include "guest/etc.h"

#include "base/match.h"
#include "guest/facts.h"

#include <stdio.h>
#include <string.h>

/* A piece of text that gets shorter as it is read. */
struct text {
	const char *at;
	size_t len;
};

/* What comes before the next end, which is skipped; false: no more. */
static bool piece_next(struct text *t, char end, struct text *ret)
{
	const char *stop;

	if (t->len == 0)
		return false;
	stop = memchr(t->at, end, t->len);
	*ret = (struct text){ t->at, stop ? (size_t)(stop - t->at) : t->len };
	t->at += ret->len + (stop ? 1 : 0);
	t->len -= ret->len + (stop ? 1 : 0);
	return true;
}

/* The next field between blanks. */
static bool field_next(struct text *line, struct text *ret)
{
	while (line->len > 0 && text_is_blank(line->at[0])) {
		line->at++;
		line->len--;
	}
	*ret = (struct text){ line->at, 0 };
	while (line->len > 0 && !text_is_blank(line->at[0])) {
		line->at++;
		line->len--;
		ret->len++;
	}
	return ret->len > 0;
}

/* "/dev/vg/root", as LVM, and no other, names its volumes. */
static bool is_volume(const struct text *name)
{
	const char *slash = memchr(name->at, '/', name->len);

	return slash && slash > name->at && slash + 1 < name->at + name->len &&
	       !memchr(slash + 1, '/',
		       (size_t)(name->at + name->len - slash - 1)) &&
	       !text_begins(name->at, name->len, "disk/") &&
	       !text_begins(name->at, name->len, "block/");
}

/* Does the name of a device depend on the machine? */
static bool is_unstable(const struct text *spec)
{
	static const char dev[] = "/dev/";
	static const char *const stable[] = {
		"disk/by-uuid/",
		"disk/by-label/",
		"disk/by-partuuid/",
		"disk/by-partlabel/",
		"mapper/",
		"md/",
		"md",
		"zram",
	};
	struct text name = *spec;

	if (!text_begins(spec->at, spec->len, dev))
		return false;
	name.at += strlen(dev);
	name.len -= strlen(dev);
	for (size_t i = 0; i < sizeof(stable) / sizeof(stable[0]); i++)
		if (text_begins(name.at, name.len, stable[i]))
			return false;
	return !is_volume(&name);
}

/* Does the boot go on without it? */
static bool is_optional(struct text options)
{
	struct text one;

	while (piece_next(&options, ',', &one))
		if (text_is(one.at, one.len, "noauto") ||
		    text_is(one.at, one.len, "nofail"))
			return true;
	return false;
}

bool etc_fstab_device(const char *text, size_t len, char *ret, size_t size)
{
	struct text t = { text, len }, line;
	size_t number = 0;

	*ret = '\0';
	while (piece_next(&t, '\n', &line)) {
		struct text spec, field, options = { "", 0 };
		char words[192];
		int n;

		number++;
		if (!field_next(&line, &spec) || spec.at[0] == '#' ||
		    !is_unstable(&spec))
			continue;
		if (field_next(&line, &field) && field_next(&line, &field))
			(void)field_next(&line, &options);
		if (is_optional(options))
			continue;
		n = snprintf(words, sizeof(words), "line %zu: %.*s", number,
			     spec.len < 64 ? (int)spec.len : 64, spec.at);
		facts_text(ret, size, words, n > 0 ? (size_t)n : 0);
		if (!*ret) /* it has other characters */
			(void)snprintf(ret, size, "line %zu", number);
		return true;
	}
	return false;
}

void etc_release_name(const char *text, size_t len, char *ret, size_t size)
{
	static const char key[] = "PRETTY_NAME=";
	struct text t = { text, len }, line;

	*ret = '\0';
	while (piece_next(&t, '\n', &line)) {
		text_trim(&line.at, &line.len);
		if (!text_begins(line.at, line.len, key))
			continue;
		line.at += strlen(key);
		line.len -= strlen(key);
		if (line.len >= 2 && strchr("\"'", line.at[0]) &&
		    line.at[line.len - 1] == line.at[0]) {
			line.at++;
			line.len -= 2;
		}
		facts_text(ret, size, line.at, line.len);
	}
}

bool etc_shadow_passwords(const char *text, size_t len, char *ret, size_t size)
{
	struct text t = { text, len }, line;

	*ret = '\0';
	while (piece_next(&t, '\n', &line)) {
		struct text name = { "", 0 }, hash = { "!", 1 };

		if (!piece_next(&line, ':', &name) || name.len == 0 ||
		    line.len == 0)
			continue; /* no account */
		if (piece_next(&line, ':', &hash) && hash.len > 0 &&
		    strchr("!*", hash.at[0]))
			continue; /* locked */
		etc_list_add(ret, size, name.at, name.len);
	}
	return *ret;
}

bool etc_has_machine_id(const char *text, size_t len)
{
	text_trim(&text, &len);
	return len > 0 && !text_is(text, len, "uninitialized");
}

void etc_list_add(char *list, size_t size, const char *name, size_t len)
{
	static const char more[] = ", ...";
	const size_t used = strlen(list);
	char one[128] = "?";

	facts_text(one, sizeof(one), name, len);
	if (used >= strlen(more) &&
	    strcmp(list + used - strlen(more), more) == 0)
		return;
	if (used + strlen(one) + 2 + strlen(more) < size)
		(void)snprintf(list + used, size - used, "%s%s",
			       used ? ", " : "", one);
	else if (used + strlen(more) < size)
		(void)snprintf(list + used, size - used, "%s", more);
}
