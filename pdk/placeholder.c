/* SPDX-License-Identifier: MIT */
/* The grammar of placeholders, and lists of them. */
#include "pdk/placeholder.h"

#include "base/array.h"
#include "pdk/fabric.h"

#include <string.h>

enum {
	PLACEHOLDERS_MAX = 20000 /* in one file; our limit */
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
	TRY(err_null(err, ARRAY_GROW(p->items, p->count), "placeholders"));
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

		if (!s)
			break;
		at = (size_t)(s - text);
		n = placeholder_length(s, to - at);
		if (n == 0) {
			at++;
			continue;
		}
		TRY(add(p, at, n, context, err));
		at += n;
	}
	return SHVM_OK;
}
