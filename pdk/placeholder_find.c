/* SPDX-License-Identifier: MIT */
/* Finds the placeholders in the files of shielding data, by type of file. */
#include "base/auto.h"
#include "base/match.h"
#include "pdk/markup.h"
#include "pdk/placeholder.h"

#include <string.h>
#include <strings.h>

static int find_in_xml(const char *text, size_t len, struct placeholders *ret,
		       struct shvm_err *err)
{
	struct markup_reader reader = { text, len, 0 };
	struct markup m;
	int more, r = SHVM_OK;

	while (r == SHVM_OK && (more = markup_next(&reader, &m)) != 0) {
		if (more < 0)
			return err_set(err, SHVM_E_FORMAT, "line %u: not XML",
				       markup_line(text, reader.at));
		if (m.kind == MARKUP_TEXT || m.kind == MARKUP_START ||
		    m.kind == MARKUP_EMPTY)
			r = placeholders_add_all(ret, text, m.from, m.to,
						 PLACEHOLDER_IN_TEXT, err);
		else if (m.kind == MARKUP_CDATA)
			r = placeholders_add_all(ret, text, m.inner_from,
						 m.inner_to,
						 PLACEHOLDER_IN_CDATA, err);
	}
	return r;
}

enum placeholder_form placeholder_form_of(const char *name, const void *data,
					  size_t len)
{
	/* Files of the data source NoCloud; user data may also be a script. */
	static const char *const cloud[] = { "meta-data", "network-config",
					     "user-data", "vendor-data" };
	static const char *const heads[] = { "#cloud-config",
					     "## template: jinja" };

	if (text_ends(name, ".xml"))
		return PLACEHOLDER_XML;
	if (text_ends(name, ".yaml") || text_ends(name, ".yml"))
		return PLACEHOLDER_YAML;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (text_begins(data, len, heads[i]))
			return PLACEHOLDER_YAML;
	for (size_t i = 0; i < ARRAY_SIZE(cloud); i++)
		if (strcasecmp(name, cloud[i]) == 0 &&
		    !text_begins(data, len, "#!"))
			return PLACEHOLDER_YAML;
	return PLACEHOLDER_SCRIPT;
}

int placeholders_find(enum placeholder_form form, const char *text, size_t len,
		      struct placeholders *ret, struct shvm_err *err)
{
	AUTO_DONE(placeholders) p = { 0 };

	if (form == PLACEHOLDER_XML)
		TRY(find_in_xml(text, len, &p, err));
	else if (form == PLACEHOLDER_YAML)
		TRY(placeholders_in_yaml(text, len, &p, err));
	else
		TRY(placeholders_add_all(&p, text, 0, len,
					 PLACEHOLDER_IN_SCRIPT, err));
	*ret = MOVE(p);
	return SHVM_OK;
}
