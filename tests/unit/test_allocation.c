/* SPDX-License-Identifier: MIT */
/* The map of an image's MiB: its ends, and the edges of its words. */
#include "vhdx/allocation.h"

#include "base/auto.h"
#include "tests/unit/support.h"

enum {
	MIB = 1 << 20,
	FILE_MIB = 300,
	COUNT = FILE_MIB + 256 + 1, /* and a block after them */
};

static void make(struct allocation *s)
{
	struct shvm_err err = { 0 };

	assert_ok(allocation_init(s, (uint64_t)FILE_MIB * MIB, &err), err);
	assert_int_equal(s->count, COUNT);
}

/* Both ways to claim must agree; what fails takes nothing quickly. */
static void takes_each_mib_once_and_none_outside(void **state)
{
	static const struct {
		uint64_t at, len, conflict; /* MiB; conflict 0: free */
	} cases[] = {
		{ 0, 1, 0 },
		{ 63, 1, 0 },
		{ 64, 64, 0 },
		{ 190, 4, 0 }, /* over the edge of a word */
		{ COUNT - 1, 1, 0 },
		{ 10, 54, 63 },
		{ 62, 1, 62 }, /* the one before took it */
		{ 127, 2, 127 },
		{ COUNT - 2, 2, COUNT - 1 },
		{ COUNT, 1, COUNT },
		{ COUNT + 1, 64, COUNT + 1 },
		{ UINT64_C(1) << 43, 1, UINT64_C(1) << 43 },
	};
	struct allocation s;
	(void)state;

	make(&s);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t conflict = 0;
		const bool ok = allocation_claim(&s, cases[i].at * MIB,
						 cases[i].len * MIB, &conflict);

		if (ok != (cases[i].conflict == 0) ||
		    conflict != cases[i].conflict * MIB)
			fail_msg("case %zu: %d at %ju", i, ok,
				 (uintmax_t)conflict / MIB);
	}
	allocation_done(&s);

	make(&s);
	assert_true(allocation_claim_quickly(&s, 0, (uint64_t)64 * MIB));
	assert_false(allocation_claim_quickly(&s, (uint64_t)63 * MIB, MIB));
	assert_false(allocation_claim_quickly(&s, (uint64_t)64 * MIB, 0));
	assert_false(
		allocation_claim_quickly(&s, (uint64_t)127 * MIB, 2 * MIB));
	assert_true(allocation_claim_quickly(&s, (uint64_t)126 * MIB, 2 * MIB));
	assert_true(allocation_claim_quickly(&s, (uint64_t)128 * MIB, MIB));
	assert_true(
		allocation_claim_quickly(&s, (uint64_t)(COUNT - 1) * MIB, MIB));
	assert_false(allocation_claim_quickly(&s, (uint64_t)COUNT * MIB, MIB));
	assert_false(allocation_claim_quickly(&s, (uint64_t)1 << 63, MIB));
	assert_int_equal(allocation_count_free(&s, (uint64_t)FILE_MIB * MIB),
			 (uint64_t)(FILE_MIB - 67) * MIB);
	allocation_done(&s);
}

static void finds_the_next_of_each_kind(void **state)
{
	static const struct {
		uint64_t at, end, free, taken; /* MiB */
	} cases[] = {
		{ 0, 300, 2, 0 },	{ 2, 300, 2, 64 },
		{ 64, 300, 70, 64 },	{ 70, 300, 70, 127 },
		{ 128, 300, 129, 128 }, { 129, 300, 129, 300 },
		{ 2, 50, 2, 50 },	{ 60, 64, 60, 64 }, /* bits after it */
		{ 64, 66, 66, 64 },	{ 129, COUNT + 99, 129, COUNT },
		{ 200, 200, 200, 200 },
	};
	struct allocation s;
	uint64_t conflict;
	(void)state;

	make(&s);
	assert_int_equal(allocation_first_free(&s, 5 * MIB), 0);
	assert_true(allocation_claim(&s, 0, 2 * MIB, &conflict));
	assert_true(
		allocation_claim(&s, (uint64_t)64 * MIB, 6 * MIB, &conflict));
	assert_true(
		allocation_claim(&s, (uint64_t)127 * MIB, 2 * MIB, &conflict));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const uint64_t at = cases[i].at * MIB, end = cases[i].end * MIB;

		if (allocation_next_free(&s, at, end) != cases[i].free * MIB ||
		    allocation_next_taken(&s, at, end) != cases[i].taken * MIB)
			fail_msg("case %zu: %ju %ju", i,
				 (uintmax_t)allocation_next_free(&s, at, end) /
					 MIB,
				 (uintmax_t)allocation_next_taken(&s, at, end) /
					 MIB);
	}
	assert_int_equal(allocation_first_free(&s, 5 * MIB), 2 * MIB);
	assert_int_equal(allocation_first_free(&s, 2 * MIB), 2 * MIB);
	assert_int_equal(allocation_first_free(&s, (uint64_t)299 * MIB),
			 (uint64_t)129 * MIB);
	/* Whole words, and those that end within one. */
	assert_int_equal(allocation_count_free(&s, (uint64_t)64 * MIB),
			 62 * MIB);
	assert_int_equal(allocation_count_free(&s, (uint64_t)128 * MIB),
			 (uint64_t)119 * MIB);
	assert_int_equal(allocation_count_free(&s, (uint64_t)129 * MIB),
			 (uint64_t)119 * MIB);
	assert_int_equal(allocation_count_free(&s, (uint64_t)130 * MIB),
			 (uint64_t)120 * MIB);
	allocation_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_each_mib_once_and_none_outside),
		cmocka_unit_test(finds_the_next_of_each_kind),
	};

	return cmocka_run_group_tests_name("allocation", tests, NULL, NULL);
}
