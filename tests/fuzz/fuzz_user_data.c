/* SPDX-License-Identifier: MIT */
/* User-data of cloud-init: what is accepted keeps its structure whatever the
 * fabric's values are, as libyaml sees it. */
#include "pdk/fabric.h"
#include "pdk/user_data.h"

#include <stdlib.h>
#include <yaml.h>

/* One letter for each event. */
static void structure(const struct buf *text, struct buf *ret)
{
	yaml_parser_t parser;
	bool end = false;

	if (!yaml_parser_initialize(&parser))
		return;
	yaml_parser_set_input_string(&parser, text->data, text->len);
	while (!end) {
		yaml_event_t e;
		char letter;

		if (!yaml_parser_parse(&parser, &e)) {
			buf_add_text(ret, "?");
			break;
		}
		letter = (char)('a' + (int)e.type);
		end = e.type == YAML_STREAM_END_EVENT;
		buf_add(ret, &letter, 1);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&parser);
}

static void fill_in(const struct buf *in)
{
	struct buf out = { 0 }, before = { 0 }, after = { 0 };
	struct shvm_fabric *f = NULL;
	struct tokens t = { 0 };
	size_t count = 0;

	if (fabric_scan(PLACEHOLDER_YAML, in->data, in->len, &t, NULL) == 0 &&
	    t.count > 0 && shvm_fabric_new(&f, NULL) == 0) {
		for (size_t i = 0; i < t.count; i++)
			(void)shvm_fabric_add(f, t.items[i], "- a: b", NULL);
		if (fabric_substitute(f, PLACEHOLDER_YAML, in, &out, &count,
				      NULL) == 0) {
			structure(in, &before);
			structure(&out, &after);
			if (before.len != after.len ||
			    memcmp(before.data, after.data, before.len) != 0)
				abort();
		}
	}
	shvm_fabric_free(f);
	tokens_done(&t);
	buf_done(&out);
	buf_done(&before);
	buf_done(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf in = { 0 };

	buf_add(&in, data, size);
	if (user_data_check(&in, NULL) == 0)
		fill_in(&in);
	buf_done(&in);
	return 0;
}
