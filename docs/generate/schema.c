/* SPDX-License-Identifier: MIT */
/* docs/pdk-spec.schema.json: the grammar of a specification for pdk create. */
#include "docs/generate/generate.h"

#include "cli/pdk_cmds.h"

#include <string.h>

static json_t *ref(const char *name)
{
	return json_pack("{s:s++}", "$ref", "#/$defs/", name, "");
}

/* Members whose names begin with // are remarks, and others are unknown. */
static json_t *object_of(json_t *properties, const char *first,
			 const char *second)
{
	json_t *required = json_array();

	if (first)
		json_array_append_new(required, json_string(first));
	if (second)
		json_array_append_new(required, json_string(second));
	return json_pack("{s:s, s:o, s:b, s:{s:{}}, s:o}", "type", "object",
			 "required", required, "additionalProperties", 0,
			 "patternProperties", "^//", "properties", properties);
}

static json_t *words_of(const char *words)
{
	json_t *list = json_array();

	while (*words) {
		const size_t len = strcspn(words, "|");

		json_array_append_new(list, json_stringn(words, len));
		words += len;
		words += *words == '|';
	}
	return json_pack("{s:o}", "enum", list);
}

static json_t *rules(void)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i <= SHVM_RULE_GREATER_THAN_OR_EQUALS; i++)
		json_array_append_new(list, json_string(shvm_rule_name(
						    (enum shvm_rule)i)));
	return json_pack("{s:o}", "enum", list);
}

static json_t *value_of(const struct cli_opt *row)
{
	json_t *pair;

	switch (row->kind) {
	case CLI_FLAG:
		return json_pack("{s:s}", "type", "boolean");
	case CLI_UINT:
		return json_pack("{s:s, s:i, s:i}", "type", "integer",
				 "minimum", (int)row->min, "maximum",
				 (int)row->max);
	case CLI_CHOICE:
		return words_of(row->meta);
	case CLI_FINGERPRINT:
		return json_pack("{s:s, s:s}", "type", "string", "pattern",
				 "^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$");
	case CLI_SECRET:
	case CLI_DRAWN:
		return ref("source");
	case CLI_RULED_PATH:
		return object_of(json_pack("{s:o, s:o}", "path", ref("path"),
					   "rule", rules()),
				 "path", "rule");
	case CLI_NAMED_PATH:
		pair = object_of(json_pack("{s:{s:s, s:s}, s:o}", "name",
					   "type", "string", "pattern",
					   "^[^=/]+$", "path", ref("path")),
				 "name", "path");
		return json_pack("{s:[o, o]}", "anyOf", ref("path"), pair);
	default:
		return opt_is_file(row) ? ref("path")
					: json_pack("{s:s}", "type", "string");
	}
}

static json_t *member_of(const struct cli_opt *row)
{
	json_t *value = value_of(row);

	if (row->is_list)
		value = json_pack("{s:s, s:o}", "type", "array", "items",
				  value);
	json_object_set_new(value, "description", json_string(row->help));
	return value;
}

/* The members of one object; the others where they first appear. */
static json_t *members_of(const struct opt_table *t, const char *object)
{
	json_t *all = json_object();
	const char *required = NULL;

	if (!object) {
		required = "schema";
		json_object_set_new(all, "$schema",
				    json_pack("{s:s}", "type", "string"));
		json_object_set_new(all, "schema",
				    json_pack("{s:i}", "const",
					      PDK_SPEC_VERSION));
	}
	for (const struct cli_opt *row = t->rows; row->name; row++) {
		if (!object && row->object &&
		    !json_object_get(all, row->object))
			json_object_set_new(all, row->object,
					    members_of(t, row->object));
		if (!opt_in_spec(row, object))
			continue;
		json_object_set_new(all, row->spec, member_of(row));
		if (row->spec_required)
			required = row->spec;
	}
	return object_of(all, required, NULL);
}

static json_t *definitions(void)
{
	return json_pack(
		"{s:{s:s, s:i}, s:{s:s, s:i, s:s}}", "path", "type", "string",
		"minLength", 1, "source", "type", "string", "minLength", 1,
		"description",
		"a file, fd:N, - for the terminal; for passwords of accounts also random. Never the secret itself");
}

bool schema_make(FILE *f)
{
	struct opt_table t;
	json_t *all = json_pack(
		"{s:s, s:s, s:s}", "$schema",
		"https://json-schema.org/draft/2020-12/schema", "title",
		"Specification of a shielding data file, for shvm pdk create --spec",
		"description",
		"Made by make docs. Paths are relative to the specification's folder. Members whose names begin with // are remarks.");
	bool made;

	opt_table_init(&t, pdk_create_opts);
	json_object_update_new(all, members_of(&t, NULL));
	json_object_set_new(all, "$defs", definitions());
	made = all && json_dumpf(all, f, JSON_INDENT(2)) == 0;
	json_decref(all);
	fputc('\n', f);
	return made;
}
