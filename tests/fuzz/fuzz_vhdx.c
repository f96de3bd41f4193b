/* SPDX-License-Identifier: MIT */
/*
 * The reader on packed VHDX files: what it opens it must read, its extents
 * must tell the truth, and the check must come to the same verdict.
 */
#include "tests/fuzz/mutator_vhdx.c" /* for libFuzzer, which wants it here */

#include "base/bytes.h"
#include "tests/data/vhdx/open.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	EXTENTS = 300,
	SAMPLE = 8192
};

static void must(bool right, const char *what, const struct shvm_err *err)
{
	if (right)
		return;
	fprintf(stderr, "%s: %s\n", what, err->msg);
	abort();
}

/* The bytes of one end of an extent are what its state says. */
static void look_at(struct source *s, const struct extent *e, uint64_t skip)
{
	uint8_t bytes[SAMPLE], direct[SAMPLE];
	const size_t len =
		e->len - skip < SAMPLE ? (size_t)(e->len - skip) : SAMPLE;
	struct shvm_err err = { 0 };

	must(source_read(s, e->at + skip, bytes, len, &err) == 0, "read", &err);
	if (e->state != SHVM_EXTENT_DATA)
		must(bytes_are_zero(bytes, len), "a hole with bytes", &err);
	else if (e->fd >= 0)
		must(pread(e->fd, direct, len, (off_t)(e->fd_at + skip)) ==
				     (ssize_t)len &&
			     memcmp(bytes, direct, len) == 0,
		     "the descriptor has other bytes", &err);
}

static void read_all(struct source *s)
{
	struct shvm_err err = { 0 };
	struct extent e;
	uint64_t at = 0;

	for (int i = 0; i < EXTENTS && at < s->size; i++) {
		must(source_extent(s, at, UINT64_MAX, &e, &err) == 0, "extent",
		     &err);
		must(e.at == at && e.len > 0 && e.len <= s->size - at,
		     "an extent out of place", &err);
		look_at(s, &e, 0);
		look_at(s, &e, e.len > SAMPLE ? e.len - SAMPLE : 0);
		at += e.len;
	}
	must(source_check_unchanged(s, &err) == 0, "unchanged", &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct shvm_disk_params params = { .no_parent_lookup =
								true };
	static const struct image_params how = { .no_parent_lookup = true };
	int fd = memfd_create("fuzz_vhdx", MFD_CLOEXEC);
	struct shvm_disk_check check = { 0 };
	struct shvm_err err = { 0 }, other = { 0 };
	struct source *s = NULL;
	char path[64];

	if (fd < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (sparse_expand(data, size, fd) == 0) {
		const int r = image_open(path, &how, &s, &err);

		if (r == SHVM_OK)
			read_all(s);
		source_free(s);
		if (shvm_disk_check(path, &params, &check, &other) == SHVM_OK)
			must((check.errors == 0) == (r == SHVM_OK),
			     "reader and check disagree", &err);
		else
			must(r < 0, "read, but not checked", &other);
		shvm_disk_check_done(&check);
	}
	(void)close(fd);
	return 0;
}
