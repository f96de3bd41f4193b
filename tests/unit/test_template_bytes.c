/* SPDX-License-Identifier: MIT */
/* Each byte of the catalog of a whole disk counts. */
#include "support.h"

#include "base/auto.h"
#include "support_certs.h"
#include "support_gpt.h"

#include <shvm/template.h>
#include <stdlib.h>
#include <string.h>

AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);
AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);

enum {
	SECTORS = 8192
};

/* A disk with every kind of part: two volumes, and a gap that is a region. */
static int enter(void **state)
{
	AUTO(pkey_ptr) ca_key = test_key("EC:P-256");
	AUTO(x509_ptr)
	ca = test_cert(
		&(struct test_cert){ .cn = "CA", .key = ca_key, .ca = true });
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){ .cn = "Signer",
					      .key = key,
					      .issuer = ca,
					      .issuer_key = ca_key });
	struct disk_image d = disk_image_new(512, SECTORS);

	(void)state;
	test_own_folder_enter();
	test_write_key("key.pem", key, NULL, false);
	test_write_cert("cert.pem", cert, false);
	test_write_cert("cert.pem", ca, true);
	disk_image_put(&d, 1, &type_esp, 2048, 4095, "EFI");
	disk_image_put(&d, 2, &type_basic, 4096, 6143, "OS");
	disk_image_boot(&d, 2048, "fat");
	disk_image_boot(&d, 4096, "ntfs");
	disk_image_seal_both(&d);
	d.data[100 * 512] = 1;
	test_file_write("w.raw", d.data, d.len);
	disk_image_free(&d);
	return 0;
}

static struct shvm_catalog *sign(void)
{
	/* Raw, with the first sectors of a file system and nothing more. */
	static const char *const bare[] = { "not-vhdx", "unreadable",
					    "no-bootx64", "no-bootmgr" };
	const struct shvm_sign_params params = {
		.cert_file = "cert.pem",
		.key = { .uri = "key.pem" },
		.template_name = "name",
		.digest = { .jobs = 1 },
		.ignore = bare,
		.ignore_count = ARRAY_SIZE(bare),
	};
	struct shvm_catalog *catalog = NULL;
	AUTO(disk_ptr) disk = NULL;
	struct shvm_err err = { 0 };

	assert_ok(shvm_disk_open("w.raw", NULL, &disk, &err), err);
	assert_ok(shvm_template_sign(disk, &params, &catalog, &err), err);
	return catalog;
}

/* Another byte anywhere, and it is no catalog, or its signature is not good. */
static void takes_no_catalog_with_another_byte(void **state)
{
	AUTO(catalog_ptr) catalog = sign();
	const struct shvm_catalog_info *info = shvm_catalog_info(catalog);
	AUTOFREE uint8_t *changed = NULL;
	const uint8_t *der;
	size_t len;

	(void)state;
	assert_int_equal(info->coverage, SHVM_COVERAGE_DISK);
	assert_int_equal(info->volume_count, 2);
	assert_int_equal(info->region_count, 2);
	der = shvm_catalog_der(catalog, &len);
	changed = malloc(len);
	assert_non_null(changed);
	memcpy(changed, der, len);
	for (size_t i = 0; i < 2 * len; i++) {
		const uint8_t mask = i % 2 ? 0x80 : 0x01;
		struct shvm_catalog *other = NULL;

		changed[i / 2] ^= mask;
		if (shvm_catalog_decode(changed, len, &other, NULL) == SHVM_OK)
			fail_msg("byte %zu of %zu, bits 0x%02x", i / 2, len,
				 mask);
		changed[i / 2] ^= mask;
	}
	print_message("%zu bytes, each changed in two ways\n", len);
}

/* Nor with one more or less at the end. */
static void takes_no_catalog_of_another_length(void **state)
{
	AUTO(catalog_ptr) catalog = sign();
	AUTOFREE uint8_t *changed = NULL;
	struct shvm_catalog *other = NULL;
	const uint8_t *der;
	size_t len;

	(void)state;
	der = shvm_catalog_der(catalog, &len);
	changed = calloc(1, len + 1);
	assert_non_null(changed);
	memcpy(changed, der, len);
	assert_int_equal(shvm_catalog_decode(changed, len + 1, &other, NULL),
			 SHVM_E_FORMAT);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(shvm_catalog_decode(changed, i, &other, NULL),
				 SHVM_E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_no_catalog_with_another_byte),
		cmocka_unit_test(takes_no_catalog_of_another_length),
	};

	return cmocka_run_group_tests_name("template_bytes", tests, enter,
					   NULL);
}
