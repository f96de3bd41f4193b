/* SPDX-License-Identifier: MIT */
/* lsvmconf and LUKS1 headers. */
#include "base/be.h"
#include "base/buf.h"
#include "base/clock.h"
#include "guest/lsvmconf.h"
#include "guest/luks.h"
#include "tests/unit/support.h"

#include <stdlib.h>
#include <string.h>

#define BOOT "5a4d5348-0012-4000-8000-000000000012"
#define ROOT "5a4d5348-0013-4000-8000-0000000000ab"

static void reads_lsvmconf(void **state)
{
	static const char text[] = "# by lsvmprep\n\nLogLevel=FATAL\r\n"
				   "EFIVendorDir=sles  \nBootDeviceLUKS=" BOOT
				   "\nRootDeviceLUKS=" ROOT "\nBootDevice=x\n"
				   "RootDevice=y";
	struct lsvmconf conf;
	struct shvm_err err = { 0 };
	char guid[SHVM_GUID_TEXT];

	(void)state;
	assert_ok(lsvmconf_decode(text, strlen(text), &conf, &err), err);
	assert_string_equal(conf.vendor, "sles");
	assert_string_equal(shvm_guid_format(&conf.boot, guid), BOOT);
	assert_string_equal(shvm_guid_format(&conf.root, guid), ROOT);
}

static void rejects_each_bad_line_of_lsvmconf(void **state)
{
	static const struct {
		const char *lines; /* in front of two good ones */
		const char *says;
	} cases[] = {
		{ "Debug=1\n", "line 1: a key" },
		{ "loglevel=1\n", "line 1: a key" },
		{ "\n\nLogLevel\n", "line 3: no key=value" },
		{ "LogLevel=\n", "a value of 0" },
		{ "LogLevel=a b\n", "character 0x20" },
		{ "LogLevel=a\x01\n", "character 0x01" },
		{ "LogLevel=\xc3\xa9\n", "character 0xc3" },
		{ "LogLevel=a\nLogLevel=b\n",
		  "line 2: duplicate key LogLevel" },
		{ "EFIVendorDir=debian\n", "\"debian\"" },
		{ "RootDeviceLUKS=" ROOT "\n", "line 3: duplicate key Root" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) text = { 0 };
		struct lsvmconf conf;
		struct shvm_err err = { 0 };

		buf_add_text(&text, cases[i].lines);
		buf_add_text(&text, "BootDeviceLUKS=" BOOT
				    "\nRootDeviceLUKS=" ROOT "\n");
		if (lsvmconf_decode((char *)text.data, text.len, &conf, &err) !=
			    SHVM_E_FORMAT ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: \"%s\"", i, err.msg);
		assert_string_equal(err.reason, "bad-lsvmconf");
	}
}

static void rejects_bad_and_missing_guids(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "BootDeviceLUKS is missing" },
		{ "BootDeviceLUKS=" BOOT, "RootDeviceLUKS is missing" },
		{ "RootDeviceLUKS=" ROOT, "BootDeviceLUKS is missing" },
		{ "BootDeviceLUKS=5A4D5348-0012-4000-8000-000000000012",
		  "lower case" },
		{ "BootDeviceLUKS={" BOOT "}", "lower case" },
		{ "BootDeviceLUKS=5a4d534800124000800000000000001234567",
		  "lower case" },
		{ "BootDeviceLUKS=" BOOT "0", "lower case" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct lsvmconf conf;
		struct shvm_err err = { 0 };

		if (lsvmconf_decode(cases[i].text, strlen(cases[i].text), &conf,
				    &err) != SHVM_E_FORMAT ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: \"%s\"", i, err.msg);
	}
}

enum {
	VOLUME = 8 << 20
};

/* Slot 0 enabled, payload at sector 4096. */
static void good_header(uint8_t h[LUKS_HEADER_SIZE])
{
	memset(h, 0, LUKS_HEADER_SIZE);
	memcpy(h, "LUKS\xba\xbe\0\1", 8);
	strcpy((char *)h + 8, "aes");
	strcpy((char *)h + 40, "xts-plain64");
	strcpy((char *)h + 72, "sha256");
	be32_put(h + 104, 4096);
	be32_put(h + 108, 64);
	be32_put(h + 164, 1000);
	strcpy((char *)h + 168, "b5f8b0c6-0000-0000-0000-000000000000");
	for (size_t i = 0; i < LUKS_SLOTS; i++)
		be32_put(h + 208 + 48 * i, i ? 0xdead : 0xac71f3);
	be32_put(h + 212, 1000);
	be32_put(h + 208 + 40, 8);
	be32_put(h + 208 + 44, 4000);
}

static void reads_a_luks_header(void **state)
{
	uint8_t h[LUKS_HEADER_SIZE];
	struct luks_header got;
	struct shvm_err err = { 0 };

	(void)state;
	good_header(h);
	assert_ok(luks_header_decode(h, VOLUME, &got, &err), err);
	assert_string_equal(got.cipher, "aes");
	assert_int_equal(got.payload_at, 4096 * 512);
	assert_true(got.slots[0].enabled);
	assert_false(got.slots[7].enabled);
	assert_int_equal(got.slots[0].material_at, 4096);
}

static void rejects_each_bad_luks_field(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *says;
	} cases[] = {
		{ 0, 0x4c554b54, "version 1" },
		{ 4, 0xbabe0002, "version 1" },
		{ 4, 0xbabe0101, "version 1" },
		{ 8, 0, "not text" },
		{ 40, 0x78010203, "not text" },
		{ 72, 0xff000000, "not text" },
		{ 168, 0x20202020, "not text" },
		{ 104, 0, "payload is at byte 0" },
		{ 104, 1, "payload is at byte 512" },
		{ 104, VOLUME / 512, "payload is at byte 8388608" },
		{ 104, 0xffffffff, "payload" },
		{ 104, 500, "key slot 0 is at" },
		{ 108, 0, "key size is 0" },
		{ 108, 24, "key size is 24" },
		{ 108, 0xffffffff, "key size" },
		{ 164, 0, "has 0 iterations" },
		{ 208 + 48 * 3, 7, "key slot 3 is marked 0x00000007" },
		{ 212, 0, "0 iterations" },
		{ 208 + 40, 0, "key slot 0 is at byte 0" },
		{ 208 + 40, 4096, "key slot 0 is at" },
		{ 208 + 40, 0xffffffff, "key slot 0 is at" },
		{ 208 + 44, 0, "0 stripes" },
		{ 208 + 44, 4001, "4001 stripes" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t h[LUKS_HEADER_SIZE];
		struct luks_header got;
		struct shvm_err err = { 0 };

		good_header(h);
		be32_put(h + cases[i].at, cases[i].value);
		if (luks_header_decode(h, VOLUME, &got, &err) !=
			    SHVM_E_FORMAT ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: \"%s\"", i, err.msg);
		assert_string_equal(err.reason, "luks-header");
	}
}

/* A hostile header may not keep us busy, nor name unknown ciphers. */
static void refuses_work_without_end(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *reason;
	} cases[] = {
		{ 212, 0xffffffff, "luks-slow" },
		{ 212, 100000000, "luks-slow" },
		{ 164, 0xffffffff, "luks-slow" },
		{ 8, 0x62666973, "luks-cipher" },
		{ 40, 0x65636200, "luks-cipher" },
		{ 72, 0x6d643500, "luks-cipher" },
		{ 108, 16, "luks-cipher" },
	};
	uint8_t *volume = calloc(1, VOLUME);
	const int64_t start = clock_ms();

	(void)state;
	assert_non_null(volume);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(source_ptr) s = NULL;
		struct luks_header h;
		struct shvm_err err = { 0 };
		AUTO(secret_ptr) key = NULL;

		good_header(volume);
		be32_put(volume + cases[i].at, cases[i].value);
		assert_ok(source_memory(volume, VOLUME, 512, &s, &err), err);
		assert_ok(luks_header_load(s, &h, &err), err);
		if (luks_open(s, &h, "passphrase", start + 1000, &key, &err) !=
			    SHVM_E_UNSUPPORTED ||
		    strcmp(err.reason, cases[i].reason) != 0)
			fail_msg("case %zu: \"%s\"", i, err.msg);
	}
	good_header(volume);
	{
		AUTO(source_ptr) s = NULL;
		struct luks_header h;
		struct shvm_err err = { 0 };
		AUTO(secret_ptr) key = NULL;

		assert_ok(source_memory(volume, VOLUME, 512, &s, &err), err);
		assert_ok(luks_header_load(s, &h, &err), err);
		assert_ok(luks_open(s, &h, "passphrase", clock_ms() + 60000,
				    &key, &err),
			  err);
		assert_null(key);
		/* No time is left, not even for this. */
		assert_failed(luks_open(s, &h, "passphrase", start, &key, &err),
			      err, SHVM_E_UNSUPPORTED, "too long");
		source_free(s);
		s = NULL;
		assert_ok(source_memory(volume, 591, 512, &s, &err), err);
		assert_failed(luks_header_load(s, &h, &err), err, SHVM_E_FORMAT,
			      "591 bytes");
	}
	free(volume);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lsvmconf),
		cmocka_unit_test(rejects_each_bad_line_of_lsvmconf),
		cmocka_unit_test(rejects_bad_and_missing_guids),
		cmocka_unit_test(reads_a_luks_header),
		cmocka_unit_test(rejects_each_bad_luks_field),
		cmocka_unit_test(refuses_work_without_end),
	};

	return cmocka_run_group_tests_name("linux template", tests, NULL, NULL);
}
