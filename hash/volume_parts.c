/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/digest.h>: plans, parts and merges. */
#include "disk/disk.h"
#include "hash/ranges.h"
#include "hash/volume_digest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static_assert((int)SHVM_RANGES_MAX == (int)RANGES_MAX &&
		      (int)SHVM_IDENTITY_MAX == (int)PART_IDENTITY_MAX,
	      "the public numbers are the internal ones");

/* A part as the caller sees it, and what it points to. */
struct owned_part {
	struct shvm_digest_part part; /* first */
	struct part own;
};

int shvm_disk_digest_plan(struct shvm_disk *disk, struct shvm_span volume,
			  const struct shvm_digest_params *params, uint32_t n,
			  struct shvm_digest_range *ret,
			  char ret_identity[SHVM_IDENTITY_MAX],
			  struct shvm_err *err)
{
	const struct digest_params p = digest_params_of(params);
	AUTO(source_ptr) window = NULL;
	AUTO_DONE(segments) g = { 0 };
	char identity[SHVM_IDENTITY_MAX];
	struct tree tree;
	int r;

	if (n == 0 || n > SHVM_RANGES_MAX)
		return err_set(err, SHVM_E_ARG,
			       "plan: %" PRIu32 " ranges, not 1 to %d", n,
			       SHVM_RANGES_MAX);
	r = source_window(disk_source(disk), volume.offset, volume.size,
			  &window, err);
	if (r < 0)
		return r;
	r = tree_plan(volume.size, p.block_size ? p.block_size : BLOCK_SIZE_MIN,
		      p.algorithm, &tree, err);
	if (r < 0)
		return r;
	r = segments_init(&g, &tree, window, false, err);
	if (r < 0)
		return r;
	r = disk_identity(disk, identity, err);
	if (r < 0)
		return r;

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

void shvm_digest_part_free(struct shvm_digest_part *part)
{
	struct owned_part *o = (struct owned_part *)part;

	if (!o)
		return;
	part_done(&o->own);
	free(o);
}
AUTO_DEFINE(digest_part_ptr, struct shvm_digest_part *, shvm_digest_part_free);

static void part_expose(struct owned_part *o)
{
	struct part *own = &o->own;

	o->part.identity = own->identity;
	o->part.offset = own->volume_at;
	o->part.size = own->tree.data_size;
	o->part.algorithm = (enum shvm_hash)own->tree.algorithm;
	o->part.block_size = own->tree.block_size;
	o->part.first = own->first;
	o->part.end = own->end;
	o->part.runs = own->runs;
	o->part.run_count = own->run_count;
	o->part.hashes = own->hashes.data;
	o->part.hashes_size = own->hashes.len;
	o->part.bytes_hashed = own->bytes_hashed;
	o->part.kernel = own->kernel ? own->kernel : "none";
	o->part.io = io_bytes_public(&own->bytes);
	o->part.jobs = own->jobs;
	o->part.seconds = own->seconds;
}

int shvm_disk_digest_part(struct shvm_disk *disk, struct shvm_span volume,
			  const struct shvm_digest_params *params, uint32_t i,
			  uint32_t n, struct shvm_digest_part **ret,
			  struct shvm_err *err)
{
	const struct digest_params p = digest_params_of(params);
	struct owned_part *o = calloc(1, sizeof(*o));
	AUTO(digest_part_ptr) part = (struct shvm_digest_part *)o;
	AUTO(source_ptr) window = NULL;
	int r;

	if (!o)
		return err_nomem(err, "part");
	r = source_window(disk_source(disk), volume.offset, volume.size,
			  &window, err);
	if (r < 0)
		return r;
	r = part_run(window, &p, i, n, &o->own, err);
	if (r < 0)
		return r;
	o->own.volume_at = volume.offset;
	r = disk_identity(disk, o->own.identity, err);
	if (r < 0)
		return r;
	part_expose(o);
	r = part_checksum(&o->own, o->part.checksum, err);
	if (r < 0)
		return r;

	*ret = STEAL(part);
	return SHVM_OK;
}

/* The internal form, which borrows runs and hashes; all sizes checked. */
static int part_take(const struct shvm_digest_part *p, struct part *ret,
		     struct shvm_err *err)
{
	uint8_t checksum[32];
	struct part own = { .volume_at = p->offset,
			    .first = p->first,
			    .end = p->end,
			    .bytes_hashed = p->bytes_hashed };
	int r;

	if (!p->identity || strlen(p->identity) >= sizeof(own.identity))
		return err_set(err, SHVM_E_FORMAT,
			       "merge: a part with a bad identity");
	memcpy(own.identity, p->identity, strlen(p->identity) + 1);
	r = tree_plan(p->size, p->block_size, (enum hash_algorithm)p->algorithm,
		      &own.tree, err);
	if (r < 0)
		return err_prefix(err, r, "merge");
	/* Borrowed: nothing below writes to them or frees them. */
	own.run_count = p->run_count;
	memcpy(&own.runs, &p->runs, sizeof(own.runs));
	memcpy(&own.hashes.data, &p->hashes, sizeof(own.hashes.data));
	own.hashes.len = p->hashes_size;
	r = part_checksum(&own, checksum, err);
	if (r < 0)
		return r;
	if (memcmp(checksum, p->checksum, sizeof(checksum)) != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "merge: part at block %" PRIu64
			       ": its checksum is wrong",
			       p->first);
	*ret = own;
	return SHVM_OK;
}

int shvm_digest_merge(const struct shvm_digest_part *const *parts, size_t count,
		      struct shvm_digest *ret, struct shvm_err *err)
{
	AUTOFREE struct part *own = NULL;
	AUTOFREE const struct part **list = NULL;
	struct digest d;
	int r;

	if (count == 0 || count > SHVM_RANGES_MAX)
		return err_set(err, SHVM_E_ARG, "merge: %zu parts, not 1 to %d",
			       count, SHVM_RANGES_MAX);
	own = calloc(count, sizeof(*own));
	list = calloc(count, sizeof(*list));
	if (!own || !list)
		return err_nomem(err, "merge: list of parts");
	for (size_t i = 0; i < count; i++) {
		r = part_take(parts[i], &own[i], err);
		if (r < 0)
			return r;
		list[i] = &own[i];
	}
	r = parts_merge(list, count, &d, err);
	if (r < 0)
		return r;

	*ret = digest_public(&d);
	return SHVM_OK;
}
