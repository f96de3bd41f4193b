/* SPDX-License-Identifier: MIT */
/* Structs that callers fill can grow: what is not known yet must be 0. */
#include "support.h"

#include "base/auto.h"
#include "signer/trust.h"
#include "support_certs.h"

#include <shvm/guest.h>
#include <shvm/template.h>
#include <string.h>

AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

enum which {
	NOTHING,
	DISK,
	DIGEST,
	TREE_OUTPUT,
	KEY,
	SIGN,
	VERIFY,
	INSPECT
};

/* All params of the calls below, and where the wrong one of them is. */
struct all {
	struct shvm_disk_params disk;
	struct shvm_digest_params digest;
	struct shvm_tree_output tree_output;
	struct shvm_sign_params sign;
	struct shvm_verify_params verify;
	struct shvm_inspect_params inspect;
};

static int enter(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){ .cn = "Signer", .key = key });
	static uint8_t zeros[1 << 20];

	(void)state;
	test_own_folder_enter();
	test_write_cert("cert.pem", cert, false);
	test_write_key("key.pem", key, NULL, false);
	test_file_write("d.raw", zeros, sizeof(zeros));
	return 0;
}

static struct all all_with(enum which which, size_t i)
{
	struct all a = {
		.tree_output = { .path = "t" },
		.sign = { .template_name = "n",
			  .cert_file = "cert.pem",
			  .key = { .uri = "key.pem" } },
	};

	a.disk.reserved[i] = which == DISK;
	a.digest.reserved[i] = which == DIGEST;
	a.tree_output.reserved[i] = which == TREE_OUTPUT;
	a.sign.key.reserved[i] = which == KEY;
	a.sign.reserved[i] = which == SIGN;
	a.verify.reserved[i] = which == VERIFY;
	a.inspect.reserved[i] = which == INSPECT;
	a.sign.digest = a.verify.digest = a.digest;
	a.sign.tree = a.tree_output;
	return a;
}

static bool is_refused(int r, const struct shvm_err *err)
{
	return r == SHVM_E_ARG && err->reason &&
	       strcmp(err->reason, "reserved") == 0;
}

typedef int (*call_fn)(struct shvm_disk *disk, const struct all *a,
		       struct shvm_err *err);

static int call_open(struct shvm_disk *disk, const struct all *a,
		     struct shvm_err *err)
{
	struct shvm_disk *another = NULL;
	const int r = shvm_disk_open("d.raw", &a->disk, &another, err);

	(void)disk;
	shvm_disk_close(another);
	return r;
}

static int call_check(struct shvm_disk *disk, const struct all *a,
		      struct shvm_err *err)
{
	struct shvm_disk_check check;

	(void)disk;
	return shvm_disk_check("d.raw", &a->disk, &check, err);
}

static int call_digest(struct shvm_disk *disk, const struct all *a,
		       struct shvm_err *err)
{
	struct shvm_digest d;

	return shvm_disk_digest(disk, (struct shvm_span){ 0, 4096 }, &a->digest,
				&a->tree_output, &d, err);
}

static int call_plan(struct shvm_disk *disk, const struct all *a,
		     struct shvm_err *err)
{
	char identity[SHVM_IDENTITY_MAX];
	struct shvm_digest_range range;

	return shvm_disk_digest_plan(disk, (struct shvm_span){ 0, 4096 },
				     &a->digest, 1, &range, identity, err);
}

static int call_part(struct shvm_disk *disk, const struct all *a,
		     struct shvm_err *err)
{
	struct shvm_digest_part *part = NULL;
	const int r = shvm_disk_digest_part(disk, (struct shvm_span){ 0, 4096 },
					    &a->digest, 0, 1, &part, err);

	shvm_digest_part_free(part);
	return r;
}

static int call_sign(struct shvm_disk *disk, const struct all *a,
		     struct shvm_err *err)
{
	struct shvm_catalog *catalog = NULL;

	return shvm_template_sign(disk, &a->sign, &catalog, err);
}

static int call_verify(struct shvm_disk *disk, const struct all *a,
		       struct shvm_err *err)
{
	struct shvm_verify_result result = { 0 };
	AUTO(trust_ptr) trust = NULL;
	int r;

	assert_ok(shvm_trust_new(&trust, err), *err);
	assert_ok(shvm_trust_add_signer(trust, "cert.pem", err), *err);
	r = shvm_template_verify(disk, NULL, trust, &a->verify, &result, err);
	shvm_verify_result_done(&result);
	return r;
}

static int call_inspect(struct shvm_disk *disk, const struct all *a,
			struct shvm_err *err)
{
	struct shvm_inspection *inspection = NULL;
	const int r = shvm_disk_inspect(disk, &a->inspect, &inspection, err);

	shvm_inspection_free(inspection);
	return r;
}

static void each_call_refuses_what_it_does_not_know(void **state)
{
	static const struct {
		const char *name;
		call_fn call;
		enum which refused[5];
	} cases[] = {
		{ "open", call_open, { DISK } },
		{ "check", call_check, { DISK } },
		{ "digest", call_digest, { DIGEST, TREE_OUTPUT } },
		{ "plan", call_plan, { DIGEST } },
		{ "part", call_part, { DIGEST } },
		{ "sign", call_sign, { SIGN, DIGEST, TREE_OUTPUT, KEY } },
		{ "verify", call_verify, { VERIFY, DIGEST } },
		{ "inspect", call_inspect, { INSPECT } },
	};
	AUTO(disk_ptr) disk = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(shvm_disk_open("d.raw", NULL, &disk, &err), err);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct all a = all_with(NOTHING, 0);

		err = (struct shvm_err){ 0 };
		if (is_refused(cases[i].call(disk, &a, &err), &err))
			fail_msg("%s refuses zeros", cases[i].name);
		for (const enum which *w = cases[i].refused; *w; w++)
			for (size_t k = 0; k < 4; k++) {
				a = all_with(*w, k);
				err = (struct shvm_err){ 0 };
				if (!is_refused(cases[i].call(disk, &a, &err),
						&err))
					fail_msg("%s, struct %d, %zu: %s",
						 cases[i].name, *w, k, err.msg);
			}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_refuses_what_it_does_not_know),
	};

	return cmocka_run_group_tests_name("reserved", tests, enter, NULL);
}
