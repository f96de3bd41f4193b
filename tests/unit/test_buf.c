/* SPDX-License-Identifier: MIT */
/* Output buffer and input cursor. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void grows_and_keeps_all_bytes(void **state)
{
	AUTO_DONE(buf) b = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 5000; i++)
		buf_add(&b, &(uint8_t){ (uint8_t)i }, 1);
	assert_int_equal(b.len, 5000);
	for (unsigned int i = 0; i < 5000; i++)
		assert_int_equal(b.data[i], (uint8_t)i);
	assert_int_equal(buf_check(&b, "b", NULL), SHVM_OK);
}

static void fails_once_and_for_all(void **state)
{
	AUTO_DONE(buf) b = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_null(buf_grow(&b, SIZE_MAX / 2 + 1));
	buf_add_text(&b, "late");
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_check(&b, "content", &err), SHVM_E_NOMEM);
	assert_string_equal(err.msg, "content: out of memory");

	/* Together with what is there it would wrap round to a small size. */
	buf_done(&b);
	buf_add_text(&b, "0123456789");
	assert_null(buf_grow(&b, SIZE_MAX - 5));
	assert_int_equal(b.len, 10);
}

static void formats_without_a_terminator(void **state)
{
	AUTO_DONE(buf) b = { 0 };

	(void)state;
	buf_printf(&b, "%d-%s", 42, "x");
	buf_add_le32(&b, 0x04030201);
	buf_add_le64(&b, 0x0807060504030201);
	buf_add_zeros(&b, 2);
	assert_int_equal(b.len, 4 + 4 + 8 + 2);
	assert_memory_equal(b.data, "42-x\1\2\3\4\1\2\3\4\5\6\7\10\0\0", 18);
}

static void cursor_never_passes_the_end(void **state)
{
	struct cursor c = cursor_init("\1\2\3\4\5\6\7\10\11", 9);
	const uint8_t *p;
	uint32_t v;

	(void)state;
	assert_true(cursor_be32(&c, &v));
	assert_int_equal(v, 0x01020304);
	assert_true(cursor_le32(&c, &v));
	assert_int_equal(v, 0x08070605);
	assert_false(cursor_le32(&c, &v));
	assert_false(cursor_be32(&c, &v));
	assert_false(cursor_take(&c, 2, &p));
	assert_int_equal(c.left, 1);
	assert_true(cursor_take(&c, 1, &p));
	assert_int_equal(*p, 9);
	assert_true(cursor_take(&c, 0, &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_keeps_all_bytes),
		cmocka_unit_test(fails_once_and_for_all),
		cmocka_unit_test(formats_without_a_terminator),
		cmocka_unit_test(cursor_never_passes_the_end),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
