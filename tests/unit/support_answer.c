/* SPDX-License-Identifier: MIT */
/* What tests ask of an answer file. */
#include "tests/unit/support_answer.h"

#include "base/file.h"
#include "base/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

int answer_ask(void *ctx, const char *what, char *buf, size_t size,
	       struct shvm_err *err)
{
	const size_t len = strlen(ctx);

	(void)what;
	(void)err;
	assert_true(len <= size);
	memcpy(buf, ctx, len);
	return (int)len;
}

void answer_validate(const struct shvm_answer *a, const char *schema)
{
	AUTO(xml_ptr) doc = NULL;
	AUTO_DONE(buf) text = { 0 };
	struct shvm_err err = { 0 };

	assert_int_equal(file_read_all(schema, 1 << 20, &text, &err), 0);
	buf_add_zeros(&text, 1);
	if (xml_parse(a->xml, a->xml_size, 0, "answer", &doc, &err) < 0 ||
	    xml_validate(doc, (const char *)text.data, "answer", &err) < 0)
		fail_msg("%s\n%.*s", err.msg, (int)a->xml_size,
			 (const char *)a->xml);
}

void answer_keys_are(const struct shvm_answer *a, const char *keys)
{
	AUTO_DONE(buf) joined = { 0 };

	for (size_t i = 0; i < a->key_count; i++)
		buf_printf(&joined, "%s%s", i > 0 ? " " : "", a->keys[i]);
	buf_add_zeros(&joined, 1);
	assert_non_null(joined.data);
	assert_string_equal(joined.data, keys);
}

bool answer_holds(const struct shvm_answer *a, const char *text)
{
	return memmem(a->xml, a->xml_size, text, strlen(text)) != NULL;
}
