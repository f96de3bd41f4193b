/* SPDX-License-Identifier: MIT */
/*
 * No byte of a protector changes unseen: a thorough run tries each byte of a
 * whole file, others one of two, so this is a program of its own.
 * SHVM_TEST_VALUES=255 tries every value of each.
 */
#include "pdk/protector_internal.h"
#include "tests/unit/support.h"
#include "tests/unit/support_kps.h"
#include "tests/unit/support_san.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

/* Is the changed file refused, by the decoder or by the check? */
static bool is_refused(const struct buf *data, const struct secret *key,
		       size_t *by_check)
{
	AUTO(protector_ptr) p = NULL;

	if (shvm_protector_decode(data->data, data->len, "kp", &p, NULL) < 0)
		return true;
	++*by_check;
	return protector_check(p, key, NULL, NULL) < 0;
}

/* An owner and one guardian, and MaxOfflineUnwraps="10". */
static void make(struct buf *ret, struct secret **ret_key)
{
	AUTO(guardian_ptr) owner = kps_guardian(0);
	AUTO(guardian_ptr) fabric = kps_guardian(1);
	const struct shvm_guardian *guardians[] = { fabric };
	AUTO(protector_ptr) p = NULL;
	struct shvm_err err = { 0 };

	if (protector_new(owner, guardians, 1, &p, ret_key, &err) < 0)
		fail_msg("%s", err.msg);
	p->max_offline_unwraps = strdup("10");
	p->mac.value.len = p->guardian.value.len = 0;
	p->canon.len = p->xml.len = 0;
	assert_int_equal(protector_seal(p, 1, owner->signing_key, *ret_key,
					NULL),
			 0);
	assert_int_equal(protector_encode(p, ret, NULL), 0);
}

/* Under sanitizers, valgrind and with failing allocations each change takes
 * too long to try them all: one of some 60 then. */
static size_t stride(void)
{
	const bool is_slow = SANITIZED;
	const char *preload = getenv("LD_PRELOAD");

	if (is_slow || getenv("SHVM_OOM_AT") || getenv("SHVM_OOM_COUNT") ||
	    (preload && strstr(preload, "vgpreload")))
		return 61;
	return test_is_thorough() ? 1 : 2;
}

/*
 * MS-KPS leaves MaxOfflineUnwraps outside of both signatures, so its digits
 * may become other digits: nothing else.
 */
static void no_other_byte_changes_unseen(void **state)
{
	const char *values = getenv("SHVM_TEST_VALUES");
	const unsigned int all = values && strcmp(values, "255") == 0;
	AUTO(secret_ptr) key = NULL;
	AUTO_DONE(buf) data = { 0 };
	size_t tried = 0, by_check = 0, unseen = 0;
	const uint8_t *number;

	(void)state;
	make(&data, &key);
	assert_false(is_refused(&data, key, &by_check));
	by_check = 0;
	number = memmem(data.data, data.len, "Unwraps=\"10\"", 12);
	assert_non_null(number);
	number += 9;

	for (size_t i = 0; i < data.len; i += stride()) {
		uint8_t *at = &data.data[i];
		const uint8_t byte = *at;

		for (unsigned int mask = 1; mask < 256; mask++) {
			if (!all && mask != (i % 3 ? 0x01 : 0x20))
				continue;
			*at = byte ^ (uint8_t)mask;
			tried++;
			if (is_refused(&data, key, &by_check))
				continue;
			if ((at != number && at != number + 1) || *at < '0' ||
			    *at > '9')
				fail_msg("byte %zu, %02x to %02x, is not seen",
					 i, byte, *at);
			unseen++;
		}
		*at = byte;
	}
	print_message("%zu bytes, %zu changes: %zu refused by the decoder, "
		      "%zu by the check, %zu unseen in MaxOfflineUnwraps\n",
		      data.len, tried, tried - by_check, by_check - unseen,
		      unseen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_other_byte_changes_unseen),
	};

	return cmocka_run_group_tests_name("protector_bytes", tests, NULL,
					   NULL);
}
