/* SPDX-License-Identifier: MIT */
#include "hash/ranges.h"

#include "tests/unit/support.h"
#include "tests/unit/support_sparse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KiB (UINT64_C(1) << 10)
#define MiB (UINT64_C(1) << 20)
#define GiB (UINT64_C(1) << 30)

static const struct sparse_run runs[] = {
	{ 20 * MiB, SHVM_EXTENT_DATA, 1 },
	{ 3 * GiB + 4096, SHVM_EXTENT_HOLE, 0 },
	{ 30 * MiB, SHVM_EXTENT_DATA, 2 },
	{ 100 * MiB, SHVM_EXTENT_ZERO, 0 },
	{ 9 * MiB + 512, SHVM_EXTENT_DATA, 3 },
	{ 512, SHVM_EXTENT_HOLE, 0 },
};

static const struct sparse_run empty[] = { { 5 * GiB, SHVM_EXTENT_HOLE, 0 } };

struct split {
	struct shvm_digest_part *parts[32];
	const struct shvm_digest_part *list[32];
	size_t count;
};

static void split_done(struct split *p)
{
	for (size_t i = 0; i < p->count; i++)
		shvm_digest_part_free(p->parts[i]);
}

static void split_volume(struct sparse *s,
			 const struct shvm_digest_params *params, size_t n,
			 struct split *p)
{
	p->count = n;
	for (size_t i = 0; i < n; i++) {
		struct shvm_err err = { 0 };

		if (part_run(&s->source, params, i, n, &p->parts[i], &err))
			fail_msg("part %zu of %zu: %s", i, n, err.msg);
		p->parts[i]->identity = "test";
		/* in another order than they were made in */
		p->list[(i * 7 + 3) % n] = p->parts[i];
	}
}

static void parts_give_the_digest_of_the_whole(void **state)
{
	static const size_t counts[] = { 1, 2, 3, 5, 11, 23, 31 };
	static const struct shvm_digest_params params[] = {
		{ .jobs = 2 },
		{ .jobs = 1, .algorithm = SHVM_HASH_SHA512 },
		{ .jobs = 2, .block_size = 16 << 10 },
		{ .jobs = 2, .block_size = 64 << 10 },
		{ .jobs = 2, .block_size = 1 << 20 },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(params); k++) {
		struct shvm_digest whole, merged;
		struct sparse s;

		sparse_init(&s, runs, ARRAY_SIZE(runs));
		assert_int_equal(digest_run(&s.source, &params[k], NULL, &whole,
					    NULL),
				 SHVM_OK);
		/* By turns the even and the odd ones. */
		for (size_t c = test_is_thorough() ? 0 : k % 2;
		     c < ARRAY_SIZE(counts); c += test_is_thorough() ? 1 : 2) {
			struct shvm_err err = { 0 };
			struct split p;

			split_volume(&s, &params[k], counts[c], &p);
			if (parts_merge(p.list, p.count, &merged, &err))
				fail_msg("case %zu, %zu parts: %s", k,
					 counts[c], err.msg);
			assert_memory_equal(merged.root, whole.root, 64);
			assert_memory_equal(merged.digest, whole.digest, 64);
			assert_int_equal(merged.bytes_hashed,
					 whole.bytes_hashed);
			assert_int_equal(merged.bytes_skipped,
					 whole.bytes_skipped);
			split_done(&p);
		}
	}
}

static void an_empty_volume_can_be_cut_too(void **state)
{
	const struct shvm_digest_params params = { .jobs = 1 };
	struct shvm_digest whole, merged;
	struct sparse s;
	struct split p;

	(void)state;
	sparse_init(&s, empty, 1);
	assert_int_equal(digest_run(&s.source, &params, NULL, &whole, NULL), 0);
	split_volume(&s, &params, 3, &p);
	assert_int_equal(parts_merge(p.list, 3, &merged, NULL), SHVM_OK);
	assert_memory_equal(merged.digest, whole.digest, 32);
	split_done(&p);
	s.source.size = 4096; /* fewer segments than parts */
	assert_int_equal(digest_run(&s.source, &params, NULL, &whole, NULL), 0);
	split_volume(&s, &params, 3, &p);
	assert_int_equal(parts_merge(p.list, 3, &merged, NULL), SHVM_OK);
	assert_memory_equal(merged.digest, whole.digest, 32);
	split_done(&p);
}

static void ranges_have_equal_shares(void **state)
{
	AUTO_DONE(segments) g = { 0 };
	struct sparse s;
	struct tree tree;
	uint64_t at = 0, data = 0;

	(void)state;
	sparse_init(&s, runs, ARRAY_SIZE(runs));
	assert_int_equal(tree_plan(s.source.size, 4096, SHVM_HASH_SHA256, &tree,
				   NULL),
			 SHVM_OK);
	assert_int_equal(segments_init(&g, &tree, &s.source, false, NULL), 0);
	for (uint64_t i = 0; i < 3; i++) {
		struct range r = range_of(&g, i, 3);

		assert_int_equal(r.first, at);
		assert_true(r.data >= g.set / 3 && r.data <= g.set / 3 + 1);
		at = r.end;
		data += r.data;
	}
	assert_int_equal(at, g.count);
	assert_int_equal(data, g.set);
	assert_int_equal(s.read_bytes, 0);
	for (uint64_t n = 0; n < g.set; n++) {
		uint64_t segment = segments_find(&g, n);

		assert_int_equal(segments_rank(&g, segment), n);
		assert_int_equal(segments_rank(&g, segment + 1), n + 1);
	}
}

static void refuses_a_range_that_is_not_there(void **state)
{
	static const struct {
		uint64_t i, n;
	} cases[] = { { 0, 0 }, { 3, 3 }, { 0, SHVM_RANGES_MAX + 1 } };
	const struct shvm_digest_params params = { .jobs = 1 };
	struct sparse s;

	(void)state;
	sparse_init(&s, empty, 1);
	for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
		struct shvm_err err = { 0 };
		struct shvm_digest_part *p = NULL;

		assert_int_equal(part_run(&s.source, &params, cases[k].i,
					  cases[k].n, &p, &err),
				 SHVM_E_ARG);
		assert_non_null(strstr(err.msg, "range: number"));
	}
}

/* One thing is wrong with the second of three parts, or with the list. */
enum damage {
	OTHER_DISK,
	OTHER_PLACE,
	OTHER_SIZE,
	OTHER_BLOCK,
	OTHER_HASH,
	ONE_MISSING,
	LAST_MISSING,
	ONE_TWICE,
	RUN_LONGER,
	RUN_SHORTER,
	RUN_LEVEL,
	RUN_INDEX,
	RUN_MISSING,
	HASHES_LONGER,
	ENDS_EARLY,
	ENDS_BEHIND,
	REVERSED,
	HASHED_MORE,
};

static void do_damage(enum damage damage, struct split *p)
{
	static struct shvm_digest_run copies[64];
	static uint8_t hashes[1 << 20];
	struct shvm_digest_part *one = p->parts[1];
	struct shvm_digest_run *last = &copies[one->run_count - 1];

	assert_true(one->run_count <= ARRAY_SIZE(copies) &&
		    one->hashes_size + 32 <= sizeof(hashes));
	memcpy(copies, one->runs, one->run_count * sizeof(copies[0]));
	memcpy(hashes, one->hashes, one->hashes_size);
	one->runs = copies;
	one->hashes = hashes;

	switch (damage) {
	case OTHER_DISK:
		one->identity = "Test";
		break;
	case OTHER_PLACE:
		one->offset = 1 * MiB;
		break;
	case OTHER_SIZE:
		one->size += 512;
		break;
	case OTHER_BLOCK:
		one->block_size *= 2;
		break;
	case OTHER_HASH:
		one->algorithm = SHVM_HASH_SHA512;
		break;
	case ONE_MISSING:
		one->end = one->first;
		one->run_count = one->hashes_size = one->bytes_hashed = 0;
		break;
	case LAST_MISSING:
		for (size_t i = 0; i < 3; i++)
			p->list[i] = p->parts[i];
		p->list[2] = p->parts[0];
		p->list[0] = p->list[1];
		p->list[1] = p->list[2];
		p->list[2] = p->parts[3]; /* an empty one */
		break;
	case ONE_TWICE:
		p->list[2] = p->list[0];
		break;
	case RUN_LONGER:
		last->count++;
		break;
	case RUN_SHORTER:
		last->count--;
		break;
	case RUN_LEVEL:
		copies[0].level = 9;
		break;
	case RUN_INDEX:
		copies[0].index++;
		break;
	case RUN_MISSING:
		one->run_count--;
		break;
	case HASHES_LONGER:
		memset(hashes + one->hashes_size, 0, 32);
		one->hashes_size += 32;
		break;
	case ENDS_EARLY:
		one->end--;
		break;
	case ENDS_BEHIND:
		one->end = one->size / 4096 + 2;
		break;
	case REVERSED:
		one->first = one->end + 1;
		break;
	case HASHED_MORE:
		one->bytes_hashed = UINT64_MAX;
		break;
	}
}

static void refuses_each_kind_of_damage(void **state)
{
	static const struct {
		enum damage damage;
		int code;
		const char *says;
	} cases[] = {
		{ OTHER_DISK, SHVM_E_ARG, "different disks" },
		{ OTHER_PLACE, SHVM_E_ARG, "different volumes" },
		{ OTHER_SIZE, SHVM_E_ARG, "different volumes" },
		{ OTHER_BLOCK, SHVM_E_ARG, "different parameters" },
		{ OTHER_HASH, SHVM_E_ARG, "different parameters" },
		{ ONE_MISSING, SHVM_E_ARG, "gap of parts between" },
		{ LAST_MISSING, SHVM_E_ARG, "gap of parts between" },
		{ ONE_TWICE, SHVM_E_ARG, "overlap of parts between" },
		{ RUN_LONGER, SHVM_E_FORMAT, "hashes, " },
		{ RUN_SHORTER, SHVM_E_FORMAT, "hashes end at leaf" },
		{ RUN_LEVEL, SHVM_E_FORMAT, "out of place" },
		{ RUN_INDEX, SHVM_E_FORMAT, "out of place" },
		{ RUN_MISSING, SHVM_E_FORMAT, "hashes end at leaf" },
		{ HASHES_LONGER, SHVM_E_FORMAT, "32 bytes are left" },
		{ ENDS_EARLY, SHVM_E_FORMAT, "hashes end at leaf" },
		{ ENDS_BEHIND, SHVM_E_FORMAT, "part from leaf" },
		{ REVERSED, SHVM_E_FORMAT, "part from leaf" },
		{ HASHED_MORE, SHVM_E_FORMAT, "more than its" },
	};
	const struct shvm_digest_params params = { .jobs = 2 };
	struct sparse s;

	(void)state;
	sparse_init(&s, runs, ARRAY_SIZE(runs));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_err err = { 0 };
		struct shvm_digest d = { .jobs = 77 };
		struct shvm_digest_part empty_part;
		struct split p = { .count = 0 };
		int r;

		split_volume(&s, &params, 3, &p);
		empty_part = *p.parts[0]; /* empty, but like the others */
		empty_part.end = empty_part.first;
		empty_part.run_count = empty_part.bytes_hashed = 0;
		empty_part.hashes_size = 0;
		p.parts[3] = &empty_part;
		do_damage(cases[i].damage, &p);
		r = parts_merge(p.list, 3, &d, &err);
		if (r != cases[i].code || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_int_equal(d.jobs, 77);
		split_done(&p);
	}
	assert_int_equal(parts_merge(NULL, 0, &(struct shvm_digest){ 0 }, NULL),
			 SHVM_E_ARG);
}

static void the_checksum_covers_what_a_merge_uses(void **state)
{
	static const enum damage damage[] = {
		OTHER_DISK,  OTHER_PLACE,   OTHER_SIZE, OTHER_BLOCK,
		OTHER_HASH,  RUN_LONGER,    RUN_LEVEL,	RUN_INDEX,
		RUN_MISSING, HASHES_LONGER, ENDS_EARLY, REVERSED,
		HASHED_MORE,
	};
	const struct shvm_digest_params params = { .jobs = 2 };
	struct sparse s;

	(void)state;
	sparse_init(&s, runs, ARRAY_SIZE(runs));
	for (size_t i = 0; i < ARRAY_SIZE(damage); i++) {
		struct split p = { .count = 0 };
		uint8_t before[32], after[32];

		split_volume(&s, &params, 3, &p);
		assert_int_equal(part_checksum(p.parts[1], before, NULL), 0);
		do_damage(damage[i], &p);
		assert_int_equal(part_checksum(p.parts[1], after, NULL), 0);
		assert_memory_not_equal(before, after, 32);
		split_done(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_give_the_digest_of_the_whole),
		cmocka_unit_test(an_empty_volume_can_be_cut_too),
		cmocka_unit_test(ranges_have_equal_shares),
		cmocka_unit_test(refuses_a_range_that_is_not_there),
		cmocka_unit_test(refuses_each_kind_of_damage),
		cmocka_unit_test(the_checksum_covers_what_a_merge_uses),
	};

	return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
