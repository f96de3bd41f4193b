/* SPDX-License-Identifier: MIT */
/* Compares pieces of text, which have a length and no NUL, with words. */
#ifndef BASE_MATCH_H
#define BASE_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static inline bool text_is(const void *text, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(text, word, len) == 0;
}

static inline bool text_begins(const void *text, size_t len, const char *word)
{
	return len >= strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

/* In any case of letters. */
static inline bool text_ends(const char *text, const char *word)
{
	const size_t n = strlen(text), m = strlen(word);

	return n >= m && strcasecmp(text + n - m, word) == 0;
}

/* White space as XML has it. */
static inline bool text_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Leave white space out at both ends. */
static inline void text_trim(const char **text, size_t *len)
{
	for (; *len > 0 && text_is_blank((*text)[0]); (*len)--)
		(*text)++;
	while (*len > 0 && text_is_blank((*text)[*len - 1]))
		(*len)--;
}

#endif
