/* SPDX-License-Identifier: MIT */
/* The blob of a transport key, and protectors that cannot be opened. */
#include "base/be.h"
#include "pdk/protector_internal.h"
#include "tests/unit/support_kps.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

/* Words of a blob, big-endian; key: that many bytes after the first four. */
static struct secret *make_blob(const uint32_t *words, size_t count, size_t key)
{
	struct secret *s = NULL;
	uint8_t *at;

	assert_int_equal(secret_new(count * 4 + key, &s, NULL), 0);
	at = s->data;
	for (size_t i = 0; i < count; i++) {
		if (i == 4) {
			memset(at, 0xaa, key);
			at += key;
		}
		be32_put(at, words[i]);
		at += 4;
	}
	return s;
}

static void reads_both_versions(void **state)
{
	static const uint32_t v1[] = { 48, 1, 1, 32 };
	static const uint32_t v2[] = { 72, 2, 1, 32, 1, 1, 6, 8, 9, 9 };
	static const uint32_t v2_none[] = { 52, 2, 1, 32, 0 };
	const struct {
		const uint32_t *words;
		size_t count;
	} good[] = { { v1, 4 }, { v2, 10 }, { v2_none, 5 } };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		AUTO(secret_ptr)
		blob = make_blob(good[i].words, good[i].count, 32);
		AUTO(secret_ptr) key = NULL;
		struct shvm_err err = { 0 };

		if (protector_blob_decode(blob, &key, &err) < 0)
			fail_msg("case %zu: %s", i, err.msg);
		assert_int_equal(key->size, 32);
	}
}

static void writes_version_1(void **state)
{
	AUTO(secret_ptr) key = NULL;
	AUTO(secret_ptr) blob = NULL;
	AUTO(secret_ptr) again = NULL;
	static const uint8_t head[] = { 0, 0, 0, 48, 0, 0, 0, 1,
					0, 0, 0, 1,  0, 0, 0, 32 };

	(void)state;
	assert_int_equal(secret_new(32, &key, NULL), 0);
	memset(key->data, 7, 32);
	assert_int_equal(protector_blob_encode(key, &blob, NULL), 0);
	assert_int_equal(blob->size, 48);
	assert_memory_equal(blob->data, head, sizeof(head));
	assert_int_equal(protector_blob_decode(blob, &again, NULL), 0);
	assert_memory_equal(again->data, key->data, 32);
}

static const struct {
	uint32_t words[10];
	size_t count, key;
	int code;
	const char *says;
} wrong_blobs[] = {
	{ { 12, 1, 1 }, 3, 0, SHVM_E_FORMAT, "blob of 12 bytes" },
	{ { 49, 1, 1, 32 }, 4, 32, SHVM_E_FORMAT, "DataSize is 49" },
	{ { 0x30000000, 0x01000000, 1, 32 },
	  4,
	  32,
	  SHVM_E_UNSUPPORTED,
	  "little-endian" },
	{ { 48, 0, 1, 32 }, 4, 32, SHVM_E_UNSUPPORTED, "blob version 0" },
	{ { 48, 3, 1, 32 }, 4, 32, SHVM_E_UNSUPPORTED, "blob version 3" },
	{ { 48, 1, 0, 32 }, 4, 32, SHVM_E_UNSUPPORTED, "holds 0 keys" },
	{ { 80, 1, 2, 32 }, 4, 64, SHVM_E_UNSUPPORTED, "holds 2 keys" },
	{ { 31, 1, 1, 15 }, 4, 15, SHVM_E_FORMAT, "key of 15 bytes" },
	{ { 145, 1, 1, 129 }, 4, 129, SHVM_E_FORMAT, "key of 129 bytes" },
	{ { 48, 1, 1, 33 }, 4, 32, SHVM_E_FORMAT, "inside the key" },
	{ { 48, 1, 1, 31 }, 4, 32, SHVM_E_FORMAT, "1 bytes after" },
	{ { 48, 2, 1, 32 }, 4, 32, SHVM_E_FORMAT, "ends before its policies" },
	{ { 52, 2, 1, 32, 65 }, 5, 32, SHVM_E_FORMAT, "65 policies" },
	{ { 52, 2, 1, 32, 1 }, 5, 32, SHVM_E_FORMAT, "policy 0 is cut short" },
	{ { 64, 2, 1, 32, 1, 1, 6, 4 },
	  8,
	  32,
	  SHVM_E_FORMAT,
	  "policy 0 is cut short" },
	{ { 64, 2, 1, 32, 1, 2, 6, 0 },
	  8,
	  32,
	  SHVM_E_FORMAT,
	  "id 2 and type 6" },
	{ { 64, 2, 1, 32, 1, 1, 5, 0 },
	  8,
	  32,
	  SHVM_E_FORMAT,
	  "id 1 and type 5" },
	{ { 68, 2, 1, 32, 1, 1, 6, 0, 0 },
	  9,
	  32,
	  SHVM_E_FORMAT,
	  "4 bytes after" },
};

static void refuses_each_wrong_blob(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(wrong_blobs); i++) {
		AUTO(secret_ptr)
		blob = make_blob(wrong_blobs[i].words, wrong_blobs[i].count,
				 wrong_blobs[i].key);
		struct secret *key = NULL;
		struct shvm_err err = { 0 };
		int r = protector_blob_decode(blob, &key, &err);

		if (r != wrong_blobs[i].code ||
		    !strstr(err.msg, wrong_blobs[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_null(key);
	}
}

static void a_wrong_mac_and_a_wrong_cipher_text_do_not_open(void **state)
{
	AUTO(guardian_ptr) owner = kps_guardian(0);
	AUTO(protector_ptr) p = NULL;
	AUTO(secret_ptr) key = NULL;
	struct secret *opened = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(protector_new(owner, NULL, 0, &p, &key, NULL), 0);
	p->mac.value.len--; /* a shortened MAC is easier to guess */
	assert_int_equal(protector_open(p, owner->encryption_key, NULL, &opened,
					&err),
			 SHVM_E_VERIFY);
	p->mac.value.len++;
	p->mac.value.data[0] ^= 1;
	assert_int_equal(protector_open(p, owner->encryption_key, NULL, &opened,
					&err),
			 SHVM_E_VERIFY);
	assert_string_equal(err.reason, "bad-protector");
	assert_non_null(strstr(err.msg, "transport-key-signature"));
	p->items[0].transport.value.data[5] ^= 1;
	assert_int_equal(protector_open(p, owner->encryption_key, NULL, &opened,
					&err),
			 SHVM_E_CRYPTO);
	assert_non_null(strstr(err.msg, "wrapping 1: transport key"));
	assert_null(opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_both_versions),
		cmocka_unit_test(writes_version_1),
		cmocka_unit_test(refuses_each_wrong_blob),
		cmocka_unit_test(
			a_wrong_mac_and_a_wrong_cipher_text_do_not_open),
	};

	return cmocka_run_group_tests_name("protector_key", tests, NULL, NULL);
}
