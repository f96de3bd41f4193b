/* SPDX-License-Identifier: MIT */
/* Differencing disks of one parent, for the tests of both. */
#include "tests/unit/support_parent.h"

const struct gen_disk parent_base = {
	.size = 8 * GEN_MIB,
	GEN_BLOCKS({ 0, GEN_PRESENT, 21 }, { 1, GEN_PRESENT, 22 },
		   { 2, GEN_PRESENT, 23 }, { 3, GEN_PRESENT, 24 },
		   { 4, GEN_PRESENT, 25 }, { 6, GEN_PRESENT, 26 },
		   { 7, GEN_PRESENT, 27 }),
	.data_write_guid = GUID_A,
};

int parent_open_child(const struct gen_disk *d, const struct image_params *p,
		      struct source **ret, struct shvm_err *err)
{
	AUTOFREE char *child = image_write(d, "child.vhdx");
	AUTOFREE char *parent =
		image_write(d->parent ? d->parent : &parent_base,
			    "parent.vhdx");

	return image_open(child, p, ret, err);
}

void parent_check_child(const struct gen_disk *d)
{
	struct shvm_err err = { 0 };
	struct source *s = NULL;

	assert_ok(parent_open_child(d, NULL, &s, &err), err);
	assert_string_equal(image_info(s)->variant, "differencing");
	image_reads_as(s, d);
	source_free(s);
}
