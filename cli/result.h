/* SPDX-License-Identifier: MIT */
/* Results: JSON objects, and their text as rows over the same objects. */
#ifndef CLI_RESULT_H
#define CLI_RESULT_H

#include "cli/out.h"

#include <shvm/digest.h>

/*
 * OBJECT(M("size", d->size), M("guid", &d->guid)): a JSON object. The type of a
 * value decides its form: text (NULL becomes null), bool, a number, a GUID, a
 * version, or JSON, whose ownership is taken. An int is not accepted: true and
 * !x are ints. NULL when out of memory.
 */
#define OBJECT(...) result_object((const struct member[]){ __VA_ARGS__, { 0 } })
#define M(name, value)                                                         \
	{                                                                      \
		name, RESULT_BY_TYPE(value)(value)                             \
	}
#define RESULT_BY_TYPE(value)                                                  \
	_Generic((value),                                                      \
		 json_t * : result_same,                                       \
		 char * : out_string,                                          \
		 const char * : out_string,                                    \
		 bool : result_flag,                                           \
		 unsigned int : json_integer,                                 \
		 unsigned long : json_integer,                                \
		 unsigned long long : json_integer,                           \
		 const struct shvm_guid * : result_guid,                       \
		 const struct shvm_version * : result_version)
struct member {
	const char *name; /* NULL: the end */
	json_t *value;
};
json_t *result_object(const struct member *members);
json_t *result_same(json_t *value);
json_t *result_flag(bool value);
json_t *result_guid(const struct shvm_guid *guid);
json_t *result_version(const struct shvm_version *version);
json_t *result_hex(const uint8_t *data, size_t len); /* of a digest */
json_t *result_time(int64_t seconds);
static inline const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

/*
 * A line of text that is filled in from an object. In label and text "{a.b}" is a
 * member, "{a.b:size}" the number with a unit, "{list:count}" the number of items,
 * and "{}" the object itself. If a member is null or false, or a list is empty,
 * the line is left out, or the part between [ and ] around it; there an empty
 * text has the same effect. true and lists print nothing. "{a.b=word}",
 * "{a.b:past}" and "{a.b:future}" are conditions: they print nothing and leave out
 * the line or part unless they hold. A member that the object does not have is
 * printed as written here, so that the mistake is visible, unless "?" follows its
 * name. A table of rows ends with { 0 }.
 */
struct row {
	const char *label; /* for out_field(); NULL: none */
	const char *text;  /* NULL: no line of its own */
	const char *each;  /* print a line for each item of this list, or for
			   this object, and then its rows */
	const struct row *rows;
	bool verbose; /* only with --verbose */
};
#define FIELD(l, t, ...)                                                       \
	{                                                                      \
		.label = l, .text = t, __VA_ARGS__                             \
	}
#define LINE(t, ...)                                                           \
	{                                                                      \
		.text = t, __VA_ARGS__                                         \
	}

/* Print the rows whose conditions hold; nothing with --json. */
void result_text(struct out *out, const struct row *rows, const json_t *object);

/* Print object as text or as JSON, once; more text may follow. Takes ownership
 * of object; if it is NULL (out of memory) nothing is printed. */
int result_put(struct out *out, const struct row *rows, json_t *object,
	       struct shvm_err *err);

#endif
