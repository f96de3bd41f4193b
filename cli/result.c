/* SPDX-License-Identifier: MIT */
/* Results: JSON objects, and their text as rows over the same objects. */
#include "cli/result.h"

#include "base/buf.h"
#include "base/encode.h"
#include "cli/size.h"
#include "cli/time.h"

#include <string.h>
#include <time.h>

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

/* The member "a.b", null in a null; NULL when there is no such member, which is
 * null for "a.b?". */
static const json_t *find(const json_t *object, const char *path, size_t len)
{
	const bool may_be_missing = len > 0 && path[len - 1] == '?';

	len -= may_be_missing;
	while (object && !json_is_null(object) && len > 0) {
		const char *dot = memchr(path, '.', len);
		const size_t n = dot ? (size_t)(dot - path) : len;

		object = json_object_getn(object, path, n);
		path += n + (dot != NULL);
		len -= n + (dot != NULL);
	}
	return object || !may_be_missing ? object : json_null();
}

/* Prints a value in the form how; false: leave out the text around it. */
static bool add_value(struct buf *line, const json_t *value, const char *how,
		      bool is_optional)
{
	const char *word =
		json_is_false(value) ? "false" : json_string_value(value);
	char text[32];

	if (*how == '=')
		return word && strcmp(how + 1, word) == 0;
	if (word && strcmp(how, ":past") == 0)
		return strcmp(word, time_format(time(NULL), text)) < 0;
	if (word && strcmp(how, ":future") == 0)
		return strcmp(word, time_format(time(NULL), text)) > 0;
	if (strcmp(how, ":count") == 0)
		buf_printf(line, "%zu", json_array_size(value));
	else if (json_is_integer(value) && strcmp(how, ":size") == 0)
		buf_add_text(line,
			     size_format((uint64_t)json_integer_value(value),
					 text));
	else if (json_is_integer(value))
		buf_printf(line, "%jd", (intmax_t)json_integer_value(value));
	else if (json_is_string(value))
		buf_add_text(line, word);
	else
		return json_is_true(value) || json_array_size(value) > 0;
	return !is_optional || !word || *word;
}

/* Expands the text between { and }. */
static bool add_member(struct buf *line, const json_t *object, const char *text,
		       size_t len, bool is_optional)
{
	const size_t n = strcspn(text, ":=}");
	const json_t *value = find(object, text, n);
	char how[32];

	if (!value) {
		buf_add(line, text - 1, len + 2);
		return true;
	}
	(void)snprintf(how, sizeof(how), "%.*s", (int)(len - n), text + n);
	return add_value(line, value, how, is_optional);
}

/* Expands up to the end, or to the ] of an optional part; moves *text there. */
static bool add_text(struct buf *line, const json_t *object, const char **text,
		     bool is_optional)
{
	const char *at = *text;
	bool whole = true;
	size_t n;

	for (;; at += n + 1) {
		n = strcspn(at, "{[]}");
		buf_add(line, at, n);
		at += n;
		n = 0;
		if (*at == '{') {
			n = strcspn(at, "}") - 1;
			whole &= add_member(line, object, at + 1, n,
					    is_optional);
			n++;
		} else if (*at == '[') {
			const size_t before = line->len;

			at++;
			if (!add_text(line, object, &at, true))
				line->len = before;
		} else {
			*text = at;
			return whole;
		}
	}
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
