/* SPDX-License-Identifier: MIT */
/* What tests ask of an answer file. */
#include "tests/unit/support_answer.h"

#include "base/buf.h"
#include "tests/unit/support_schema.h"

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
	if (!schema_accepts(schema, a->xml, a->xml_size))
		fail_msg("%s: %.*s", schema, (int)a->xml_size,
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
