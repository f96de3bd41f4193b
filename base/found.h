/* SPDX-License-Identifier: MIT */
/*
 * Texts with places for what was found, "partition {number} contains
 * {content}": docs/RULES.md shows them unchanged, the program fills them in.
 */
#ifndef BASE_FOUND_H
#define BASE_FOUND_H

#include <shvm/error.h>
#include <stddef.h>
#include <stdint.h>

/* A value of a text, made by FOUND() of a string or of a number. */
struct found {
	const char *text; /* NULL: it is the number */
	uintmax_t number;
};
static inline struct found found_string(const char *text)
{
	return (struct found){ .text = text };
}
static inline struct found found_number(uintmax_t number)
{
	return (struct found){ .number = number };
}
#define FOUND(x)                                                               \
	_Generic((x), char *                                                   \
		 : found_string, const char *                                  \
		 : found_string, default                                       \
		 : found_number)(x)
#define FOUND_LIST(...)                                                        \
	(const struct found[]){ __VA_ARGS__ },                                 \
		sizeof((const struct found[]){ __VA_ARGS__ }) /                \
			sizeof(struct found)

/*
 * Replace the names in the text by the values, one for each name. The result is
 * in ret, which is returned.
 */
const char *found_text(char ret[SHVM_MSG_SIZE], const char *text,
		       const struct found *values, size_t count);
/* The same in memory of the block around it. */
#define FOUND_TEXT(text, ...)                                                  \
	found_text((char[SHVM_MSG_SIZE]){ 0 }, text, FOUND_LIST(__VA_ARGS__))

#endif
