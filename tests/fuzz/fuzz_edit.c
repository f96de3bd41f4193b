/* SPDX-License-Identifier: MIT */
/*
 * The editor on packed VHDX files: what it opens it must replay and change so
 * that the reader opens it again, finds the item and sees the same bytes.
 */
#include "tests/fuzz/mutator_vhdx.c" /* for libFuzzer, which wants it here */

#include "tests/data/vhdx/open.h"
#include "vhdx/edit.h"

#include <stdio.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ITEM = 70000,
	SAMPLES = 24,
	SAMPLE = 4096,
};

static const struct shvm_guid id = { { 1, 2, 3, 4, 5, 6, 7 } };

static void must(bool right, const char *what, const struct shvm_err *err)
{
	if (right)
		return;
	fprintf(stderr, "%s: %s\n", what, err->msg);
	abort();
}

/* Some bytes of all over the disk, and the item. */
static void look(const char *path, uint8_t *samples, struct buf *item,
		 bool *found)
{
	const struct image_params params = { .no_parent_lookup = true };
	AUTO(source_ptr) src = NULL;
	struct shvm_err err = { 0 };

	must(image_open(path, &params, &src, &err) == 0, "open", &err);
	for (uint64_t i = 0; i < SAMPLES; i++) {
		uint64_t at = i < SAMPLES / 2
				      ? i * (1 << 19)
				      : src->size / SAMPLES * (i + 1) - SAMPLE;

		if (at >= src->size || src->size - at < SAMPLE)
			continue;
		must(source_read(src, at, samples + i * SAMPLE, SAMPLE, &err) ==
			     0,
		     "read", &err);
	}
	must(image_user_item(src, &id, item, found, &err) == 0, "item", &err);
}

/* want is NULL where no item must be; one may have no bytes. */
static void check(const char *path, const uint8_t *before,
		  const struct buf *want)
{
	AUTOFREE uint8_t *now = calloc(SAMPLES, SAMPLE);
	AUTO_DONE(buf) item = { 0 };
	struct shvm_err err = { 0 };
	bool found;

	if (!now)
		return;
	look(path, now, &item, &found);
	must(memcmp(before, now, (size_t)SAMPLES * SAMPLE) == 0,
	     "the disk shows other bytes", &err);
	if (want)
		must(found && item.len == want->len &&
			     (item.len == 0 ||
			      memcmp(item.data, want->data, item.len) == 0),
		     "the item is not there", &err);
	else
		must(!found, "the item is still there", &err);
}

static void edit_all(const char *path)
{
	static uint8_t data[ITEM];
	const struct buf small = { .data = data, .len = 100 };
	const struct buf large = { .data = data, .len = ITEM };
	AUTO(edit_ptr) e = NULL;
	AUTOFREE uint8_t *before = calloc(SAMPLES, SAMPLE);
	AUTO_DONE(buf) item = { 0 };
	struct shvm_err err = { 0 };
	bool done, found;

	if (!before || edit_open(path, &e, &err) < 0)
		return;
	look(path, before, &item, &found);
	memset(data, 0x5a, sizeof(data));
	if (edit_replay(e, &done, &err) < 0)
		return;
	check(path, before, found ? &item : NULL);
	if (edit_put_item(e, &id, data, small.len, &err) < 0)
		return;
	check(path, before, &small);
	if (edit_put_item(e, &id, data, large.len, &err) < 0)
		return;
	check(path, before, &large);
	if (edit_remove_item(e, &id, &done, &err) < 0)
		return;
	check(path, before, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz_edit", MFD_CLOEXEC);
	char path[64];

	if (fd < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (sparse_expand(data, size, fd) == 0)
		edit_all(path);
	(void)close(fd);
	return 0;
}
