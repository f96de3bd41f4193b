/* SPDX-License-Identifier: MIT */
/* The structures of a tree file: what each field may be. */
#include "hash/disktree_form.h"

#include "base/le.h"
#include "tests/unit/support.h"
#include "tests/unit/support_disktree.h"

#include <stdlib.h>
#include <string.h>

#define MiB (UINT64_C(1) << 20)

static const char path[] = "disk.tree";

/* Each field of header and table that cannot be, with its place. */
static void rejects_each_bad_field(void **state)
{
	enum {
		TABLE = 1 << 20 /* and so much from the table's place on */
	};
	static const struct {
		size_t at;
		uint8_t byte;
		int code;
		const char *says;
	} cases[] = {
		{ 0x00, 'S', SHVM_E_FORMAT, "does not begin with" },
		{ 0x07, 0, SHVM_E_FORMAT, "does not begin with" },
		{ 0x08, 2, SHVM_E_UNSUPPORTED, "version 2, not 1" },
		{ 0x0c, 5, SHVM_E_FORMAT, "but its table of 5 parts" },
		{ 0x0f, 1, SHVM_E_FORMAT, "16777220 parts, more than 4096" },
		{ 0x10, 31, SHVM_E_FORMAT, "but its table of 4 parts is at" },
		{ 0x17, 0x7f, SHVM_E_FORMAT, "its table is at the impossible" },
		{ 0x18, 1, SHVM_E_FORMAT, "reserved bytes" },
		{ 0x1f, 1, SHVM_E_FORMAT, "reserved bytes" },
		{ TABLE + 0x07, 0xff, SHVM_E_VERIFY, "were signed" },
		{ TABLE + 0x0f, 0xff, SHVM_E_FORMAT, "part 0: tree file:" },
		{ TABLE + 0x10, 0, SHVM_E_UNSUPPORTED, "algorithm 0" },
		{ TABLE + 0x10, 3, SHVM_E_UNSUPPORTED, "algorithm 3" },
		{ TABLE + 0x14, 1, SHVM_E_FORMAT, "block size 4097" },
		{ TABLE + 0x15, 8, SHVM_E_FORMAT, "block size 2048" },
		{ TABLE + 0x18, 0, SHVM_E_VERIFY, "" },
		{ TABLE + 0x1f, 1, SHVM_E_VERIFY,
		  "outside of the range "
		  "between" },
		{ TABLE + 0x58, 1, SHVM_E_FORMAT, "part of one block has a" },
		{ TABLE + 0x78, 40, SHVM_E_VERIFY, "" },
	};
	struct test_parts p = { 0 };
	struct shvm_err err = { 0 };
	AUTOFREE uint8_t *data = NULL;
	size_t len;

	(void)state;
	test_parts_small(&p);
	assert_ok(test_parts_write(&p, path, &err), err);
	data = test_file_read(path, &len);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disktree *t = NULL;
		size_t at = cases[i].at;
		uint8_t good;

		if (at >= TABLE)
			at = at - TABLE + le64_get(data + 0x10);
		good = data[at];
		data[at] = cases[i].byte;
		test_file_write(path, data, len);
		data[at] = good;
		if (disktree_open(path, p.parts, p.count, &t, &err) !=
			    cases[i].code ||
		    err.code != cases[i].code ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, err.code, err.msg);
		assert_null(t);
	}
}

/* Records that a node cannot have, before any hash of theirs is looked at. */
static void rejects_each_bad_record(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
		const char *says; /* NULL: it is one that can be */
	} cases[] = {
		{ 0, 2, NULL }, /* as it is */
		{ 0, 0, "0 items" },
		{ 0, 3, "out of place" }, /* the next bytes as a place */
		{ 3, 1, "16777218 items" },
		{ 4, 0, "more nodes than the 0" },
		{ 4, 2, "2 nodes and leaves are an" },
		{ 4, 3, "2 items, 3 of them nodes" },
		{ 8, 2, "of level 2 is out of place" },
		{ 8, 7, "of level 7 is out of place" },
		{ 10, 0xff, "is out of place" },
		{ 15, 0xff, "is out of place" },
		{ 16, 5 << 3 | 1, "is out of place" }, /* out of order */
		{ 18, 0xff, "is out of place" },
	};
	uint8_t good[200] = { 2, 0, 0, 0, 1, 0, 0, 0 };
	struct disktree_node node = { .level = 2 };
	struct shvm_err err = { 0 };
	struct tree tree;

	(void)state;
	assert_int_equal(tree_plan(100 * MiB, 4096, SHVM_HASH_SHA256, &tree,
				   NULL),
			 0);
	le64_put(good + 8, 6 << 3 | 1);	 /* node 6: leaves 768 to 895 */
	le64_put(good + 16, 16000 << 3); /* a leaf of it */
	for (size_t len = 0; len < 8 + 2 * 8 + 8 + 2 * 32; len++)
		assert_failed(disktree_record_decode(&tree, good, len, &node,
						     &err),
			      err, SHVM_E_FORMAT, "ends early");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const uint8_t was = good[cases[i].at];
		int r;

		good[cases[i].at] = cases[i].byte;
		r = disktree_record_decode(&tree, good, sizeof(good), &node,
					   &err);
		good[cases[i].at] = was;
		if (!cases[i].says) {
			assert_ok(r, err);
			assert_int_equal(node.count, 2);
			free(STEAL(node.items));
			continue;
		}
		if (r != SHVM_E_FORMAT || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_null(node.items);
	}
}

/* What a child is bounds what is hashed: one node, or three leaves. */
static void rejects_children_that_cost_too_much(void **state)
{
	static const struct {
		uint64_t where[4];
		bool good;
	} cases[] = {
		{ { 0 << 3, 1 << 3, 2 << 3, 200 << 3 }, true },
		{ { 0 << 3, 1 << 3, 2 << 3, 3 << 3 }, false },
		{ { 0 << 3 | 1, 200 << 3, 201 << 3, 202 << 3 }, true },
		/* Two nodes below one child, or a node and a leaf. */
		{ { 0 << 3 | 1, 1 << 3 | 1, 16384 << 3, 32768 << 3 }, false },
		{ { 0 << 3 | 1, 128 << 3, 16384 << 3, 32768 << 3 }, false },
		{ { 0 << 3, 1 << 3 | 1, 16384 << 3, 32768 << 3 }, false },
		{ { 0 << 3, 128 << 3, 129 << 3, 32768 << 3 }, true },
	};
	struct shvm_err err = { 0 };
	struct tree tree;

	(void)state;
	assert_int_equal(tree_plan(1000 * MiB, 4096, SHVM_HASH_SHA256, &tree,
				   NULL),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disktree_node node = { .level = i < 3 ? 2 : 3 };
		uint8_t data[300] = { 4 };
		int r;

		for (int k = 0; k < 4; k++) {
			data[4] = (uint8_t)(data[4] +
					    ((cases[i].where[k] & 7) > 0));
			le64_put(data + 8 + 8 * k, cases[i].where[k]);
		}
		r = disktree_record_decode(&tree, data, sizeof(data), &node,
					   &err);
		if (r != (cases[i].good ? SHVM_OK : SHVM_E_FORMAT))
			fail_msg("case %zu: %d %s", i, r, err.msg);
		free(node.items);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rejects_each_bad_field),
		cmocka_unit_test(rejects_each_bad_record),
		cmocka_unit_test(rejects_children_that_cost_too_much),
	};

	test_own_folder_enter();
	return cmocka_run_group_tests_name("disktree_form", tests, NULL, NULL);
}
