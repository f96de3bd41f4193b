/* SPDX-License-Identifier: MIT */
/* The format pages say the numbers, names and limits that the code has. */
#include "hash/tree.h"
#include "pdk/body.h"
#include "pdk/container.h"
#include "pdk/fabric.h"
#include "pdk/guardian.h"
#include "pdk/kps_xml.h"
#include "pdk/payload.h"
#include "pdk/protector_internal.h"
#include "pdk/qualifier.h"
#include "pdk/specialize.h"
#include "signer/catalog.h"
#include "signer/cms.h"
#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A page with each run of blanks and line ends as one blank. */
static char *page_read(const char *path)
{
	char *text = (char *)test_file_read(path, &(size_t){ 0 });
	size_t to = 0;

	for (size_t i = 0; text[i]; i++) {
		const bool blank = text[i] == ' ' || text[i] == '\n';

		if (!blank)
			text[to++] = text[i];
		else if (to > 0 && text[to - 1] != ' ')
			text[to++] = ' ';
	}
	text[to] = '\0';
	return text;
}

/* Do these words stand in the page? */
static void says(const char *page, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void says(const char *page, const char *format, ...)
{
	char words[512];
	va_list ap;

	va_start(ap, format);
	assert_in_range(vsnprintf(words, sizeof(words), format, ap), 1, 511);
	va_end(ap);
	if (!strstr(page, words))
		fail_msg("not in the page: %s", words);
}

enum {
	KIB = 1024,
	MIB = 1024 * 1024
};

static void page_of_shielding_data_says_the_layout(void **state)
{
	char *page = page_read("docs/FORMAT-PDK.md");
	const size_t body_min =
		CONTAINER_SALT + CONTAINER_NONCE + 1 + CONTAINER_TAG;

	(void)state;
	says(page, "| 0 | 8 | magic | `%s` |", CONTAINER_MAGIC);
	says(page, "| 8 | 4 | version | %d |", CONTAINER_VERSION);
	says(page, "A file is at most %d MiB long", CONTAINER_SIZE_MAX / MIB);
	says(page, "| %d | KeyProtector | 5 to %d MiB |", CONTAINER_PROTECTOR,
	     CONTAINER_PROTECTOR_MAX / MIB);
	says(page, "| %d | Policy | 24 |", CONTAINER_POLICY);
	says(page, "| %d | Qualifiers | 1 to %d MiB |", CONTAINER_QUALIFIERS,
	     CONTAINER_QUALIFIERS_MAX / MIB);
	says(page, "| %d | Body | %zu to %d MiB | salt %d, nonce %d, ",
	     CONTAINER_BODY, body_min, CONTAINER_BODY_MAX / MIB, CONTAINER_SALT,
	     CONTAINER_NONCE);
	says(page, "ciphertext, tag %d |", CONTAINER_TAG);
	says(page, "| %d | OwnerSignature | 1 to %d KiB |", CONTAINER_SIGNATURE,
	     CONTAINER_SIGNATURE_MAX / KIB);
	says(page, "| 20 | 4 | value | %d %s, %d %s |",
	     SHVM_POLICY_ENCRYPTION_SUPPORTED,
	     shvm_policy_name(SHVM_POLICY_ENCRYPTION_SUPPORTED),
	     SHVM_POLICY_SHIELDED, shvm_policy_name(SHVM_POLICY_SHIELDED));
	says(page, "info `%s` (%zu bytes, no NUL), 32 bytes long",
	     CONTAINER_BODY_INFO, strlen(CONTAINER_BODY_INFO));
	free(page);
}

/* The bytes that the code writes are those of the page's tables. */
static void container_begins_as_the_page_says(void **state)
{
	static const uint8_t protector[] = { 0, 0, 0, 5, 'x' };
	static const uint8_t
		begin
			[] = {
				'S',  'H',  'V',  'M',	'-',  'P',
				'D',  'K',  1,	  0,	0,    0, /* version */
				4,    0,    0,	  0,		 /* sections */
				1,    0,    0,	  0,	0,    0,
				0,    0,    5,	  0,	0,    0,
				0,    0,    0,	  0,	     /* protector */
				0,    0,    0,	  5,	'x', /* its data */
				2,    0,    0,	  0,	0,    0,
				0,    0,    24,	  0,	0,    0,
				0,    0,    0,	  0, /* policy */
				0xcf, 0xc2, 0x24, 0xf0, 0x11, 0x16,
				0xd8, 0x40, /* its GUID */
				0x8f, 0x4e, 0x57, 0x92, 0xd7, 0xe3,
				0x17, 0xa1, /* continues */
				4,    0,    0,	  0,	1,    0,
				0,    0, /* length, Shielded */
				4,    0,    0,	  0,	0,    0,
				0,    0,    77,	  0,	0,    0,
				0,    0,    0,	  0, /* body */
			};
	const struct container_parts parts = {
		.protector = { protector, sizeof(protector) },
		.policy = SHVM_POLICY_SHIELDED,
	};
	AUTO_DONE(buf) b = { 0 };
	char *page = page_read("docs/FORMAT-PDK.md");

	(void)state;
	assert_int_equal(container_add_clear(&parts, 77, &b, NULL), 0);
	assert_int_equal(b.len, sizeof(begin));
	assert_memory_equal(b.data, begin, sizeof(begin));
	says(page, "`f024c2cf-1611-40d8-8f4e-5792d7e317a1`");
	free(page);
}

static void page_of_shielding_data_says_the_limits(void **state)
{
	char *page = page_read("docs/FORMAT-PDK.md");

	(void)state;
	says(page, "at most %d MiB of UTF-8 XML", BODY_SIZE_MAX / MIB);
	says(page, "<ShieldingData xmlns=\"%s\"", PDK_NS);
	says(page, "At most %d OtherFile elements.", PAYLOAD_FILES_MAX);
	says(page, "At most %d VolumeIDQualifier elements", QUALIFIERS_MAX);
	says(page, "`Name` of a qualifier: 1 to %d bytes", QUALIFIER_NAME_MAX);
	says(page, "together are at most %d KiB, unless",
	     PAYLOAD_OTHER_MAX / KIB);
	says(page, "All files together: at most %d MiB",
	     PAYLOAD_SIZE_MAX / MIB);
	says(page, "SHA-256 of the catalog's signed content, %d",
	     2 * QUALIFIER_CONTENT_SIZE);
	says(page, "`%s` or `%s`. - `ContentSHA256`",
	     shvm_coverage_name(SHVM_COVERAGE_DISK),
	     shvm_coverage_name(SHVM_COVERAGE_OS));
	for (int i = SHVM_RULE_EQUALS; i <= SHVM_RULE_GREATER_THAN_OR_EQUALS;
	     i++)
		says(page, "%s", shvm_rule_name((enum shvm_rule)i));
	says(page, "IV length %d, IV offset 36", SPECIALIZE_IV);
	free(page);
}

static void page_of_fabric_data_says_the_limits(void **state)
{
	char *page = page_read("docs/FORMAT-FSK.md");

	(void)state;
	says(page, "<FabricData xmlns=\"%s\">", FSK_NS);
	says(page, "document of at most %d MiB", FABRIC_FILE_MAX / MIB);
	says(page, "At most %d `Pair`", FABRIC_PAIRS_MAX);
	says(page, "`Key`: 1 to %d bytes", FABRIC_KEY_MAX);
	says(page, "`Value`: 1 to %d bytes", FABRIC_VALUE_MAX);
	says(page, "at most %d MiB", FABRIC_RESULT_MAX / MIB);
	free(page);
}

static void pages_of_guardians_and_protectors_say_the_limits(void **state)
{
	char *protector = page_read("docs/FORMAT-PROTECTOR.md");
	char *guardian = page_read("docs/FORMAT-GUARDIAN.md");

	(void)state;
	says(protector, "`%s`", KPS_NS);
	says(protector, "XML, UTF-8, at most %d MiB (our limit)",
	     PROTECTOR_SIZE_MAX / MIB);
	says(protector, "| `Wrappings/Wrapping` | 1..%d |",
	     PROTECTOR_WRAPPINGS_MAX);
	says(protector, "info `%s`, %d bytes", PROTECTOR_MAC_INFO,
	     PROTECTOR_MAC_KEY);
	says(protector, "| KeyLength | %d; 16 to 128 are read |",
	     PROTECTOR_KEY_SIZE);
	says(guardian, "`%s`", KPS_NS);
	says(guardian, "`%s`", KPS_DSIG_NS);
	says(guardian,
	     "`OtherSigningCertificates/Certificate` | 0..1 / 0..%d |",
	     GUARDIAN_OTHERS_MAX);
	free(protector);
	free(guardian);
}

static void page_of_catalogs_says_the_limits(void **state)
{
	char *page = page_read("docs/FORMAT-VSC.md");

	(void)state;
	says(page, "<VolumeSignatureCatalog xmlns=\"%s\">", CATALOG_NS);
	says(page, "| Template/@Name | UTF-8, 1 to %d bytes",
	     SHVM_CATALOG_NAME_MAX);
	says(page, "at most %llu TiB",
	     (unsigned long long)(CATALOG_DISK_MAX >> 40));
	says(page, "bytes, a power of two, %d to %d |", BLOCK_SIZE_MIN,
	     BLOCK_SIZE_MAX);
	says(page, "DER SignedData, at most %d MiB", CMS_SIZE_MAX / MIB);
	says(page, "of its chain, at most %d, each once |", CMS_CERTS_MAX);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_of_shielding_data_says_the_layout),
		cmocka_unit_test(container_begins_as_the_page_says),
		cmocka_unit_test(page_of_shielding_data_says_the_limits),
		cmocka_unit_test(page_of_fabric_data_says_the_limits),
		cmocka_unit_test(
			pages_of_guardians_and_protectors_say_the_limits),
		cmocka_unit_test(page_of_catalogs_says_the_limits),
	};

	return cmocka_run_group_tests_name("format_pages", tests, NULL, NULL);
}
