/* SPDX-License-Identifier: MIT */
/*
 * Finds the placeholders inside quoted scalars of YAML. It is not a YAML parser: it
 * recognizes quotes, comments, flow collections and block scalars line by line,
 * and refuses ambiguous text (YAML 1.2, sections 7.3 and 8.1).
 */
#include "pdk/placeholder.h"

#include <string.h>

struct yaml {
	const char *text;
	size_t end; /* end of the line, without its line feed */
	struct placeholders *ret;
	unsigned int line;

	char quote; /* '\0': none open */
	size_t quote_from;
	bool quote_certain;
	unsigned int flow; /* nesting of [ and { */

	bool node;    /* a value may begin here */
	bool certain; /* and it is not the continuation of a plain one */
	bool lead;    /* only "- " and "? " came on this line */
	bool after_quote;
	long parent; /* column of the "-" or key that a value belongs to */
	long key;    /* column of what may turn out to be a key */

	bool block; /* lines indented more than this are a block scalar */
	long block_parent;

	bool plain; /* a plain scalar was the last: on further lines it */
	long plain_parent; /* goes to, all that is indented more is part of it */
};

enum {
	NO_PARENT = -2,	      /* of a block scalar's header */
	DOCUMENT_PARENT = -1, /* "--- |" */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static int unclear(const struct yaml *y, const char *what, struct shvm_err *err)
{
	return err_set(
		err, SHVM_E_FORMAT,
		"line %u: %s: which placeholders are quoted is not clear",
		y->line, what);
}

/* Refuses placeholders in this part of the text. */
static int refuse_in(const struct yaml *y, size_t from, size_t to,
		     struct shvm_err *err)
{
	for (size_t i = from; i < to; i++) {
		const size_t n = placeholder_length(y->text + i, to - i);

		if (n > 0)
			return err_set(
				err, SHVM_E_FORMAT,
				"line %u: placeholder %.*s is not inside a quoted scalar",
				y->line, (int)n, y->text + i);
	}
	return SHVM_OK;
}

static char at(const struct yaml *y, size_t i)
{
	return i < y->end ? y->text[i] : '\n';
}

static bool ends_token(const struct yaml *y, size_t i)
{
	return at(y, i) == '\n' || is_blank(at(y, i));
}

/* May text in this column begin a value after a plain scalar? */
static bool is_certain(const struct yaml *y, long column)
{
	return y->certain || !y->plain || column <= y->plain_parent;
}

/* How many characters an escape sequence has after its backslash. */
static size_t escape_length(char c)
{
	return c == 'x' ? 3 : c == 'u' ? 5 : c == 'U' ? 9 : 1;
}

/* Processes a character of a quoted scalar, at *i, and advances *i. */
static int in_quotes(struct yaml *y, size_t *i, struct shvm_err *err)
{
	const char c = at(y, *i);

	if (y->quote == '"' && c == '\\') {
		const size_t n = escape_length(at(y, *i + 1));

		for (size_t k = *i + 1; k <= *i + n; k++)
			if (at(y, k) == '@')
				return unclear(y, "\"@\" after a backslash",
					       err);
		*i += 2;
		return SHVM_OK;
	}
	if (c != y->quote) {
		(*i)++;
		return SHVM_OK;
	}
	if (c == '\'' && at(y, *i + 1) == '\'') {
		*i += 2;
		return SHVM_OK;
	}
	y->quote = '\0';
	y->node = false;
	y->plain = y->plain && !y->quote_certain;
	y->after_quote = true;
	(*i)++;
	if (!ends_token(y, *i) && !strchr(":,]}", at(y, *i)))
		return unclear(y, "text follows a quote", err);
	if (!y->quote_certain)
		return refuse_in(y, y->quote_from, *i, err);
	return placeholders_add_all(y->ret, y->text, y->quote_from, *i,
				    PLACEHOLDER_IN_QUOTES, err);
}

/* A block scalar's header, "|" or ">", at the end of the line. */
static bool is_header(const struct yaml *y, size_t i)
{
	if (y->flow > 0 || (at(y, i) != '|' && at(y, i) != '>'))
		return false;
	i++;
	while (at(y, i) != '\n' && strchr("+-0123456789", at(y, i)))
		i++;
	if (!ends_token(y, i))
		return false;
	while (is_blank(at(y, i)))
		i++;
	return at(y, i) == '\n' || at(y, i) == '#';
}

/* "-", "?" and ":" where they are indicators; *i moves past one. */
static bool indicator(struct yaml *y, size_t *i, size_t line_from)
{
	const char c = at(y, *i);
	const long column = (long)(*i - line_from);

	if ((c == '-' || c == '?') && y->lead && y->flow == 0 &&
	    ends_token(y, *i + 1)) {
		y->parent = column;
		y->node = true;
		y->certain = is_certain(y, column);
		y->plain = !y->certain;
		(*i)++;
		return true;
	}
	if (c != ':' || !(ends_token(y, *i + 1) ||
			  (y->flow > 0 &&
			   (y->after_quote || strchr(",[]{}", at(y, *i + 1))))))
		return false;
	if (y->flow == 0 && y->key >= 0)
		y->parent = y->key;
	y->node = y->certain = true;
	y->lead = y->after_quote = y->plain = false;
	(*i)++;
	return true;
}

/* Brackets and commas of flow collections; *i moves past one. */
static bool flow(struct yaml *y, size_t *i)
{
	switch (at(y, *i)) {
	case '[':
	case '{':
		if (!y->node && y->flow == 0)
			return false;
		y->flow++;
		y->node = y->certain = true;
		y->plain = false;
		break;
	case ']':
	case '}':
		if (y->flow == 0)
			return false;
		y->flow--;
		y->node = false;
		break;
	case ',':
		if (y->flow == 0)
			return false;
		y->node = y->certain = true;
		break;
	default:
		return false;
	}
	y->lead = y->after_quote = false;
	(*i)++;
	return true;
}

/* A tag, an anchor, or a character of a plain scalar. */
static int plain(struct yaml *y, size_t *i, struct shvm_err *err)
{
	const char c = at(y, *i);
	const bool property = y->node && (c == '!' || c == '&');
	const size_t from = *i;

	y->lead = y->after_quote = false;
	if (!property) {
		const size_t n =
			placeholder_length(y->text + from, y->end - from);

		if (y->flow == 0 && !y->plain) {
			y->plain = true;
			y->plain_parent = y->parent;
		}
		y->node = false;
		*i = from + 1;
		return n > 0 ? refuse_in(y, from, from + n, err) : SHVM_OK;
	}
	while (!ends_token(y, *i) && !(y->flow > 0 && strchr(",]}", at(y, *i))))
		(*i)++;
	return refuse_in(y, from, *i, err);
}

/* Processes text outside of quotes. *done: the rest of the line is processed. */
static int step(struct yaml *y, size_t *i, size_t line_from, bool *done,
		struct shvm_err *err)
{
	const char c = at(y, *i);
	const bool begins = *i == line_from || is_blank(y->text[*i - 1]);

	if (is_blank(c)) {
		(*i)++;
		return SHVM_OK;
	}
	if (c == '#' && begins) {
		*done = true;
		return SHVM_OK;
	}
	if (begins && is_header(y, *i)) {
		if (y->parent == NO_PARENT)
			return unclear(
				y,
				"a block scalar's header has a line of its own",
				err);
		y->block = *done = true;
		y->block_parent = y->parent;
		y->node = false;
		return SHVM_OK;
	}
	if (y->node && y->flow == 0 && (c == '[' || c == '{') &&
	    !is_certain(y, (long)(*i - line_from)))
		return unclear(y, "a bracket after a plain scalar", err);
	if (indicator(y, i, line_from) || flow(y, i))
		return SHVM_OK;
	if (y->key < 0 || y->lead)
		y->key = (long)(*i - line_from);
	if (y->node && (c == '"' || c == '\'')) {
		y->quote = c;
		y->quote_from = *i;
		y->quote_certain = y->certain;
		y->lead = false;
		(*i)++;
		return SHVM_OK;
	}
	return plain(y, i, err);
}

static bool is_marker(const struct yaml *y, size_t from, const char *marker)
{
	return y->end - from >= 3 && memcmp(y->text + from, marker, 3) == 0 &&
	       ends_token(y, from + 3);
}

/* Is the line part of the block scalar that was begun? */
static bool in_block(struct yaml *y, size_t from)
{
	size_t i = from;

	if (!y->block)
		return false;
	while (at(y, i) == ' ')
		i++;
	if (y->block_parent == DOCUMENT_PARENT)
		y->block = !is_marker(y, from, "---") &&
			   !is_marker(y, from, "...");
	else if (at(y, i) != '\n' && at(y, i) != '\r')
		y->block = (long)(i - from) > y->block_parent;
	return y->block;
}

static void line_begin(struct yaml *y, size_t *i)
{
	if (is_marker(y, *i, "---") || is_marker(y, *i, "...")) {
		y->flow = 0;
		y->node = y->certain = true;
		y->plain = false;
		y->lead = true;
		y->parent = DOCUMENT_PARENT;
		y->key = -1;
		*i += 3;
		return;
	}
	if (y->flow > 0)
		return;
	/* After "key:" or "-" a value follows; otherwise a plain scalar may
	 * continue. */
	y->certain = y->node && !y->plain;
	y->node = y->lead = true;
	y->parent = NO_PARENT;
	y->key = -1;
}

static int scan_line(struct yaml *y, size_t from, struct shvm_err *err)
{
	bool done = false;
	size_t i = from;

	if (!y->quote && in_block(y, from))
		return refuse_in(y, from, y->end, err);
	y->after_quote = false;
	if (!y->quote)
		line_begin(y, &i);
	while (!done && i < y->end)
		TRY(y->quote ? in_quotes(y, &i, err)
			     : step(y, &i, from, &done, err));
	if (y->quote && !y->quote_certain)
		return unclear(y, "a quote is not closed on its line", err);
	return SHVM_OK;
}

/* Line breaks of YAML that this parser does not support. */
static int check_breaks(const char *text, size_t len, struct shvm_err *err)
{
	const char *cr = text;

	while ((cr = memchr(cr, '\r', len - (size_t)(cr - text))) != NULL) {
		cr++;
		if ((size_t)(cr - text) == len || *cr != '\n')
			break;
	}
	if (cr || memmem(text, len, "\xc2\x85", 2) ||
	    memmem(text, len, "\xe2\x80\xa8", 3) ||
	    memmem(text, len, "\xe2\x80\xa9", 3))
		return err_set(err, SHVM_E_FORMAT,
			       "a line break is neither LF nor CR LF");
	return SHVM_OK;
}

int placeholders_in_yaml(const char *text, size_t len, struct placeholders *ret,
			 struct shvm_err *err)
{
	struct yaml y = { .text = text, .ret = ret, .node = true };
	AUTO_DONE(placeholders) any = { 0 };

	TRY(placeholders_add_all(&any, text, 0, len, PLACEHOLDER_IN_SCRIPT,
				 err));
	if (any.count == 0)
		return SHVM_OK;
	TRY(check_breaks(text, len, err));
	for (size_t from = 0; from < len; from = y.end + 1) {
		const char *feed = memchr(text + from, '\n', len - from);

		y.end = feed ? (size_t)(feed - text) : len;
		y.line++;
		TRY(scan_line(&y, from, err));
	}
	return y.quote ? unclear(&y, "a quote is not closed", err) : SHVM_OK;
}
