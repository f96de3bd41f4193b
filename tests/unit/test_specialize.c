/* SPDX-License-Identifier: MIT */
/* The payload for Linux guests against its published layout. */
#include "base/le.h"
#include "tests/unit/support_pdk.h"
#include "tests/unit/support_specialize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Byte by byte from lsvmutils/specialize.h: header of 8, entries of 20. */
static const uint8_t two_files[] = {
	93,
	0,
	0,
	0,
	2,
	0,
	0,
	0,
	/* type, name size, name offset, payload size, payload offset */
	0,
	0,
	0,
	0,
	24,
	0,
	0,
	0,
	20,
	0,
	0,
	0,
	3,
	0,
	0,
	0,
	44,
	0,
	0,
	0,
	'u',
	0,
	'n',
	0,
	'a',
	0,
	't',
	0,
	't',
	0,
	'e',
	0,
	'n',
	0,
	'd',
	0,
	'.',
	0,
	'x',
	0,
	'm',
	0,
	'l',
	0,
	'<',
	'a',
	'>',
	/* the second begins where the first ends, without padding */
	0,
	0,
	0,
	0,
	14,
	0,
	0,
	0,
	20,
	0,
	0,
	0,
	4,
	0,
	0,
	0,
	34,
	0,
	0,
	0,
	'b',
	0,
	'.',
	0,
	'c',
	0,
	'o',
	0,
	'n',
	0,
	'f',
	0,
	'2',
	0,
	1,
	2,
	3,
	4,
};

static void two_payload(struct payload *p)
{
	static const uint8_t data[] = { 1, 2, 3, 4 };
	const struct shvm_file answer = { "any.xml", (const uint8_t *)"<a>",
					  3 };
	const struct shvm_file other = { "b.conf2", data, 4 };

	*p = (struct payload){ 0 };
	assert_int_equal(payload_set_answer(p, &answer, NULL), 0);
	assert_int_equal(payload_add(p, &other, NULL), 0);
}

static void clear_payload_is_the_published_layout(void **state)
{
	AUTO_DONE(payload) p = { 0 };
	AUTO_DONE(payload) again = { 0 };
	AUTO_DONE(buf) b = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	two_payload(&p);
	assert_int_equal(specialize_encode(&p, &b, NULL), 0);
	assert_int_equal(b.len, sizeof(two_files));
	assert_memory_equal(b.data, two_files, sizeof(two_files));
	if (specialize_decode(b.data, b.len, &again, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(again.count, 2);
	assert_string_equal(again.files[0].name, "unattend.xml");
	assert_int_equal(again.files[0].data.len, 3);
	assert_string_equal(again.files[1].name, "b.conf2");
	assert_memory_equal(again.files[1].data.data, "\1\2\3\4", 4);
}

static void rejects_each_bad_field(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *says;
	} cases[] = {
		{ 0, 92, "length field is 92" },
		{ 0, 0xffffffff, "length field" },
		{ 4, 1, "after the last entry" },
		{ 4, 3, "cut off before entry 3" },
		{ 4, 1001, "1001 files" },
		{ 4, 0xffffffff, "4294967295 files" },
		{ 12, 23, "name of 23 bytes is odd" },
		{ 12, 0xfffffffe, "entry 1: name lies outside" },
		{ 12, 0, "plain path" },
		{ 16, 19, "entry 1: name lies outside" },
		{ 16, 0xffffffff, "entry 1: name lies outside" },
		{ 16, 80, "entry 1: name lies outside" },
		{ 20, 0xffffffff, "entry 1: data lie outside" },
		{ 20, 42, "entry 1: data lie outside" },
		{ 24, 19, "entry 1: data lie outside" },
		{ 24, 0xffffffff, "entry 1: data lie outside" },
		{ 28, 0xd800d800, "not UTF-16" },
		{ 28, 0x00000000, "not UTF-16" },
		{ 28, 0x002f002e, "plain path" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(payload) p = { 0 };
		struct shvm_err err = { 0 };
		uint8_t b[sizeof(two_files)];
		int r;

		memcpy(b, two_files, sizeof(b));
		le32_put(b + cases[i].at, cases[i].value);
		r = specialize_decode(b, sizeof(b), &p, &err);
		if (r != SHVM_E_FORMAT || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_int_equal(p.count, 0);
	}
	for (size_t len = 0; len < sizeof(two_files); len++) {
		AUTO_DONE(payload) p = { 0 };

		assert_int_equal(specialize_decode(two_files, len, &p, NULL),
				 SHVM_E_FORMAT);
	}
}

static void refuses_names_that_the_guest_would_cut(void **state)
{
	AUTO_DONE(payload) p = { 0 };
	AUTO_DONE(buf) b = { 0 };
	const struct shvm_file wide = { "\xc3\xa4.conf", NULL, 0 };
	const struct shvm_file same = { "unattend.xml", NULL, 0 };
	struct shvm_err err = { 0 };

	(void)state;
	two_payload(&p);
	assert_int_equal(payload_add(&p, &wide, NULL), 0);
	assert_int_equal(specialize_encode(&p, &b, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "not ASCII"));
	assert_int_equal(payload_remove(&p, "\xc3\xa4.conf", NULL), 0);
	assert_int_equal(payload_add(&p, &same, NULL), 0);
	assert_int_equal(specialize_encode(&p, &b, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "beside the answer file"));
	assert_int_equal(b.len, 0);
}

/* SP 800-38A, F.2.5 (CBC-AES256): key, IV, first block. */
static const uint8_t nist_key[32] = { 0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71,
				      0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d,
				      0x77, 0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b,
				      0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3,
				      0x09, 0x14, 0xdf, 0xf4 };
static const uint8_t nist_iv[16] = { 0, 1, 2,  3,  4,  5,  6,  7,
				     8, 9, 10, 11, 12, 13, 14, 15 };
static const uint8_t nist_plain[16] = { 0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40,
					0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11,
					0x73, 0x93, 0x17, 0x2a };
static const uint8_t nist_cipher[16] = { 0xf5, 0x8c, 0x4c, 0x04, 0xd6, 0xe5,
					 0xf1, 0xba, 0x77, 0x9e, 0xab, 0xfb,
					 0x5f, 0x7b, 0xfb, 0xd6 };

static void encrypted_payload_is_the_published_layout(void **state)
{
	static const uint32_t fields[9] = { 84, 1, 1, 16, 36, 0, 0, 32, 52 };
	AUTO(secret_ptr) key = NULL;
	AUTO_DONE(buf) b = { 0 };
	AUTO_DONE(buf) back = { 0 };
	struct buf clear = test_bytes(nist_plain, 16);

	(void)state;
	assert_int_equal(secret_copy(nist_key, 32, &key, NULL), 0);
	assert_int_equal(specialize_encrypt(key, nist_iv, &clear, &b, NULL), 0);
	assert_int_equal(b.len, 84);
	for (int i = 0; i < 9; i++)
		assert_int_equal(le32_get(b.data + 4 * i), fields[i]);
	assert_memory_equal(b.data + 36, nist_iv, 16);
	assert_memory_equal(b.data + 52, nist_cipher, 16);
	assert_int_equal(specialize_decrypt(key, b.data, b.len, &back, NULL),
			 0);
	assert_int_equal(back.len, 16);
	assert_memory_equal(back.data, nist_plain, 16);
	le32_put(b.data + 8, 2); /* with an HMAC that is ignored */
	assert_int_equal(specialize_decrypt(key, b.data, b.len, &back, NULL),
			 0);
	buf_done(&clear);
}

static void takes_the_three_key_sizes(void **state)
{
	struct buf clear = test_bytes(two_files, sizeof(two_files));

	(void)state;
	for (size_t size = 8; size <= 40; size += 8) {
		AUTO(secret_ptr) key = NULL;
		AUTO_DONE(buf) b = { 0 };
		AUTO_DONE(buf) back = { 0 };
		struct shvm_err err = { 0 };
		int r;

		assert_int_equal(secret_new(size, &key, NULL), 0);
		r = specialize_encrypt(key, NULL, &clear, &b, &err);
		if (size == 8 || size == 40) {
			assert_int_equal(r, SHVM_E_ARG);
			assert_non_null(strstr(err.msg, "not 16, 24 or 32"));
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(specialize_decrypt(key, b.data, b.len, &back,
						    NULL),
				 0);
		assert_int_equal(back.len, sizeof(two_files));
		assert_memory_equal(back.data, two_files, back.len);
		back.len = 0;
		key->data[0] = 1;
		assert_true(specialize_decrypt(key, b.data, b.len, &back,
					       NULL) < 0 ||
			    memcmp(back.data, two_files, 16) != 0);
	}
	buf_done(&clear);
}

static void rejects_each_bad_field_of_the_header(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *says;
	} cases[] = {
		{ 0, 83, "length field 83" },
		{ 4, 2, "version 2" },
		{ 8, 0, "mode is 0" },
		{ 8, 3, "mode is 3" },
		{ 12, 15, "IV of 15" },
		{ 16, 35, "at 35" },
		{ 16, 0xffffffff, "IV of 16" },
		{ 16, 69, "at 69" },
		{ 28, 0, "length is 0" },
		{ 28, 31, "length is 31" },
		{ 28, 48, "lies outside" },
		{ 28, 0xfffffff0, "lies outside" },
		{ 32, 35, "lies outside" },
		{ 32, 0xffffffff, "lies outside" },
	};
	AUTO(secret_ptr) key = NULL;
	AUTO_DONE(buf) b = { 0 };
	struct buf clear = test_bytes(nist_plain, 16);

	(void)state;
	assert_int_equal(secret_copy(nist_key, 32, &key, NULL), 0);
	assert_int_equal(specialize_encrypt(key, nist_iv, &clear, &b, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) back = { 0 };
		struct shvm_err err = { 0 };
		uint8_t copy[84];
		int r;

		memcpy(copy, b.data, sizeof(copy));
		le32_put(copy + cases[i].at, cases[i].value);
		r = specialize_decrypt(key, copy, sizeof(copy), &back, &err);
		if (r >= 0 || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
	}
	buf_done(&clear);
}

#define UNATTEND(inside)                                                       \
	"<unattend xmlns=\"urn:schemas-microsoft-com:unattend\">"              \
	"<settings pass=\"specialize\"><component>" inside                     \
	"</component></settings></unattend>"
#define LINUX(inside)                                                          \
	"<LinuxOSSpecialization "                                              \
	"xmlns=\"http://www.microsoft.com/schema/linuxvmmst\">"                \
	"<OSConfiguration>" inside                                             \
	"</OSConfiguration></LinuxOSSpecialization>"
#define NAME "<ComputerName>@Name@</ComputerName>"

static void add_file(struct payload *p, const char *name, const char *text,
		     bool substitute)
{
	const struct shvm_file file = { name, (const uint8_t *)text,
					strlen(text) };

	assert_int_equal(payload_add(p, &file, NULL), 0);
	if (substitute)
		assert_int_equal(payload_substitute(p, name, NULL), 0);
}

static void set_answer(struct payload *p, const void *text, size_t len)
{
	const struct shvm_file file = { "u.xml", text, len };

	assert_int_equal(payload_set_answer(p, &file, NULL), 0);
}

static bool has(const struct buf *b, const char *text)
{
	return b->len == strlen(text) && memcmp(b->data, text, b->len) == 0;
}

static void applies_values_only_where_the_owner_sealed_it(void **state)
{
	static const char *const kept[] = { "a.txt", "a.XML", "a.yaml",
					    "a.ps1" };
	static const struct {
		const char *name, *text, *result;
	} filled[] = {
		{ "b.sh", "echo @Name@ a@b", "echo web1 a@b" },
		{ "b.xml", "<a b='@Name@'><!--@x@-->@Name@</a>",
		  "<a b='web1'><!--@x@-->web1</a>" },
		{ "b.yaml", "a: '@Name@' # @x@", "a: 'web1' # @x@" },
		{ "user-data", "#cloud-config\nhostname: \"@Name@\"\n",
		  "#cloud-config\nhostname: \"web1\"\n" },
		{ "vendor-data", "#!/bin/sh\necho @Name@\n",
		  "#!/bin/sh\necho web1\n" },
	};
	AUTO(fabric_ptr) f = NULL;
	AUTO_DONE(payload) p = { 0 };
	AUTO_DONE(payload) out = { 0 };
	struct shvm_err err = { 0 };
	size_t count = 0;

	(void)state;
	assert_int_equal(shvm_fabric_new(&f, NULL), 0);
	set_answer(&p, UNATTEND(NAME), strlen(UNATTEND(NAME)));
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		add_file(&p, kept[i], "x @Name@ @Unknown@", false);
	for (size_t i = 0; i < ARRAY_SIZE(filled); i++)
		add_file(&p, filled[i].name, filled[i].text, true);
	assert_int_equal(specialize_apply(&p, f, NULL, &out, &count, &err),
			 SHVM_E_VERIFY);
	assert_string_equal(err.reason, "answer-file-incomplete");
	assert_int_equal(shvm_fabric_add(f, "@Name@", "web1", NULL), 0);
	if (specialize_apply(&p, f, NULL, &out, &count, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(count, 7);
	assert_true(has(&out.answer.data,
			UNATTEND("<ComputerName>web1</ComputerName>")));
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		assert_true(has(&out.files[i].data, "x @Name@ @Unknown@"));
	for (size_t i = 0; i < ARRAY_SIZE(filled); i++)
		if (!has(&out.files[ARRAY_SIZE(kept) + i].data,
			 filled[i].result))
			fail_msg("%s", filled[i].name);
}

static void refuses_what_cannot_be_filled_in(void **state)
{
	static const struct {
		const char *answer, *name, *text, *reason, *says;
	} cases[] = {
		{ UNATTEND(""), "a.sh", "\xff@Name@", "file-refused",
		  "file \"a.sh\": is not UTF-8" },
		{ UNATTEND(""), "a.xml", "<a>@Name@", "file-refused",
		  "file \"a.xml\": XML: line 1" },
		{ UNATTEND(""), "a.yaml", "a: @Name@", "file-refused",
		  "line 1: placeholder @Name@ is not inside a quoted" },
		{ UNATTEND(""), "a.cfg", "## template: jinja\na: @Name@",
		  "file-refused", "line 2: placeholder @Name@ is not inside" },
		{ UNATTEND(""), "a.sh", "@Missing@", "answer-file-incomplete",
		  "no value for @Missing@" },
		{ "<html/>", NULL, NULL, "answer-file-invalid",
		  "the root is <html>" },
		{ "<unattend/>", NULL, NULL, "answer-file-invalid",
		  "the root is <unattend> of namespace \"\"" },
		{ "<unattend", NULL, NULL, "answer-file-invalid", "line 1" },
		{ UNATTEND(NAME "<ComputerName>a_very_long_name_1"
				"</ComputerName>"),
		  NULL, NULL, "value-refused", "more than 15 bytes" },
		{ UNATTEND("<ComputerName>@Long@</ComputerName>"), NULL, NULL,
		  "value-refused",
		  "ComputerName \"a-name-of-19-bytes-\" has more than 15" },
		{ UNATTEND(""), "a:b", "", "file-refused",
		  "file \"a:b\" has one of" },
		{ UNATTEND(""), "CON", "", "file-refused", "device" },
		{ UNATTEND(""), "x.", "", "file-refused", "ends with a dot" },
		{ UNATTEND(""), "nul.txt", "", "file-refused", "device" },
		{ NULL, "x ", "", "file-refused", "ends with a dot" },
		{ LINUX("<HostName>@Long@</HostName>"), "a:b", "", NULL, NULL },
		{ LINUX(""), "CON", "", NULL, NULL },
		{ LINUX(""), "x.", "", NULL, NULL },
		{ LINUX("<HostName>a b</HostName>"), NULL, NULL,
		  "value-refused", "HostName \"a b\" has a character" },
	};
	AUTO(fabric_ptr) f = NULL;

	(void)state;
	assert_int_equal(shvm_fabric_new(&f, NULL), 0);
	assert_int_equal(shvm_fabric_add(f, "@Name@", "web1", NULL), 0);
	assert_int_equal(shvm_fabric_add(f, "@Long@", "a-name-of-19-bytes-",
					 NULL),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(payload) p = { 0 };
		AUTO_DONE(payload) out = { 0 };
		struct shvm_err err = { 0 };
		size_t count = 0;
		int r;

		if (cases[i].answer)
			set_answer(&p, cases[i].answer,
				   strlen(cases[i].answer));
		if (cases[i].name)
			add_file(&p, cases[i].name, cases[i].text, true);
		r = specialize_apply(&p, f, NULL, &out, &count, &err);
		if (!cases[i].reason ? r != 0
				     : r != SHVM_E_VERIFY || !err.reason ||
					       strcmp(err.reason,
						      cases[i].reason) != 0 ||
					       !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d %s: %s", i, r,
				 err.reason ? err.reason : "", err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clear_payload_is_the_published_layout),
		cmocka_unit_test(rejects_each_bad_field),
		cmocka_unit_test(refuses_names_that_the_guest_would_cut),
		cmocka_unit_test(encrypted_payload_is_the_published_layout),
		cmocka_unit_test(takes_the_three_key_sizes),
		cmocka_unit_test(rejects_each_bad_field_of_the_header),
		cmocka_unit_test(applies_values_only_where_the_owner_sealed_it),
		cmocka_unit_test(refuses_what_cannot_be_filled_in),
	};

	return cmocka_run_group_tests_name("specialize", tests, NULL, NULL);
}
