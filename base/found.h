/* SPDX-License-Identifier: MIT */
/*
 * Texts with places for what was found, "partition {number} holds {content}":
 * docs/RULES.md shows them as they are, the program fills them.
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

/* The text with the values in the places of the names, in ret, which it
 * returns: a value for each place. */
const char *found_text(char ret[SHVM_MSG_SIZE], const char *text,
		       const struct found *values, size_t count);
/* The same in memory of the block around it. */
#define FOUND_TEXT(text, ...)                                                  \
	found_text((char[SHVM_MSG_SIZE]){ 0 }, text, FOUND_LIST(__VA_ARGS__))

#endif
