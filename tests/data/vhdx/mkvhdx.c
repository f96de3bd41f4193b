/* SPDX-License-Identifier: MIT */
/*
 * mkvhdx list           names of all cases, good, large or hostile with the reason
 * mkvhdx write DIR [NAME...]  write these cases, or all but large, as NAME.vhdx
 * mkvhdx raw NAME FILE  the virtual bytes that a good case must show
 * mkvhdx pack DIR       all but large, one file a case, those that fuzzers' seeds
 *                       can be: of PACKED_MAX bytes at the most
 * mkvhdx unpack PACKED FILE  the VHDX that a packed input stands for
 * mkvhdx seal FILE AT LENGTH  the CRC of a changed header, table or log entry
 */
#include "tests/data/vhdx/cases.h"
#include "tests/data/vhdx/sparse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	PIECE = 1 << 20,
	PACKED_MAX = 8191
};

static int list(void)
{
	for (size_t i = 0; gen_good[i]; i++)
		for (const struct gen_case *c = gen_good[i]; c->name; c++)
			printf("good %s peers:%s%s %ju\n", c->name,
			       c->peers & GEN_NO_QEMU ? "" : "qemu,",
			       c->peers & GEN_NO_LIBVHDI ? "" : "libvhdi,",
			       (uintmax_t)c->disk.size);
	for (size_t i = 0; gen_hostile[i]; i++)
		for (const struct gen_case *c = gen_hostile[i]; c->name; c++)
			printf("hostile %s %s\n", c->name, c->reason);
	for (const struct gen_case *c = gen_large; c->name; c++)
		printf("large %s peers: %ju\n", c->name,
		       (uintmax_t)c->disk.size);
	return 0;
}

static int write_one(const struct gen_case *c, const char *dir)
{
	if (!gen_case_write(c, dir))
		return 0;
	fprintf(stderr, "mkvhdx: %s: %s\n", c->name, strerror(errno));
	return 1;
}

static int pack_one(const struct gen_case *c, const char *dir)
{
	int in = memfd_create(c->name, MFD_CLOEXEC), out = -1, r = 1;
	uint8_t *data = NULL;
	char path[4096];
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, c->name);
	if (in >= 0 && !gen_write_fd(&c->disk, in)) {
		data = sparse_pack(in, PACKED_MAX, &len);
		r = 0; /* a larger one is left out */
	}
	if (data) {
		out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			   0644);
		r = out < 0 || write(out, data, len) != (ssize_t)len;
	}
	if (out >= 0 && close(out))
		r = 1;
	if (r)
		fprintf(stderr, "mkvhdx: %s: %s\n", path, strerror(errno));
	free(data);
	if (in >= 0)
		(void)close(in);
	return r;
}

static int unpack(const char *from, const char *to)
{
	static uint8_t data[PIECE];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t n = in < 0 ? -1 : read(in, data, sizeof(data));
	int r = n < 0 || out < 0 || sparse_expand(data, (size_t)n, out);

	if (r)
		fprintf(stderr, "mkvhdx: %s: cannot be unpacked\n", from);
	if (in >= 0)
		(void)close(in);
	if (out >= 0)
		(void)close(out);
	return r;
}

static int seal(const char *path, off_t at, size_t len)
{
	static uint8_t data[PIECE];
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int r = fd < 0 || len < 8 || len > sizeof(data) ||
		pread(fd, data, len, at) != (ssize_t)len;

	if (!r) {
		gen_seal(data, len);
		r = pwrite(fd, data, len, at) != (ssize_t)len;
	}
	if (fd >= 0 && close(fd))
		r = 1;
	if (r)
		fprintf(stderr, "mkvhdx: %s: cannot be sealed\n", path);
	return r;
}

/* Every case but the large ones. */
static int each(int (*one)(const struct gen_case *c, const char *dir),
		const char *dir)
{
	const struct gen_case *const *const all[] = { gen_good, gen_hostile };
	int r = 0;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; all[k][i]; i++)
			for (const struct gen_case *c = all[k][i]; c->name; c++)
				r |= one(c, dir);
	return r;
}

/* Sparse, so that a large disk of few blocks is a small file. */
static int raw(const struct gen_case *c, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	uint8_t *buf = malloc(PIECE), *zeros = calloc(1, PIECE);
	int r = fd < 0 || !buf || !zeros || ftruncate(fd, (off_t)c->disk.size);

	for (uint64_t at = 0; !r && at < c->disk.size; at += PIECE) {
		size_t n = c->disk.size - at < PIECE
				   ? (size_t)(c->disk.size - at)
				   : PIECE;

		gen_expect(&c->disk, at, buf, n);
		if (memcmp(buf, zeros, n) != 0)
			r = pwrite(fd, buf, n, (off_t)at) != (ssize_t)n;
	}
	if (fd >= 0 && close(fd))
		r = 1;
	if (r)
		fprintf(stderr, "mkvhdx: %s: %s\n", path, strerror(errno));
	free(buf);
	free(zeros);
	return r;
}

int main(int argc, char **argv)
{
	int r = 0;

	if (argc == 2 && !strcmp(argv[1], "list"))
		return list();
	if (argc == 3 && !strcmp(argv[1], "write"))
		return each(write_one, argv[2]);
	if (argc == 3 && !strcmp(argv[1], "pack"))
		return each(pack_one, argv[2]);
	if (argc == 4 && !strcmp(argv[1], "unpack"))
		return unpack(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "raw") && gen_case_find(argv[2]))
		return raw(gen_case_find(argv[2]), argv[3]);
	if (argc == 5 && !strcmp(argv[1], "seal"))
		return seal(argv[2], atoll(argv[3]), (size_t)atoll(argv[4]));
	if (argc < 4 || strcmp(argv[1], "write") != 0) {
		fprintf(stderr, "usage: mkvhdx list | write DIR [NAME...] | "
				"raw NAME FILE | pack DIR | "
				"unpack PACKED FILE | seal FILE AT LENGTH\n");
		return 2;
	}
	for (int i = 3; i < argc; i++) {
		const struct gen_case *c = gen_case_find(argv[i]);

		if (!c)
			fprintf(stderr, "mkvhdx: no case %s\n", argv[i]);
		r |= c ? write_one(c, argv[2]) : 1;
	}
	return r;
}
