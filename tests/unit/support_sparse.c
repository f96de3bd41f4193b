/* SPDX-License-Identifier: MIT */
/* A source made of runs in a table, and the slow way to its digest. */
#include "tests/unit/support_sparse.h"

#include "tests/data/vhdx/vhdxgen.h"
#include "tests/unit/support.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const struct sparse_run *run_at(struct sparse *s, uint64_t at,
				       uint64_t *start)
{
	*start = 0;
	for (size_t i = 0; i < s->count; i++) {
		if (at - *start < s->runs[i].len)
			return &s->runs[i];
		*start += s->runs[i].len;
	}
	abort();
}

static int sparse_read(struct source *source, uint64_t at, void *buf,
		       size_t len, struct shvm_err *err)
{
	struct sparse *s = (struct sparse *)source;
	uint8_t *to = buf;

	atomic_fetch_add(&s->read_bytes, len);
	if (s->fail_from < at + len)
		return err_set(err, SHVM_E_IO, "sparse: broken at %llu",
			       (unsigned long long)s->fail_from);
	while (len) {
		uint64_t start;
		const struct sparse_run *run = run_at(s, at, &start);
		size_t n = run->len - (at - start) < len
				   ? run->len - (at - start)
				   : len;

		if (run->state != SHVM_EXTENT_DATA)
			atomic_fetch_add(&s->hole_bytes_read, n);
		gen_bytes(run->seed, at, to, n);
		at += n;
		to += n;
		len -= n;
	}
	return SHVM_OK;
}

static int sparse_extent(struct source *source, uint64_t at, uint64_t max,
			 struct extent *ret, struct shvm_err *err)
{
	struct sparse *s = (struct sparse *)source;
	uint64_t start, left;
	const struct sparse_run *run = run_at(s, at, &start);

	(void)err;
	left = run->len - (at - start);
	*ret = (struct extent){
		.at = at,
		.len = left < max ? left : max,
		.state = run->state,
		.fd = run->state == SHVM_EXTENT_DATA ? s->fd : -1,
		.fd_at = s->fd_skew + at,
	};
	return SHVM_OK;
}

static int sparse_check(struct source *source, struct shvm_err *err)
{
	struct sparse *s = (struct sparse *)source;

	return s->changed ? err_set(err, SHVM_E_IO, "sparse: changed")
			  : SHVM_OK;
}

static void sparse_free(struct source *source)
{
	(void)source; /* the test's */
}

void sparse_init(struct sparse *s, const struct sparse_run *runs, size_t count)
{
	static const struct source_ops ops = { .kind = "sparse",
					       .read_at = sparse_read,
					       .extent_at = sparse_extent,
					       .check_unchanged = sparse_check,
					       .free = sparse_free };

	memset(s, 0, sizeof(*s));
	s->source.ops = &ops;
	s->source.sector_size = 512;
	s->runs = runs;
	s->count = count;
	s->fail_from = UINT64_MAX;
	s->fd = -1;
	for (size_t i = 0; i < count; i++)
		s->source.size += runs[i].len;
}

uint8_t *sparse_bytes(struct sparse *s)
{
	uint8_t *data = malloc(s->source.size);

	assert_non_null(data);
	assert_int_equal(sparse_read(&s->source, 0, data, s->source.size, NULL),
			 0);
	atomic_store(&s->read_bytes, 0);
	atomic_store(&s->hole_bytes_read, 0);
	return data;
}

void slow_digest(const uint8_t *data, uint64_t size, uint32_t block,
		 enum shvm_hash algorithm, uint8_t *root, uint8_t *digest)
{
	const EVP_MD *md =
		algorithm == SHVM_HASH_SHA512 ? EVP_sha512() : EVP_sha256();
	const size_t hash = algorithm == SHVM_HASH_SHA512 ? 64 : 32;
	uint64_t n = (size + block - 1) / block;
	uint8_t *level = calloc(n, block);
	uint8_t descriptor[256] = { 1, algorithm == SHVM_HASH_SHA512 ? 2 : 1 };

	assert_non_null(level);
	memcpy(level, data, size);
	for (;;) {
		uint8_t *up = calloc((n * hash + block - 1) / block, block);

		assert_non_null(up);
		for (uint64_t i = 0; i < n; i++)
			assert_true(EVP_Digest(level + i * block, block,
					       up + i * hash, NULL, md, NULL));
		free(level);
		level = up;
		if (n == 1)
			break;
		n = (n * hash + block - 1) / block;
	}
	memcpy(root, level, hash);
	free(level);
	for (uint32_t b = block; b > 1; b /= 2)
		descriptor[2]++;
	for (int i = 0; i < 8; i++)
		descriptor[8 + i] = (uint8_t)(size >> 8 * i);
	memcpy(descriptor + 16, root, hash);
	assert_true(EVP_Digest(descriptor, 256, digest, NULL, md, NULL));
}
