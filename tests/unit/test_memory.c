/* SPDX-License-Identifier: MIT */
/* No secret is released as it is, and after the work none is anywhere in the
 * process: free() is replaced and looks at what it gets, by whatever library,
 * and then the test looks through all writable memory. */
#include "base/encode.h"
#include "base/wipe.h"
#include "cli/wipe_yaml.h"
#include "pdk/user_data.h"
#include "tests/unit/support.h"
#include "tests/unit/support_kps.h"
#include "tests/unit/support_pdk.h"
#include "tests/unit/support_san.h"

#include <dlfcn.h>
#include <malloc.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	NEEDLE_MAX = 64
};

/* What is looked for, inverted: or the search would find what it looks for. */
struct needle {
	uint8_t inverted[NEEDLE_MAX];
	size_t len;
};

static void needle_init(struct needle *n, const uint8_t *bytes, size_t len)
{
	assert_in_range(len, 16, NEEDLE_MAX);
	n->len = len;
	for (size_t i = 0; i < len; i++)
		n->inverted[i] = (uint8_t)~bytes[i];
}

static size_t count_in(const uint8_t *low, const uint8_t *high,
		       const struct needle *n)
{
	const uint8_t first = (uint8_t)~n->inverted[0];
	size_t found = 0;

	while ((size_t)(high - low) >= n->len) {
		const uint8_t *p =
			memchr(low, first, (size_t)(high - low) - n->len + 1);
		size_t i = 0;

		if (!p)
			break;
		while (i < n->len && (p[i] ^ n->inverted[i]) == 0xff)
			i++;
		found += i == n->len;
		low = p + 1;
	}
	return found;
}

/* While these are set, free() counts them in what it gets. volatile: for a
 * compiler free() changes nothing of ours. */
static const struct needle *volatile watched[4];
static volatile size_t released;

#if !SANITIZED
void free(void *p)
{
	static void (*real)(void *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "free");
	for (size_t i = 0; p && watched[i]; i++)
		released += count_in(p, (uint8_t *)p + malloc_usable_size(p),
				     watched[i]);
	real(p);
}
#endif

static void watch(const struct needle *a, const struct needle *b,
		  const struct needle *c)
{
	released = 0;
	watched[0] = a;
	watched[1] = b;
	watched[2] = c;
}

/* A sanitizer keeps what was released, and valgrind takes minutes to look. */
static bool can_look(void)
{
#if SANITIZED
	return false;
#else
	const char *preload = getenv("LD_PRELOAD");

	return !preload || !strstr(preload, "vgpreload");
#endif
}

/* How often it is in memory that this process can write. */
static size_t count_needle(const struct needle *n)
{
	FILE *f;
	char line[512];
	size_t found = 0;

	if (!can_look())
		return 0;
	f = fopen("/proc/self/maps", "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		uintptr_t low, high;
		char mode[5];

		if (sscanf(line, "%jx-%jx %4s", (uintmax_t *)&low,
			   (uintmax_t *)&high, mode) == 3 &&
		    strncmp(mode, "rw", 2) == 0 && !strstr(line, "[vvar"))
			found += count_in((const uint8_t *)low,
					  (const uint8_t *)high, n);
	}
	(void)fclose(f);
	return found;
}

/*
 * A page of stack that calls used before is not what the test is about when it
 * is its own: overwrite it.
 */
static void __attribute__((noinline)) clean_stack(void)
{
	volatile uint8_t page[65536];

	for (size_t i = 0; i < sizeof(page); i++)
		page[i] = 0;
}

static void finds_what_is_there(void **state)
{
	uint8_t *volatile p = malloc(1000);
	struct needle n;

	(void)state;
	assert_non_null(p);
	if (!can_look()) {
		free(p);
		return;
	}
	for (size_t i = 0; i < 32; i++)
		p[500 + i] = (uint8_t)(i * 37 + 11);
	needle_init(&n, p + 500, 32);
	assert_int_equal(count_needle(&n), 1);
	watch(&n, NULL, NULL);
	free(p);
	assert_int_equal(released, 1);
	watch(NULL, NULL, NULL);
}

static void no_transport_key_is_left(void **state)
{
	struct shvm_guardian *owner = kps_guardian(0),
			     *fabric = kps_guardian(1);
	const struct shvm_guardian *const g[] = { fabric };
	struct shvm_protector *p;
	struct secret *key, *again;
	struct needle n;

	(void)state;
	assert_int_equal(protector_new(owner, g, 1, &p, &key, NULL), 0);
	needle_init(&n, key->data, key->size);
	watch(&n, NULL, NULL);
	assert_int_equal(protector_open(p, fabric->encryption_key, NULL, &again,
					NULL),
			 0);
	secret_free(again);
	secret_free(key);
	shvm_protector_free(p);
	shvm_guardian_free(owner);
	shvm_guardian_free(fabric);
	clean_stack();
	watch(NULL, NULL, NULL);
	assert_int_equal(count_needle(&n), 0);
	assert_int_equal(released, 0);
}

/* The content of a body in both of its forms, text and base64. */
static void no_content_is_left(void **state)
{
	static const size_t sizes[] = { 100, 5000, 300000 };

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		const size_t at = sizes[s] / 2 / 3 * 3;
		struct buf secret = { .wipe = true }, base64 = { .wipe = true };
		struct shvm_guardian *g = kps_guardian(0);
		struct needle plain, text;
		struct test_pdk t;
		struct shvm_file file;
		struct body b;

		assert_non_null(buf_grow(&secret, sizes[s]));
		assert_int_equal(secret_random(secret.data, secret.len, NULL),
				 0);
		file = (struct shvm_file){ "x", secret.data, secret.len };
		needle_init(&plain, secret.data + at, 33);
		base64_encode(&base64, secret.data + at, 33);
		needle_init(&text, base64.data, base64.len);
		watch(&plain, &text, NULL);
		buf_done(&base64);

		test_body(&b);
		assert_int_equal(payload_add(&b.payload, &file, NULL), 0);
		buf_done(&secret);
		test_pdk_init(&t, NULL, 1, &b, false);
		body_done(&b);
		clean_stack();
		if (released + count_needle(&plain) + count_needle(&text) > 0)
			fail_msg(
				"made, %zu bytes: %zu plain, %zu base64, %zu released",
				sizes[s], count_needle(&plain),
				count_needle(&text), released);

		assert_int_equal(test_unlock(t.file.data, t.file.len,
					     g->encryption_key, NULL),
				 0);
		test_pdk_done(&t);
		shvm_guardian_free(g);
		clean_stack();
		if (released + count_needle(&plain) + count_needle(&text) > 0)
			fail_msg(
				"opened, %zu bytes: %zu plain, %zu base64, %zu released",
				sizes[s], count_needle(&plain),
				count_needle(&text), released);
		watch(NULL, NULL, NULL);
	}
}

static int marker(void *ctx, const char *what, char *buf, size_t size,
		  struct shvm_err *err)
{
	const struct needle *n = ctx;

	(void)what;
	(void)err;
	assert_true(size >= n->len);
	for (size_t i = 0; i < n->len; i++)
		buf[i] = (char)~n->inverted[i];
	return (int)n->len;
}

/* d in both byte orders: big-endian as in files, little-endian as in numbers. */
static void private_needles(EVP_PKEY *key, struct needle *as_file,
			    struct needle *as_number)
{
	uint8_t bytes[256];
	BIGNUM *d = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_D, &d),
			 1);
	assert_int_equal(BN_bn2binpad(d, bytes, sizeof(bytes)), 256);
	needle_init(as_file, bytes + 100, 32);
	assert_int_equal(BN_bn2lebinpad(d, bytes, sizeof(bytes)), 256);
	needle_init(as_number, bytes + 100, 32);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	BN_clear_free(d);
}

/* A guardian's PKCS#12 is written, read again and its key is used. */
static void no_private_key_or_passphrase_is_left(void **state)
{
	AUTOFREE char *path = test_own_path("memory.pfx");
	struct needle pass, as_file, as_number;
	struct shvm_key_source source = { .uri = path,
					  .passphrase = marker,
					  .passphrase_ctx = &pass };
	struct shvm_guardian *g = kps_guardian(0);
	struct secret *text;
	struct shvm_guardian_pkcs12 p12 = { 0 };
	EVP_PKEY *key = NULL;

	(void)state;
	assert_int_equal(secret_new(24, &text, NULL), 0);
	for (size_t i = 0; i < text->size; i++)
		text->data[i] = (uint8_t)('A' + (i * 7 + 3) % 26);
	needle_init(&pass, text->data, text->size);
	private_needles(g->encryption_key, &as_file, &as_number);
	watch(&pass, &as_file, &as_number);
	secret_free(text);
	assert_int_equal(shvm_guardian_pkcs12(g, marker, &pass, &p12, NULL), 0);
	shvm_guardian_free(g);
	test_file_write(path, p12.encryption, p12.encryption_len);
	shvm_free(p12.signing);
	shvm_free(p12.encryption);
	clean_stack();
	assert_int_equal(count_needle(&pass), 0);
	assert_int_equal(count_needle(&as_file) + count_needle(&as_number), 0);

	assert_int_equal(key_load_private(&source, &key, NULL, NULL, NULL), 0);
	assert_true(!can_look() || count_needle(&as_number) > 0);
	EVP_PKEY_free(key);
	assert_int_equal(unlink(path), 0);
	clean_stack();
	watch(NULL, NULL, NULL);
	assert_int_equal(released, 0);
	assert_int_equal(count_needle(&pass), 0);
	assert_int_equal(count_needle(&as_file) + count_needle(&as_number), 0);
}

/* In an answer file the password stands as base64 of UTF-16. */
static void no_account_password_is_left(void **state)
{
	struct needle pass, hidden;
	struct shvm_answer_windows_params params = {
		.admin_password = marker,
		.admin_password_ctx = &pass,
	};
	struct shvm_answer answer;
	const uint8_t *at;
	uint8_t word[24];

	(void)state;
	for (size_t i = 0; i < sizeof(word); i++)
		word[i] = (uint8_t)('a' + (i * 5 + 2) % 26);
	needle_init(&pass, word, sizeof(word));
	OPENSSL_cleanse(word, sizeof(word));
	assert_int_equal(shvm_answer_windows(&params, &answer, NULL), 0);
	at = memmem(answer.xml, answer.xml_size, "<Value>", 7);
	assert_non_null(at);
	needle_init(&hidden, at + 7, 40);
	watch(&pass, &hidden, NULL);
	assert_true(!can_look() || count_needle(&hidden) > 0);
	shvm_answer_done(&answer);
	assert_int_equal(shvm_answer_windows(&params, &answer, NULL), 0);
	shvm_answer_done(&answer);
	clean_stack();
	watch(NULL, NULL, NULL);
	assert_int_equal(released, 0);
	assert_int_equal(count_needle(&pass) + count_needle(&hidden), 0);
}

/* libyaml keeps it in its buffers, and while it grows a scalar. */
static void no_user_data_is_left(void **state)
{
	static const char *const forms[] = {
		"#cloud-config\npassword: %s\n",
		"#cloud-config\nx: [a, \"......................%s\"]\n",
		"#cloud-config\nx: |\n  0123456789 0123456789 %s\n  y\n",
		"#cloud-config\nx: {y: '%s\n", /* refused */
	};
	char word[41] = "";
	struct needle n;

	(void)state;
	for (size_t i = 0; i < sizeof(word) - 1; i++)
		word[i] = (char)('a' + (i * 5 + 2) % 26);
	needle_init(&n, (const uint8_t *)word, sizeof(word) - 1);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct buf text = { .wipe = true };

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		buf_printf(&text, forms[i], word);
#pragma GCC diagnostic pop
		watch(&n, NULL, NULL);
		assert_int_equal(user_data_check(&text, NULL),
				 i < 3 ? 0 : SHVM_E_FORMAT);
		buf_done(&text);
		watch(NULL, NULL, NULL);
		assert_int_equal(released, 0);
	}
	OPENSSL_cleanse(word, sizeof(word));
	clean_stack();
	assert_int_equal(count_needle(&n), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_there),
		cmocka_unit_test(no_transport_key_is_left),
		cmocka_unit_test(no_content_is_left),
		cmocka_unit_test(no_private_key_or_passphrase_is_left),
		cmocka_unit_test(no_account_password_is_left),
		cmocka_unit_test(no_user_data_is_left),
	};

	if (!wipe_what_is_released())
		return 1;
	wipe_yaml();
	if (getenv("SHVM_OOM_AT") || getenv("SHVM_OOM_COUNT"))
		return 0; /* this test is not about allocations */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
