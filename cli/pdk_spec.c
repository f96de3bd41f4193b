/* SPDX-License-Identifier: MIT */
/* A specification describes a shielding data file in one declarative file, which
 * can be kept in a repository. Its members are the option rows of pdk create;
 * docs/pdk-spec.schema.json is generated from the same rows. */
#include "base/buf.h"
#include "base/file.h"
#include "base/utf16.h"
#include "cli/pdk_cmds.h"

#include <string.h>
#include <strings.h>

enum {
	SPEC_SIZE_MAX = 1 << 20,
	SPEC_STRINGS_MAX = 10000
};

/* One line of the example: a comment, or a value of a row. */
static void add_value(struct buf *b, const struct cli_opt *row,
		      const char *example)
{
	const char *split = NULL;

	if (row->kind == CLI_RULED_PATH)
		split = strrchr(example, ':');
	else if (row->kind == CLI_NAMED_PATH)
		split = strchr(example, '=');
	if (row->kind == CLI_FLAG)
		buf_add_text(b, example);
	else if (split)
		buf_printf(b, "{ \"%s\": \"%.*s\", \"%s\": \"%s\" }",
			   row->kind == CLI_RULED_PATH ? "path" : "name",
			   (int)(split - example), example,
			   row->kind == CLI_RULED_PATH ? "rule" : "path",
			   split + 1);
	else
		buf_printf(b, "\"%s\"", example);
}

int pdk_spec_example(const struct opt_table *rows, struct buf *ret,
		     struct shvm_err *err)
{
	const char *object = NULL, *before = NULL;

	buf_printf(
		ret,
		"{\n  \"//\": \"usage: shvm pdk create OUT.pdk --spec THIS; paths are relative to this file's folder; members whose names begin with // are comments\",\n"
		"  \"schema\": %d",
		PDK_SPEC_VERSION);
	for (const struct cli_opt *row = rows->rows; row->name; row++) {
		const bool is_pass = row->kind == CLI_SECRET && before;
		const char *example = is_pass ? "-" : row->example;
		const char *in;

		before = row->kind == CLI_KEY ? row->example : NULL;
		if (!example || *row->spec == '\0')
			continue;
		if (object && row->object != object)
			buf_add_text(ret, "\n  }");
		buf_add_text(ret, ",\n");
		if (row->object && row->object != object)
			buf_printf(ret, "  \"%s\": {\n", row->object);
		object = row->object;
		in = object ? "    " : "  ";
		buf_printf(ret, "%s\"// %s\": \"%s%s%s\",\n%s\"%s\": ", in,
			   row->spec, row->help, is_pass ? ": " : "",
			   is_pass ? row->meta : "", in, row->spec);
		buf_add_text(ret, row->is_list ? "[" : "");
		add_value(ret, row, example);
		buf_add_text(ret, row->is_list ? "]" : "");
	}
	buf_add_text(ret, object ? "\n  }\n}\n" : "\n}\n");
	buf_add_zeros(ret, 1);
	return buf_check(ret, "specification", err);
}

/* One load; the folder ends in a slash or is empty. */
struct loader {
	struct pdk_spec *spec;
	const char *path;
	struct buf folder;
	const struct opt_table *rows;
	void *args;
	struct shvm_err *err;
};

void pdk_spec_done(struct pdk_spec *spec)
{
	json_decref(spec->root);
	for (size_t i = 0; i < spec->count; i++)
		free(spec->strings[i]);
	free(spec->strings);
	*spec = (struct pdk_spec){ 0 };
}

#define WRONG(l, ...) err_set((l)->err, SHVM_E_ARG, __VA_ARGS__)

/* Memory that is freed with the specification; takes ownership of p. */
static int keep(struct loader *l, void *p)
{
	char **strings;

	TRY(err_null(l->err, p, l->path));
	strings = realloc(l->spec->strings,
			  (l->spec->count + 1) * sizeof(*strings));
	if (!strings) {
		free(p);
		return err_nomem(l->err, l->path);
	}
	l->spec->strings = strings;
	strings[l->spec->count++] = p;
	return SHVM_OK;
}

static int get_text(struct loader *l, const char *name, const json_t *value,
		    const char **ret)
{
	if (!json_is_string(value))
		return WRONG(l, "%s: %s is not a string", l->path, name);
	if (strlen(json_string_value(value)) != json_string_length(value))
		return WRONG(l, "%s: %s contains a NUL", l->path, name);
	*ret = json_string_value(value);
	return SHVM_OK;
}

/* Owner and guardians may be URLs. */
static bool is_url(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 ||
	       strncasecmp(text, "https://", 8) == 0;
}

static int get_path(struct loader *l, const char *name, const json_t *value,
		    const char **ret)
{
	AUTO_DONE(buf) full = { 0 };
	const char *text;

	TRY(get_text(l, name, value, &text));
	if (text[0] == '\0')
		return WRONG(l, "%s: %s is empty", l->path, name);
	if (text[0] == '/' || l->folder.len == 0 || is_url(text)) {
		*ret = text;
		return SHVM_OK;
	}
	buf_add(&full, l->folder.data, l->folder.len);
	buf_add_text(&full, text);
	buf_add_zeros(&full, 1);
	TRY(buf_check(&full, l->path, l->err));
	*ret = (const char *)full.data;
	return keep(l, STEAL(full.data));
}

/* Values that are not paths, although most of this kind are. */
static bool is_text(enum cli_kind kind, const char *text)
{
	if (kind == CLI_KEY || kind == CLI_CERT)
		return strncmp(text, "pkcs11:", 7) == 0;
	if (kind == CLI_DRAWN && strcmp(text, "random") == 0)
		return true;
	if (kind == CLI_PATH_OR_NEW && strcmp(text, "new") == 0)
		return true;
	if (kind == CLI_SECRET || kind == CLI_DRAWN)
		return strcmp(text, "-") == 0 || strncmp(text, "fd:", 3) == 0;
	return kind == CLI_PATH_OR_TEXT && strchr(text, ' ');
}

/* A value as on the command line, with the folder added to a relative path. */
static int get_string(struct loader *l, const struct cli_opt *row,
		      const json_t *value, const char **ret)
{
	const char *text;
	int r;

	TRY(get_text(l, row->spec, value, &text));
	if (opt_is_file(row) && *text && !is_text(row->kind, text))
		return get_path(l, row->spec, value, ret);
	r = parse_check_text(row, text, l->err);
	if (r < 0) {
		(void)err_prefix(l->err, r, "%s", row->spec);
		return err_prefix(l->err, r, "%s", l->path);
	}
	*ret = text;
	return SHVM_OK;
}

/* "path:RULE" or "name=path", as on the command line. */
static int get_pair(struct loader *l, const char *name, const json_t *item,
		    bool template, const char **ret)
{
	const char *second_name = template ? "rule" : "name";
	AUTO_DONE(buf) joined = { 0 };
	const char *path, *second;
	const char *key;
	json_t *value;

	if (!template && json_is_string(item))
		return get_path(l, name, item, ret);
	if (!json_is_object(item))
		return WRONG(l, "%s: an item of %s is not an object", l->path,
			     name);
	json_object_foreach((json_t *)(uintptr_t)item, key, value) if (
		strcmp(key, "path") != 0 && strcmp(key, second_name) != 0 &&
		strncmp(key, "//", 2) !=
			0) return WRONG(l,
					"%s: an item of %s has an unknown member \"%s\"",
					l->path, name, key);
	TRY(get_path(l, name, json_object_get(item, "path"), &path));
	TRY(get_text(l, second_name, json_object_get(item, second_name),
		     &second));
	if (!template && strpbrk(second, "=/"))
		return WRONG(l, "%s: file name \"%s\" contains = or /", l->path,
			     second);
	buf_printf(&joined, "%s%s%s", template ? path : second,
		   template ? ":" : "=", template ? second : path);
	buf_add_zeros(&joined, 1);
	TRY(buf_check(&joined, l->path, l->err));
	*ret = (const char *)joined.data;
	return keep(l, STEAL(joined.data));
}

static int get_item(struct loader *l, const struct cli_opt *row,
		    const json_t *value, const char **ret)
{
	if (row->kind == CLI_RULED_PATH || row->kind == CLI_NAMED_PATH)
		return get_pair(l, row->spec, value,
				row->kind == CLI_RULED_PATH, ret);
	return get_string(l, row, value, ret);
}

static int get_list(struct loader *l, const struct cli_opt *row,
		    const json_t *value, struct cli_list *list)
{
	const size_t add = json_array_size(value);
	const char **items;

	if (!json_is_array(value))
		return WRONG(l, "%s: %s is not an array", l->path, row->spec);
	if (add > SPEC_STRINGS_MAX || list->count > SPEC_STRINGS_MAX)
		return WRONG(l, "%s: %s has %zu items", l->path, row->spec,
			     add);
	items = calloc(list->count + add + 1, sizeof(*items));
	TRY(keep(l, items));
	for (size_t i = 0; i < list->count; i++)
		items[i] = list->items[i];
	for (size_t i = 0; i < add; i++)
		TRY(get_item(l, row, json_array_get(value, i),
			     &items[list->count + i]));
	list->items = items;
	list->count += add;
	return SHVM_OK;
}

/* The command line takes precedence. */
static int get_member(struct loader *l, const struct cli_opt *row,
		      const json_t *value)
{
	void *field = (char *)l->args + row->field;
	const char *text;
	int r;

	if (row->is_list)
		return get_list(l, row, value, field);
	if (row->kind == CLI_FLAG) {
		if (!json_is_boolean(value))
			return WRONG(l, "%s: %s is not true or false", l->path,
				     row->spec);
		if (json_is_true(value))
			*(bool *)field = true;
		return SHVM_OK;
	}
	if (row->kind == CLI_UINT) {
		if (!json_is_integer(value) ||
		    json_integer_value(value) < (json_int_t)row->min ||
		    json_integer_value(value) > (json_int_t)row->max)
			return WRONG(l, "%s: %s is not a number from %u to %u",
				     l->path, row->spec, row->min, row->max);
		if (*(uint32_t *)field == 0)
			*(uint32_t *)field =
				(uint32_t)json_integer_value(value);
		return SHVM_OK;
	}
	r = get_item(l, row, value, &text);
	if (r == SHVM_OK && !*(const char **)field)
		*(const char **)field = text;
	return r;
}

/* The row of a member in this object, NULL when there is none. */
static const struct cli_opt *find_member(const struct opt_table *t,
					 const char *object, const char *name)
{
	for (const struct cli_opt *row = t->rows; row->name; row++)
		if (opt_in_spec(row, object) && strcmp(row->spec, name) == 0)
			return row;
	return NULL;
}

/* Is it the name of an object with its own members? */
static bool is_object(const struct opt_table *t, const char *name)
{
	for (const struct cli_opt *row = t->rows; row->name; row++)
		if (row->object && strcmp(row->object, name) == 0)
			return true;
	return false;
}

/* object is NULL for the outermost. */
static int get_object(struct loader *l, const json_t *json, const char *object)
{
	const char *name = object ? object : "the specification";
	const char *key;
	json_t *value;

	if (!json_is_object(json))
		return WRONG(l, "%s: %s is not an object", l->path, name);
	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		const struct cli_opt *row = find_member(l->rows, object, key);
		int r = SHVM_OK;

		if (row)
			r = get_member(l, row, value);
		else if (!object && is_object(l->rows, key))
			r = get_object(l, value, key);
		else if (strncmp(key, "//", 2) != 0 &&
			 (object || (strcmp(key, "schema") != 0 &&
				     strcmp(key, "$schema") != 0)))
			return WRONG(l, "%s: unknown member \"%s\" in %s",
				     l->path, key, name);
		if (r < 0)
			return r;
	}
	for (const struct cli_opt *row = l->rows->rows; row->name; row++)
		if (opt_in_spec(row, object) && row->spec_required &&
		    !json_object_get(json, row->spec))
			return WRONG(l, "%s: %s: member %s is required",
				     l->path, name, row->spec);
	return SHVM_OK;
}

/*
 * The parser quotes the text at which it stopped, which may be a password. So
 * only the message before the quote is repeated.
 */
static int bad_json(const char *path, const json_error_t *why,
		    struct shvm_err *err)
{
	const char *near = strstr(why->text, " near ");
	const size_t len =
		near ? (size_t)(near - why->text) : strlen(why->text);

	return err_set(err, SHVM_E_ARG, "%s: line %d, column %d: %.*s", path,
		       why->line, why->column, (int)len, why->text);
}

int pdk_spec_load(const char *path, const struct opt_table *rows, void *args,
		  struct pdk_spec *spec, struct shvm_err *err)
{
	struct loader l = { .spec = spec,
			    .path = path,
			    .rows = rows,
			    .args = args,
			    .err = err };
	AUTO_DONE(buf) file = { 0 };
	AUTO_DONE(buf) text = { 0 };
	const char *slash = strrchr(path, '/');
	json_error_t why;
	int r;

	TRY(file_read_all(path, SPEC_SIZE_MAX, &file, err));
	if (!utf16_marked_to_utf8(file.data, file.len, &text, NULL))
		return err_set(err, SHVM_E_ARG, "%s: not well-formed UTF-16",
			       path);
	TRY(buf_check(&text, path, err));
	spec->root = json_loadb((const char *)text.data, text.len,
				JSON_REJECT_DUPLICATES, &why);
	if (!spec->root)
		return bad_json(path, &why, err);
	if (json_integer_value(json_object_get(spec->root, "schema")) !=
	    PDK_SPEC_VERSION)
		return err_set(err, SHVM_E_ARG, "%s: \"schema\" is not %d",
			       path, PDK_SPEC_VERSION);
	if (slash)
		buf_add(&l.folder, path, (size_t)(slash - path + 1));
	r = buf_check(&l.folder, path, err);
	if (r == SHVM_OK)
		r = get_object(&l, spec->root, NULL);
	buf_done(&l.folder);
	return r;
}
