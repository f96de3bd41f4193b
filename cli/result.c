/* SPDX-License-Identifier: MIT */
/* Results: JSON objects, and their text as rows over the same objects. */
#include "cli/result.h"

#include "base/buf.h"
#include "base/encode.h"
#include "base/match.h"
#include "cli/size.h"
#include "cli/time.h"

#include <string.h>

json_t *result_object(const struct member *members)
{
	json_t *object = json_object();

	for (; members->name; members++)
		out_member(&object, members->name, members->value);
	return object;
}

json_t *result_same(json_t *value)
{
	return value;
}

json_t *result_flag(bool value)
{
	return json_boolean(value);
}

json_t *result_number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

json_t *result_guid(const struct shvm_guid *guid)
{
	char text[SHVM_GUID_TEXT];

	return out_string(shvm_guid_format(guid, text));
}

json_t *result_version(const struct shvm_version *version)
{
	char text[SHVM_VERSION_TEXT];

	return out_string(shvm_version_format(version, text));
}

json_t *result_hex(const uint8_t *data, size_t len)
{
	char text[2 * SHVM_HASH_SIZE_MAX + 1];

	hex_format(data, len, text);
	return out_string(text);
}

json_t *result_time(int64_t seconds)
{
	char text[32];

	return out_string(time_format(seconds, text));
}

json_t *result_time_or_null(int64_t seconds)
{
	return seconds ? result_time(seconds) : json_null();
}

/* What "a.b" means, null in a null; NULL when there is no such member. */
static const json_t *find(const json_t *object, const char *path, size_t len)
{
	while (object && !json_is_null(object) && len > 0) {
		const char *dot = memchr(path, '.', len);
		const size_t n = dot ? (size_t)(dot - path) : len;

		object = json_object_getn(object, path, n);
		path += n + (dot != NULL);
		len -= n + (dot != NULL);
	}
	return object;
}

/* A value as text; false when it leaves out what is around it. */
static bool add_value(struct buf *line, const json_t *value, bool is_size,
		      bool is_optional)
{
	char size[32];

	switch (json_typeof(value)) {
	case JSON_STRING:
		buf_add_text(line, json_string_value(value));
		return !is_optional || json_string_length(value) > 0;
	case JSON_INTEGER:
		if (is_size)
			buf_add_text(line,
				     size_format((uint64_t)json_integer_value(
							 value),
						 size));
		else
			buf_printf(line, "%" JSON_INTEGER_FORMAT,
				   json_integer_value(value));
		return true;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	default:
		return json_is_true(value) || json_is_object(value);
	}
}

/* What is between { and }. */
static bool add_member(struct buf *line, const json_t *object, const char *text,
		       size_t len, bool is_optional)
{
	const size_t n = strcspn(text, ":=}");
	const char *how = text + n;
	const size_t how_len = len - n;
	const json_t *value = find(object, text, n);

	if (!value) {
		buf_add(line, text - 1, len + 2);
		return true;
	}
	if (*how == '=')
		return json_is_string(value) &&
		       text_is(how + 1, how_len - 1, json_string_value(value));
	if (text_is(how, how_len, ":count")) {
		buf_printf(line, "%zu", json_array_size(value));
		return true;
	}
	return add_value(line, value, text_is(how, how_len, ":size"),
			 is_optional);
}

/* Up to the end, or to the ] of what is optional; *text is moved there. */
static bool add_text(struct buf *line, const json_t *object, const char **text,
		     bool is_optional)
{
	bool whole = true;

	while (**text && **text != ']') {
		const size_t len = strcspn(*text, "{[]}"), before = line->len;

		buf_add(line, *text, len);
		*text += len;
		if (**text == '{') {
			const size_t n = strcspn(*text, "}") - 1;

			whole = add_member(line, object, *text + 1, n,
					   is_optional) &&
				whole;
			*text += n + 2;
		} else if (**text == '[') {
			++*text;
			if (!add_text(line, object, text, true))
				line->len = before + len;
			++*text;
		}
	}
	return whole;
}

/* The whole text with a NUL; false when it is left out. */
static bool expand(struct buf *line, const json_t *object, const char *text)
{
	const bool whole = add_text(line, object, &text, false);

	buf_add_zeros(line, 1);
	return whole;
}

static void put_line(struct out *out, const struct row *row,
		     const json_t *object)
{
	AUTO_DONE(buf) line = { 0 };
	AUTO_DONE(buf) label = { 0 };

	if (!row->text || (row->verbose && !out->common.verbose) ||
	    !expand(&line, object, row->text))
		return;
	if (row->label)
		(void)expand(&label, object, row->label);
	if (line.failed || label.failed)
		out_warn(out, "out of memory for a line of output");
	else if (row->label)
		out_field(out, (const char *)label.data, "%s",
			  (const char *)line.data);
	else
		out_text(out, "%s", (const char *)line.data);
}

static void put_item(struct out *out, const struct row *row, const json_t *item)
{
	put_line(out, row, item);
	if (row->rows)
		result_text(out, row->rows, item);
}

void result_text(struct out *out, const struct row *rows, const json_t *object)
{
	if (!object || out_is_json(out))
		return;
	for (; rows->text || rows->each; rows++) {
		const json_t *of = rows->each ? find(object, rows->each,
						     strlen(rows->each))
					      : object;

		if (!json_is_array(of) && !json_is_null(of))
			put_item(out, rows, of);
		for (size_t i = 0; i < json_array_size(of); i++)
			put_item(out, rows, json_array_get(of, i));
	}
}

int result_put(struct out *out, const struct row *rows, json_t *object,
	       struct shvm_err *err)
{
	TRY(err_null(err, object, "json result"));
	result_text(out, rows, object);
	return out_json(out, object, err);
}
