/* SPDX-License-Identifier: MIT */
/* A volume hashed in parts, and the digest from all parts. */
#include "hash/ranges.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

/* The first segment of range i; holes in front belong to the range before. */
static uint64_t boundary(const struct segments *g, uint64_t i, uint64_t n)
{
	if (i == 0)
		return 0;
	if (i == n)
		return g->count;
	if (g->set == 0) /* below 2^47 segments and 2^16 ranges: no overflow */
		return g->count * i / n;
	return segments_find(g, g->set * i / n);
}

struct range range_of(const struct segments *g, uint64_t i, uint64_t n)
{
	struct range r = { .first = boundary(g, i, n),
			   .end = boundary(g, i + 1, n) };

	r.data = segments_rank(g, r.end) - segments_rank(g, r.first);
	return r;
}

void part_done(struct part *p)
{
	free(p->runs);
	buf_done(&p->hashes);
	*p = (struct part){ 0 };
}

static int run_range(struct source *s, const struct digest_params *params,
		     const struct segments *g, const struct range *range,
		     struct part *p, struct shvm_err *err)
{
	AUTO_DONE(treehash) t = { 0 };
	struct digest_work work;

	TRY(treehash_init(&t, &p->tree, p->first, p->end, err));
	TRY(digest_segments(s, params, g, range, &t, &work, err));

	p->runs = STEAL(t.runs);
	p->run_count = t.run_count;
	p->hashes = t.hashes;
	t.hashes = (struct buf){ 0 };
	p->bytes_hashed = work.bytes_hashed;
	p->kernel = work.kernel;
	p->jobs = work.jobs;
	p->seconds = work.seconds;
	p->bytes = work.bytes;
	return SHVM_OK;
}

int part_run(struct source *s, const struct digest_params *params, uint64_t i,
	     uint64_t n, struct part *ret, struct shvm_err *err)
{
	AUTO_DONE(segments) g = { 0 };
	AUTO_DONE(part) p = { 0 };
	struct range range;

	if (n == 0 || n > RANGES_MAX || i >= n)
		return err_set(err, SHVM_E_ARG,
			       "range: number %" PRIu64 " of %" PRIu64
			       " (1 of 1 up to %d of %d)",
			       i + 1, n, RANGES_MAX, RANGES_MAX);
	TRY(tree_plan(s->size,
		      params->block_size ? params->block_size : BLOCK_SIZE_MIN,
		      params->algorithm, &p.tree, err));
	TRY(segments_init(&g, &p.tree, s, false, err));
	range = range_of(&g, i, n);
	p.first = range.first * g.leaves;
	p.end = range.end == g.count ? p.tree.hashes[0] : range.end * g.leaves;
	if (p.first < p.end)
		TRY(run_range(s, params, &g, &range, &p, err));
	*ret = MOVE(p);
	return SHVM_OK;
}

static int check_alike(const struct part *a, const struct part *b,
		       struct shvm_err *err)
{
	if (strcmp(a->identity, b->identity) != 0)
		return err_set(err, SHVM_E_ARG,
			       "merge: parts of different disks: %s and %s",
			       a->identity, b->identity);
	if (a->volume_at != b->volume_at ||
	    a->tree.data_size != b->tree.data_size)
		return err_set(err, SHVM_E_ARG,
			       "merge: parts of different volumes: %" PRIu64
			       " bytes at %" PRIu64 " and %" PRIu64
			       " bytes at %" PRIu64,
			       a->tree.data_size, a->volume_at,
			       b->tree.data_size, b->volume_at);
	if (a->tree.algorithm != b->tree.algorithm ||
	    a->tree.block_size != b->tree.block_size)
		return err_set(err, SHVM_E_ARG,
			       "merge: parts by different parameters: %s with "
			       "blocks of %" PRIu32 " and %s with %" PRIu32,
			       hash_name(a->tree.algorithm), a->tree.block_size,
			       hash_name(b->tree.algorithm),
			       b->tree.block_size);
	return SHVM_OK;
}

/* Its place is one that the volume has, and its claim is possible. */
static int check_place(const struct part *p, struct shvm_err *err)
{
	const uint64_t leaves = p->tree.hashes[0];
	uint64_t bytes;

	if (p->first > p->end || p->end > leaves)
		return err_set(err, SHVM_E_FORMAT,
			       "merge: part from leaf %" PRIu64 " to %" PRIu64
			       " of %" PRIu64,
			       p->first, p->end, leaves);
	bytes = p->first < p->end ? tree_bytes(&p->tree, p->first, p->end) : 0;
	if (p->bytes_hashed > bytes)
		return err_set(err, SHVM_E_FORMAT,
			       "merge: part at leaf %" PRIu64
			       " says that it hashed %" PRIu64
			       " bytes, more than its %" PRIu64,
			       p->first, p->bytes_hashed, bytes);
	return SHVM_OK;
}

static int by_place(const void *a, const void *b)
{
	const struct part *x = *(const struct part *const *)a;
	const struct part *y = *(const struct part *const *)b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

/* The hashes of one part, which must fill its place and no more. */
static int add_part(struct treehash *t, const struct part *p,
		    struct shvm_err *err)
{
	const uint32_t size = p->tree.hash_size;
	size_t used = 0;
	int r;

	for (size_t i = 0; i < p->run_count; i++) {
		const struct shvm_digest_run *run = &p->runs[i];

		if (run->count > (p->hashes.len - used) / size)
			return err_set(err, SHVM_E_FORMAT,
				       "merge: part at leaf %" PRIu64
				       ": run %zu has %" PRIu32
				       " hashes, %zu bytes are left",
				       p->first, i, run->count,
				       p->hashes.len - used);
		if (run->level >= p->tree.levels ||
		    run->index != t->at / p->tree.span[run->level])
			return err_set(err, SHVM_E_FORMAT,
				       "merge: part at leaf %" PRIu64
				       ": run %zu is out of place",
				       p->first, i);
		r = treehash_add(t, run->level, p->hashes.data + used,
				 run->count, err);
		if (r < 0)
			return err_prefix(err, r, "merge");
		used += (size_t)run->count * size;
	}
	if (t->at != p->end || used != p->hashes.len)
		return err_set(err, SHVM_E_FORMAT,
			       "merge: part at leaf %" PRIu64
			       ": its hashes end at leaf %" PRIu64
			       ", not at %" PRIu64 ", %zu bytes are left",
			       p->first, t->at, p->end, p->hashes.len - used);
	return SHVM_OK;
}

static int add_parts(struct treehash *t, const struct part *const *parts,
		     size_t count, struct shvm_err *err)
{
	const uint64_t leaves = t->tree->hashes[0];

	for (size_t i = 0; i < count; i++) {
		const struct part *p = parts[i];

		if (p->first == p->end && !p->hashes.len)
			continue; /* more ranges than segments */
		if (p->first != t->at)
			return err_set(
				err, SHVM_E_ARG,
				"merge: %s of parts between byte %" PRIu64
				" and %" PRIu64,
				p->first > t->at ? "gap" : "overlap",
				p->first > t->at
					? tree_bytes(t->tree, 0, t->at)
					: p->first * t->tree->block_size,
				p->first > t->at
					? p->first * t->tree->block_size
					: tree_bytes(t->tree, 0, t->at));
		TRY(add_part(t, p, err));
	}
	if (t->at != leaves)
		return err_set(err, SHVM_E_ARG,
			       "merge: gap of parts between byte %" PRIu64
			       " and %" PRIu64,
			       tree_bytes(t->tree, 0, t->at),
			       t->tree->data_size);
	return treehash_finish(t, err);
}

int parts_merge(const struct part *const *parts, size_t count,
		struct digest *ret, struct shvm_err *err)
{
	AUTOFREE const struct part **sorted = calloc(count, sizeof(*sorted));
	AUTO_DONE(treehash) t = { 0 };
	struct digest d = { 0 };

	if (count == 0)
		return err_set(err, SHVM_E_ARG, "merge: no parts");
	TRY(err_null(err, sorted, "merge: list of parts"));
	for (size_t i = 0; i < count; i++) {
		TRY(check_alike(parts[0], parts[i], err));
		TRY(check_place(parts[i], err));
		sorted[i] = parts[i];
		d.bytes_hashed += parts[i]->bytes_hashed;
	}
	qsort(sorted, count, sizeof(*sorted), by_place);
	d.tree = parts[0]->tree;
	TRY(treehash_init(&t, &d.tree, 0, d.tree.hashes[0], err));
	TRY(add_parts(&t, sorted, count, err));

	assert(t.hashes.len == d.tree.hash_size);
	memcpy(d.root, t.hashes.data, d.tree.hash_size);
	TRY(tree_digest(&d.tree, d.root, d.digest, err));
	d.bytes_skipped = d.tree.data_size - d.bytes_hashed;
	d.kernel = "merge";
	*ret = d;
	return SHVM_OK;
}

int part_checksum(const struct part *p, uint8_t ret[32], struct shvm_err *err)
{
	AUTO_DONE(buf) b = { 0 };

	buf_add(&b, p->identity, strlen(p->identity) + 1);
	buf_add_le64(&b, p->volume_at);
	buf_add_le64(&b, p->tree.data_size);
	buf_add_le32(&b, p->tree.block_size);
	buf_add_le32(&b, p->tree.algorithm);
	buf_add_le64(&b, p->first);
	buf_add_le64(&b, p->end);
	buf_add_le64(&b, p->bytes_hashed);
	for (size_t i = 0; i < p->run_count; i++) {
		buf_add_le32(&b, p->runs[i].level);
		buf_add_le32(&b, p->runs[i].count);
		buf_add_le64(&b, p->runs[i].index);
	}
	buf_add(&b, p->hashes.data, p->hashes.len);
	TRY(buf_check(&b, "part", err));
	if (EVP_Digest(b.data, b.len, ret, NULL, EVP_sha256(), NULL) != 1)
		return err_set_ossl(err, "part: checksum");
	return SHVM_OK;
}
