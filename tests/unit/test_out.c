/* SPDX-License-Identifier: MIT */
/* cli/out.c, cli/progress.c and cli/passphrase.c: small parts on their own. */
#include "cli/size.h"
#include "cli/time.h"
#include "tests/unit/support.h"

#include "base/auto.h"
#include "cli/out.h"
#include "cli/passphrase.h"
#include "cli/progress.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void sizes_are_for_people(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KiB" },
		{ 1536, "1.5 KiB" },
		{ (1 << 20) - 1, "1.0 MiB" },
		{ UINT64_C(4) << 30, "4.0 GiB" },
		{ UINT64_C(64) << 40, "64.0 TiB" },
		{ UINT64_MAX, "16.0 EiB" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(size_format(cases[i].bytes, buf),
				    cases[i].text);
}

static void times_are_utc_and_never_fail(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(time_format(0, buf), "1970-01-01T00:00:00Z");
	assert_string_equal(time_format(1795429230, buf),
			    "2026-11-23T10:20:30Z");
	assert_string_equal(time_format(-1, buf), "1969-12-31T23:59:59Z");
	assert_string_equal(time_format(-62135596800, buf),
			    "0001-01-01T00:00:00Z");
	assert_string_equal(time_format(INT64_MAX, buf), "9223372036854775807");
}

static void the_bar_says_how_far_how_fast_how_long(void **state)
{
	const uint64_t gib = UINT64_C(1) << 30;
	char buf[PROGRESS_LINE];

	(void)state;
	assert_string_equal(
		progress_format(gib, 4 * gib, gib / 2, buf),
		"[######..................]  25%  1.0 GiB of 4.0 GiB  512.0 MiB/s  0:06 left");
	assert_string_equal(
		progress_format(4 * gib, 4 * gib, gib, buf),
		"[########################] 100%  4.0 GiB of 4.0 GiB  1.0 GiB/s  0:00 left");
	assert_string_equal(progress_format(0, 4 * gib, 0, buf),
			    "[........................]   0%  0 B of 4.0 GiB");
	assert_non_null(strstr(progress_format(0, 4 * gib, gib >> 12, buf),
			       "4:33:04 left"));
	assert_non_null(
		strstr(progress_format(0, UINT64_MAX, 1, buf), "long left"));
	/* Nothing to do at all, and more done than there was. */
	assert_non_null(strstr(progress_format(0, 0, 0, buf), "100%"));
	assert_non_null(strstr(progress_format(9, 8, 1, buf), "100%"));
}

static void reports_at_most_ten_times_a_second(void **state)
{
	AUTOFREE char *path = test_own_path("lines");
	AUTOFREE uint8_t *data = NULL;
	struct progress p;
	char spec[16];
	size_t lines = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	(void)state;
	assert_true(fd >= 0);
	(void)snprintf(spec, sizeof(spec), "%d", fd);
	progress_init(&p, spec, true);
	for (uint64_t i = 0; i <= 10000; i++)
		progress_update(&p, i, 10000);
	progress_update(&p, 10000, 10000);
	progress_end(&p);
	(void)close(fd);
	data = test_file_read(path, NULL);
	for (const uint8_t *c = data; *c; c++)
		lines += *c == '\n';
	assert_int_equal(strncmp((char *)data, "0 10000\n", 8), 0);
	assert_non_null(strstr((char *)data, "\n10000 10000\n"));
	assert_in_range(lines, 2, 10 + 10 * (p.last - p.start) / 1000);
}

static void is_silent_without_a_terminal_or_when_told(void **state)
{
	struct progress p;

	(void)state;
	progress_init(&p, "none", false);
	assert_int_equal(p.mode, PROGRESS_NONE);
	progress_init(&p, "auto", true);
	assert_int_equal(p.mode, PROGRESS_NONE);
}

/* Ask with a file of these bytes; the length or less than 0. */
static int ask_bytes(const char *bytes, size_t len, bool is_text, char *buf,
		     size_t size, struct shvm_err *err)
{
	AUTOFREE char *path = test_own_path("pass");
	struct passphrase passphrase = { .from = path, .is_text = is_text };

	test_file_write(path, bytes, len);
	assert_int_equal(chmod(path, 0600), 0);
	return passphrase_ask(&passphrase, "test", buf, size, err);
}

static void takes_the_first_line_without_its_end(void **state)
{
	static const struct {
		const char *file, *pass;
	} cases[] = {
		{ "secret", "secret" },
		{ "secret\n", "secret" },
		{ "secret\r\n", "secret" },
		{ "secret\nmore\n", "secret" },
		{ " se cret \n", " se cret " },
		{ "\n", "" },
		{ "\xef\xbb\xbfsecret\n", "secret" },
		{ "secret\r\r\n", "secret" },
		{ "12345678", "12345678" },
		{ "\xffsecret", "\xffsecret" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_err err = { 0 };
		char buf[11] = { 0 };

		assert_int_equal(ask_bytes(cases[i].file, strlen(cases[i].file),
					   false, buf, 10, &err),
				 strlen(cases[i].pass));
		assert_string_equal(buf, cases[i].pass);
		assert_int_equal(err.code, 0);
	}
}

static void says_what_is_wrong_with_a_passphrase_file(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool is_text;
		const char *says; /* NULL: it is taken */
	} cases[] = {
		{ "", 0, false, "/pass: contains no passphrase" },
		{ "123456789", 9, false,
		  "/pass: the passphrase is longer than 8 bytes" },
		{ "\n", 1, false, NULL },
		{ "\n", 1, true, "/pass: the passphrase is empty" },
		{ "\r\n", 2, true, "/pass: the passphrase is empty" },
		{ "a\0b", 3, false,
		  "/pass: the passphrase contains a NUL: save it" },
		{ "a\0b", 3, true,
		  "/pass: the passphrase contains a NUL: save it" },
		{ "a\rb", 3, false, "contains a control character" },
		{ "a\x1b", 2, false, "contains a control character" },
		{ "\xff\xfe\0\xd8\n\0", 6, false, "not well-formed UTF-16" },
		{ "\xff\xfe"
		  "a\0\n\0",
		  6, true, NULL },
		{ "\xff\xfe", 2, false, "/pass: contains no passphrase" },
		{ "\xff\xfe\n\0", 4, false, NULL },
		{ "\xef\xbb\xbf", 3, false, "/pass: contains no passphrase" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_err err = { 0 };
		char buf[8];
		int n = ask_bytes(cases[i].bytes, cases[i].len,
				  cases[i].is_text, buf, 8, &err);

		if (!cases[i].says) {
			assert_true(n >= 0);
			continue;
		}
		assert_int_equal(n, SHVM_E_CRYPTO);
		assert_int_equal(err.code, SHVM_E_CRYPTO);
		assert_string_equal(err.reason, "no-passphrase");
		if (strncmp(err.msg, "test: ", 6) != 0 ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: \"%s\"", i, err.msg);
	}
}

static void says_which_source_of_a_passphrase_cannot_be_read(void **state)
{
	const char *folder = test_own_folder();
	const struct {
		const char *from, *says; /* NULL: no one is wrong */
		int result;
	} cases[] = {
		{ "/nonexistent/pass", "No such file", SHVM_E_IO },
		{ "fd:x", "expected fd:N", SHVM_E_ARG },
		{ "fd:1023", "fd:1023: Bad file descriptor", SHVM_E_IO },
		{ folder, "Is a directory", SHVM_E_IO },
		{ NULL, NULL, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct passphrase passphrase = { .from = cases[i].from };
		struct shvm_err err = { 0 };
		char buf[8];

		assert_int_equal(passphrase_ask(&passphrase, "test", buf, 8,
						&err),
				 cases[i].result);
		if (cases[i].says ? !strstr(err.msg, cases[i].says)
				  : err.code != 0)
			fail_msg("case %zu: \"%s\"", i, err.msg);
	}
}

static void two_passphrases_may_share_a_descriptor(void **state)
{
	char from[16], buf[16] = { 0 };
	struct passphrase passphrase = { .from = from };
	struct shvm_err err = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	(void)snprintf(from, sizeof(from), "fd:%d", fds[0]);
	assert_int_equal(write(fds[1], "one\nthree\n", 10), 10);
	(void)close(fds[1]);
	assert_int_equal(passphrase_ask(&passphrase, "first", buf, 16, &err),
			 3);
	assert_memory_equal(buf, "one", 3);
	assert_int_equal(passphrase_ask(&passphrase, "second", buf, 16, &err),
			 5);
	assert_memory_equal(buf, "three", 5);
	assert_int_equal(passphrase_ask(&passphrase, "third", buf, 16, &err),
			 SHVM_E_CRYPTO);
	(void)close(fds[0]);
}

static void a_key_without_a_pass_file_has_no_callback(void **state)
{
	struct passphrase passphrase = { 0 };
	struct shvm_key_source key =
		passphrase_key(&passphrase, "key.pem", NULL);

	(void)state;
	assert_string_equal(key.uri, "key.pem");
	assert_null(key.passphrase);
	key = passphrase_key(&passphrase, "key.pem", "-");
	assert_ptr_equal(key.passphrase, passphrase_ask);
	assert_ptr_equal(key.passphrase_ctx, &passphrase);
	assert_string_equal(passphrase.from, "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_for_people),
		cmocka_unit_test(times_are_utc_and_never_fail),
		cmocka_unit_test(the_bar_says_how_far_how_fast_how_long),
		cmocka_unit_test(reports_at_most_ten_times_a_second),
		cmocka_unit_test(is_silent_without_a_terminal_or_when_told),
		cmocka_unit_test(takes_the_first_line_without_its_end),
		cmocka_unit_test(says_what_is_wrong_with_a_passphrase_file),
		cmocka_unit_test(
			says_which_source_of_a_passphrase_cannot_be_read),
		cmocka_unit_test(two_passphrases_may_share_a_descriptor),
		cmocka_unit_test(a_key_without_a_pass_file_has_no_callback),
	};

	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
