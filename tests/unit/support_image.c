/* SPDX-License-Identifier: MIT */
/* Generated images, opened by the reader and held against the generator. */
#include "tests/unit/support_image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WHOLE (64 * GEN_MIB) /* of larger disks samples are read */

enum {
	PIECE = 1 << 20,
	SAMPLE = 8192,
	SAMPLES = 500,
};

char *image_write(const struct gen_disk *d, const char *name)
{
	char *path = test_own_path(name);

	if (gen_write(d, path))
		fail_msg("%s: %s", path, strerror(errno));
	return path;
}

struct source *image_make(const struct gen_disk *d, const char *name)
{
	AUTOFREE char *path = image_write(d, name);
	struct shvm_err err = { 0 };
	struct source *s = NULL;

	assert_ok(image_open(path, NULL, &s, &err), err);
	return s;
}

static bool check_finds(const char *path, const char *rule)
{
	struct shvm_disk_check check = { 0 };
	struct shvm_err err = { 0 };
	bool found = false;

	assert_ok(shvm_disk_check(path, NULL, &check, &err), err);
	for (size_t i = 0; i < check.verdict.count; i++)
		if (check.verdict.checks[i].level == SHVM_LEVEL_ERROR &&
		    strcmp(check.verdict.checks[i].id, rule) == 0)
			found = true;
	found = found && check.errors > 0;
	shvm_disk_check_done(&check);
	return found;
}

void image_refused(const struct gen_disk *d, const char *reason,
		   const char *says)
{
	AUTOFREE char *path = image_write(d, "refused.vhdx");
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	int r = image_open(path, NULL, &s, &err);

	if (r == SHVM_OK)
		fail_msg("%s, \"%s\": accepted", reason, says);
	if (!err.reason || strcmp(err.reason, reason) != 0 ||
	    !strstr(err.msg, says) || r != err.code || s)
		fail_msg("%s, \"%s\": %d, %s, \"%s\"", reason, says, r,
			 err.reason ? err.reason : "no reason", err.msg);
	if (!check_finds(path, reason))
		fail_msg("%s, \"%s\": not found by the check", reason, says);
	assert_int_equal(unlink(path), 0);
}

bool image_has_finding(const struct source *s, const char *rule,
		       enum shvm_level level)
{
	const struct checks *f = image_checks(s);

	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].level == level &&
		    strcmp(f->items[i].id, rule) == 0)
			return true;
	return false;
}

static void compare(struct source *s, const struct gen_disk *d,
		    const char *name, uint64_t at, size_t len)
{
	static uint8_t is[PIECE], wanted[PIECE];
	struct shvm_err err = { 0 };

	if (at >= s->size)
		return;
	if (len > s->size - at)
		len = (size_t)(s->size - at);
	gen_expect(d, at, wanted, len);
	memset(is, 0xa5, len);
	assert_ok(source_read(s, at, is, len, &err), err);
	for (size_t i = 0; i < len; i++)
		if (is[i] != wanted[i])
			fail_msg("%s: byte %ju is %#x, not %#x", name,
				 (uintmax_t)(at + i), is[i], wanted[i]);
}

void image_looks_as(struct source *s, const struct gen_disk *d,
		    const char *name)
{
	const bool small = d->size <= WHOLE;
	struct gen_layout l;
	uint64_t seed;

	assert_int_equal(s->size, d->size);
	gen_layout_of(d, &l);
	for (uint64_t at = 0; small && at < s->size; at += PIECE)
		compare(s, d, name, at, PIECE);
	for (size_t i = 0; !small && i < d->block_count; i++) {
		const uint64_t at = d->blocks[i].block * l.block_size;

		compare(s, d, name, at, PIECE);
		compare(s, d, name, at + l.block_size - SAMPLE, SAMPLE);
		if (at >= SAMPLE)
			compare(s, d, name, at - SAMPLE, 2 * SAMPLE);
	}
	for (size_t i = 0; i < (small ? SAMPLES / 10 : SAMPLES); i++) {
		gen_bytes(i + 1, 0, &seed, sizeof(seed));
		compare(s, d, name, seed % s->size,
			small ? seed >> 44 : SAMPLE);
	}
}

/* One extent: its state is true, and its descriptor leads to its bytes. */
static void compare_extent(const struct gen_disk *d, const struct extent *e)
{
	static uint8_t is[PIECE], wanted[PIECE];

	for (uint64_t done = 0; done < e->len; done += PIECE) {
		const size_t n =
			e->len - done < PIECE ? (size_t)(e->len - done) : PIECE;

		if (e->state == SHVM_EXTENT_DATA && e->fd < 0)
			return;
		gen_expect(d, e->at + done, wanted, n);
		memset(is, 0, n);
		if (e->state == SHVM_EXTENT_DATA)
			assert_int_equal(pread(e->fd, is, n,
					       (off_t)(e->fd_at + done)),
					 n);
		else
			assert_int_equal(e->fd, -1);
		if (memcmp(is, wanted, n) != 0)
			fail_msg("extent at %ju + %ju, state %d",
				 (uintmax_t)e->at, (uintmax_t)done, e->state);
	}
}

void image_reads_as(struct source *s, const struct gen_disk *d)
{
	struct shvm_err err = { 0 };
	struct extent e;

	assert_int_equal(s->size, d->size);
	for (uint64_t at = 0; at < s->size; at += PIECE)
		compare(s, d, "image", at, PIECE);
	/* Primes, so that every boundary is crossed somewhere in a sector. */
	for (uint64_t at = 101; at + 70001 < s->size; at += 130003)
		compare(s, d, "image", at, 70001);
	for (uint64_t at = 0; at < s->size; at += e.len) {
		assert_ok(source_extent(s, at, UINT64_MAX, &e, &err), err);
		assert_int_equal(e.at, at);
		assert_true(e.len > 0 && e.len <= s->size - at);
		compare_extent(d, &e);
	}
	assert_ok(source_check_unchanged(s, &err), err);
}

void image_replays_as(const struct gen_disk *d)
{
	struct source *s = image_make(d, "log.vhdx");

	assert_true(image_info(s)->log_replayed);
	image_reads_as(s, d);
	source_free(s);
}
