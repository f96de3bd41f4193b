/* SPDX-License-Identifier: MIT */
/* Shielding data files for tests, in memory. */
#ifndef TESTS_UNIT_SUPPORT_PDK_H
#define TESTS_UNIT_SUPPORT_PDK_H

#include "pdk/pdk_create.h"
#include "pdk/pdk_file.h"

/* What the answer file of test_body() holds. */
#define TEST_ANSWER                                                            \
	"<unattend xmlns=\"urn:schemas-microsoft-com:unattend\">"              \
	"@ComputerName@ pass word</unattend>"

/* Kind template: one qualifier ("Template", 1.2.3.4, signed by guardian 2's
 * certificate), an answer file and one other file. */
void test_body(struct body *b);

/* The template that matches it. cert must outlive id. */
void test_template(struct template_id *id, struct buf *cert);

/*
 * A file of this owner, which t shares (NULL: guardian 0), and of guardians
 * 1..count; their keys are always the same, their certificates never.
 */
struct test_pdk {
	struct shvm_guardian *owner;
	bool owner_is_shared;
	struct shvm_protector *protector;
	struct secret *key;
	struct buf file;
};
void test_pdk_init(struct test_pdk *t, struct shvm_guardian *owner,
		   unsigned int guardians, const struct body *b, bool publish);
void test_pdk_done(struct test_pdk *t);

/* Decode a copy of the bytes and unlock it; the result of the first step that
 * fails, with its error. */
int test_unlock(const void *data, size_t len, EVP_PKEY *key,
		struct shvm_err *err);

/* Offset of the header of a section by its type, and its length. */
size_t test_section(const struct buf *file, uint32_t type, size_t *ret_len);

/* A buffer with these bytes. */
struct buf test_bytes(const void *data, size_t len);

#endif
