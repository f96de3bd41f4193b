/* SPDX-License-Identifier: MIT */
/* SSH host keys: a new one is read back, and every change of one is seen. */
#include "pdk/ssh_host_key.h"

#include "base/encode.h"
#include "tests/unit/support.h"

#include <string.h>

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END "-----END OPENSSH PRIVATE KEY-----\n"

static void a_new_key_is_read_back(void **state)
{
	struct buf one = { 0 }, two = { 0 };
	struct ssh_host_key a = { 0 }, b = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(ssh_host_key_new(&one, &err), err);
	assert_ok(ssh_host_key_new(&two, &err), err);
	assert_ok(ssh_host_key_read(one.data, one.len, &a, &err), err);
	assert_ok(ssh_host_key_read(two.data, two.len, &b, &err), err);
	assert_string_equal(a.kind, "ed25519");
	assert_int_equal(strncmp(a.public_key, "ssh-ed25519 AAAA", 16), 0);
	assert_int_equal(strlen(a.fingerprint), 7 + 43);
	assert_string_not_equal(a.fingerprint, b.fingerprint);
	ssh_host_key_done(&a);
	ssh_host_key_done(&b);
	buf_done(&one);
	buf_done(&two);
}

static int read_bytes(const uint8_t *bytes, size_t len, struct shvm_err *err)
{
	struct ssh_host_key k = { 0 };
	struct buf text = { 0 };
	int r;

	buf_add_text(&text, BEGIN);
	base64_encode(&text, bytes, len);
	buf_add_text(&text, "\n" END);
	r = ssh_host_key_read(text.data, text.len, &k, err);
	ssh_host_key_done(&k);
	buf_done(&text);
	return r;
}

/* Each byte but those of the comment, and each shorter length. */
static void every_change_is_seen(void **state)
{
	struct buf text = { 0 }, bytes = { 0 };
	struct shvm_err err = { 0 };
	size_t comment;

	(void)state;
	assert_int_equal(ssh_host_key_new(&text, NULL), 0);
	assert_int_equal(base64_decode((char *)text.data + strlen(BEGIN),
				       text.len - strlen(BEGIN) - strlen(END),
				       "key", &bytes, NULL),
			 0);
	assert_ok(read_bytes(bytes.data, bytes.len, &err), err);
	comment = (size_t)((uint8_t *)memmem(bytes.data, bytes.len, "shvm", 4) -
			   bytes.data);
	for (size_t i = 0; i < bytes.len; i++) {
		if (i >= comment && i < comment + 4)
			continue;
		bytes.data[i] ^= 0x10;
		assert_failed(read_bytes(bytes.data, bytes.len, &err), err,
			      SHVM_E_FORMAT, "SSH host key: ");
		bytes.data[i] ^= 0x10;
		assert_int_equal(read_bytes(bytes.data, i, NULL),
				 SHVM_E_FORMAT);
	}
	buf_add(&bytes, "", 1);
	assert_int_equal(read_bytes(bytes.data, bytes.len, NULL),
			 SHVM_E_FORMAT);
	buf_done(&text);
	buf_done(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_key_is_read_back),
		cmocka_unit_test(every_change_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
