/* SPDX-License-Identifier: MIT */
/* A volume hashed in parts, and the digest from all parts. */
#include "hash/ranges.h"

#include "disk/disk.h"

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

int shvm_disk_digest_plan(struct shvm_disk *disk, struct shvm_span volume,
			  const struct shvm_digest_params *params, uint32_t n,
			  struct shvm_digest_range *ret,
			  char ret_identity[SHVM_IDENTITY_MAX],
			  struct shvm_err *err)
{
	AUTO(source_ptr) window = NULL;
	AUTO_DONE(segments) g = { 0 };
	char identity[SHVM_IDENTITY_MAX];
	struct tree tree;

	TRY(digest_params_check(&params, err));
	if (n == 0 || n > SHVM_RANGES_MAX)
		return err_set(err, SHVM_E_ARG,
			       "plan: %" PRIu32 " ranges, not 1 to %d", n,
			       SHVM_RANGES_MAX);
	TRY(source_window(disk_source(disk), volume.offset, volume.size,
			  &window, err));
	TRY(digest_tree(params, volume.size, &tree, err));
	TRY(segments_init(&g, &tree, window, false, err));
	TRY(disk_identity(disk, identity, err));

	for (uint32_t i = 0; i < n; i++) {
		const struct range range = range_of(&g, i, n);
		const uint64_t at = range.first * SEGMENT_SIZE;
		const uint64_t end = range.end == g.count
					     ? volume.size
					     : range.end * SEGMENT_SIZE;
		const uint64_t data = range.data * SEGMENT_SIZE;

		ret[i].offset = at;
		ret[i].size = range.first == range.end ? 0 : end - at;
		ret[i].data = data < ret[i].size ? data : ret[i].size;
		if (range.first == range.end && at > volume.size)
			ret[i].offset = volume.size;
	}
	memcpy(ret_identity, identity, sizeof(identity));
	return SHVM_OK;
}

/* A part as the caller sees it, and the memory it points to. */
struct owned_part {
	struct shvm_digest_part part; /* first */
	char identity[SHVM_IDENTITY_MAX];
	struct shvm_digest_run *runs;
	struct buf hashes;
};

void shvm_digest_part_free(struct shvm_digest_part *part)
{
	struct owned_part *o = (struct owned_part *)part;

	if (!o)
		return;
	free(o->runs);
	buf_done(&o->hashes);
	free(o);
}

static int run_range(const struct shvm_digest_params *params,
		     const struct segments *g, const struct range *range,
		     const struct tree *tree, struct owned_part *o,
		     struct shvm_err *err)
{
	struct shvm_digest_part *p = &o->part;
	AUTO_DONE(treehash) t = { 0 };
	struct digest_work work;

	TRY(treehash_init(&t, tree, p->first, p->end, err));
	TRY(digest_segments(params, NULL, g, range, &t, &work, err));
	p->runs = o->runs = STEAL(t.runs);
	p->run_count = t.run_count;
	o->hashes = t.hashes;
	t.hashes = (struct buf){ 0 };
	p->hashes = o->hashes.data;
	p->hashes_size = o->hashes.len;
	p->bytes_hashed = work.bytes_hashed;
	p->kernel = work.kernel;
	p->jobs = work.jobs;
	p->seconds = work.seconds;
	p->io = work.io;
	return SHVM_OK;
}

int part_run(struct source *s, const struct shvm_digest_params *params,
	     uint64_t i, uint64_t n, struct shvm_digest_part **ret,
	     struct shvm_err *err)
{
	AUTO_DONE(segments) g = { 0 };
	AUTO(digest_part_ptr) part = NULL;
	struct owned_part *o;
	struct range range;
	struct tree tree;

	if (n == 0 || n > SHVM_RANGES_MAX || i >= n)
		return err_set(err, SHVM_E_ARG,
			       "range: number %" PRIu64 " of %" PRIu64
			       " (1 of 1 up to %d of %d)",
			       i + 1, n, SHVM_RANGES_MAX, SHVM_RANGES_MAX);
	o = calloc(1, sizeof(*o));
	part = (struct shvm_digest_part *)o;
	TRY(err_null(err, part, "part"));
	TRY(digest_tree(params, s->size, &tree, err));
	TRY(segments_init(&g, &tree, s, false, err));
	range = range_of(&g, i, n);
	*part = (struct shvm_digest_part){
		.identity = o->identity,
		.size = tree.data_size,
		.algorithm = tree.algorithm,
		.block_size = tree.block_size,
		.first = range.first * g.leaves,
		.end = range.end == g.count ? tree.hashes[0]
					    : range.end * g.leaves,
		.kernel = "none",
	};
	if (part->first < part->end)
		TRY(run_range(params, &g, &range, &tree, o, err));
	*ret = STEAL(part);
	return SHVM_OK;
}

int shvm_disk_digest_part(struct shvm_disk *disk, struct shvm_span volume,
			  const struct shvm_digest_params *params, uint32_t i,
			  uint32_t n, struct shvm_digest_part **ret,
			  struct shvm_err *err)
{
	AUTO(digest_part_ptr) part = NULL;
	AUTO(source_ptr) window = NULL;

	TRY(digest_params_check(&params, err));
	TRY(source_window(disk_source(disk), volume.offset, volume.size,
			  &window, err));
	TRY(part_run(window, params, i, n, &part, err));
	part->offset = volume.offset;
	TRY(disk_identity(disk, ((struct owned_part *)part)->identity, err));
	TRY(part_checksum(part, part->checksum, err));
	*ret = STEAL(part);
	return SHVM_OK;
}

static int check_alike(const struct shvm_digest_part *a,
		       const struct shvm_digest_part *b, struct shvm_err *err)
{
	if (strcmp(a->identity, b->identity) != 0)
		return err_set(err, SHVM_E_ARG,
			       "merge: parts of different disks: %s and %s",
			       a->identity, b->identity);
	if (a->offset != b->offset || a->size != b->size)
		return err_set(err, SHVM_E_ARG,
			       "merge: parts of different volumes: %" PRIu64
			       " bytes at %" PRIu64 " and %" PRIu64
			       " bytes at %" PRIu64,
			       a->size, a->offset, b->size, b->offset);
	if (a->algorithm != b->algorithm || a->block_size != b->block_size)
		return err_set(err, SHVM_E_ARG,
			       "merge: parts by different parameters: %s with "
			       "blocks of %" PRIu32 " and %s with %" PRIu32,
			       shvm_hash_name(a->algorithm), a->block_size,
			       shvm_hash_name(b->algorithm), b->block_size);
	return SHVM_OK;
}

/* Check that its place is within the volume, and its byte count possible. */
static int check_place(const struct tree *tree,
		       const struct shvm_digest_part *p, struct shvm_err *err)
{
	const uint64_t leaves = tree->hashes[0];
	uint64_t bytes;

	if (p->first > p->end || p->end > leaves)
		return err_set(err, SHVM_E_FORMAT,
			       "merge: part from leaf %" PRIu64 " to %" PRIu64
			       " of %" PRIu64,
			       p->first, p->end, leaves);
	bytes = p->first < p->end ? tree_bytes(tree, p->first, p->end) : 0;
	if (p->bytes_hashed > bytes)
		return err_set(err, SHVM_E_FORMAT,
			       "merge: part at leaf %" PRIu64 " claims %" PRIu64
			       " hashed bytes, more than its %" PRIu64,
			       p->first, p->bytes_hashed, bytes);
	return SHVM_OK;
}

static int by_place(const void *a, const void *b)
{
	const struct shvm_digest_part *x =
		*(const struct shvm_digest_part *const *)a;
	const struct shvm_digest_part *y =
		*(const struct shvm_digest_part *const *)b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

/* The hashes of one part, which must exactly fill its place. */
static int add_part(struct treehash *t, const struct shvm_digest_part *p,
		    struct shvm_err *err)
{
	const uint32_t size = t->tree->hash_size;
	size_t used = 0;

	for (size_t i = 0; i < p->run_count; i++) {
		const struct shvm_digest_run *run = &p->runs[i];

		if (run->count > (p->hashes_size - used) / size)
			return err_set(err, SHVM_E_FORMAT,
				       "merge: part at leaf %" PRIu64
				       ": run %zu has %" PRIu32
				       " hashes, %zu bytes are left",
				       p->first, i, run->count,
				       p->hashes_size - used);
		if (run->level >= t->tree->levels ||
		    run->index != t->at / t->tree->span[run->level])
			return err_set(err, SHVM_E_FORMAT,
				       "merge: part at leaf %" PRIu64
				       ": run %zu is out of place",
				       p->first, i);
		TRY(err_prefix(err,
			       treehash_add(t, run->level, p->hashes + used,
					    run->count, err),
			       "merge"));
		used += (size_t)run->count * size;
	}
	if (t->at != p->end || used != p->hashes_size)
		return err_set(err, SHVM_E_FORMAT,
			       "merge: part at leaf %" PRIu64
			       ": its hashes end at leaf %" PRIu64
			       ", not at %" PRIu64 ", %zu bytes are left",
			       p->first, t->at, p->end, p->hashes_size - used);
	return SHVM_OK;
}

static int add_parts(struct treehash *t,
		     const struct shvm_digest_part *const *parts, size_t count,
		     struct shvm_err *err)
{
	const uint64_t leaves = t->tree->hashes[0];

	for (size_t i = 0; i < count; i++) {
		const struct shvm_digest_part *p = parts[i];

		if (p->first == p->end && !p->hashes_size)
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

/* A merge of parts without a check of their checksums. */
int parts_merge(const struct shvm_digest_part *const *parts, size_t count,
		struct shvm_digest *ret, struct shvm_err *err)
{
	AUTOFREE const struct shvm_digest_part **sorted =
		calloc(count, sizeof(*sorted));
	AUTO_DONE(treehash) t = { 0 };
	struct shvm_digest d = { .kernel = "merge" };
	struct tree tree;

	if (count == 0)
		return err_set(err, SHVM_E_ARG, "merge: no parts");
	TRY(err_null(err, sorted, "merge: list of parts"));
	TRY(err_prefix(err,
		       tree_plan(parts[0]->size, parts[0]->block_size,
				 parts[0]->algorithm, &tree, err),
		       "merge"));
	for (size_t i = 0; i < count; i++) {
		TRY(check_alike(parts[0], parts[i], err));
		TRY(check_place(&tree, parts[i], err));
		sorted[i] = parts[i];
		d.bytes_hashed += parts[i]->bytes_hashed;
	}
	qsort(sorted, count, sizeof(*sorted), by_place);
	TRY(treehash_init(&t, &tree, 0, tree.hashes[0], err));
	TRY(add_parts(&t, sorted, count, err));
	TRY(digest_finish(&t, &d, err));
	*ret = d;
	return SHVM_OK;
}

static int check_part(const struct shvm_digest_part *p, struct shvm_err *err)
{
	uint8_t checksum[32];

	if (!p->identity || strlen(p->identity) >= SHVM_IDENTITY_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "merge: a part with an invalid identity");
	TRY(part_checksum(p, checksum, err));
	if (memcmp(checksum, p->checksum, sizeof(checksum)) != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "merge: part at block %" PRIu64
			       ": its checksum is wrong",
			       p->first);
	return SHVM_OK;
}

int shvm_digest_merge(const struct shvm_digest_part *const *parts, size_t count,
		      struct shvm_digest *ret, struct shvm_err *err)
{
	if (count == 0 || count > SHVM_RANGES_MAX)
		return err_set(err, SHVM_E_ARG, "merge: %zu parts, not 1 to %d",
			       count, SHVM_RANGES_MAX);
	for (size_t i = 0; i < count; i++)
		TRY(check_part(parts[i], err));
	return parts_merge(parts, count, ret, err);
}

int part_checksum(const struct shvm_digest_part *p, uint8_t ret[32],
		  struct shvm_err *err)
{
	AUTO_DONE(buf) b = { 0 };

	buf_add(&b, p->identity, strlen(p->identity) + 1);
	buf_add_le64(&b, p->offset);
	buf_add_le64(&b, p->size);
	buf_add_le32(&b, p->block_size);
	buf_add_le32(&b, p->algorithm);
	buf_add_le64(&b, p->first);
	buf_add_le64(&b, p->end);
	buf_add_le64(&b, p->bytes_hashed);
	for (size_t i = 0; i < p->run_count; i++) {
		buf_add_le32(&b, p->runs[i].level);
		buf_add_le32(&b, p->runs[i].count);
		buf_add_le64(&b, p->runs[i].index);
	}
	buf_add(&b, p->hashes, p->hashes_size);
	TRY(buf_check(&b, "part", err));
	if (EVP_Digest(b.data, b.len, ret, NULL, EVP_sha256(), NULL) != 1)
		return err_set_ossl(err, "part: checksum");
	return SHVM_OK;
}
