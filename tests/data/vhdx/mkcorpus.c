/* SPDX-License-Identifier: MIT */
/*
 * mkcorpus DIR [MAX]: every good and hostile case that packs into MAX bytes
 * (8191), one file a case, as seeds for the VHDX fuzz targets.
 * mkcorpus -x PACKED FILE: the VHDX file that a packed input stands for.
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

static int write_file(const char *path, const uint8_t *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r = fd < 0 || write(fd, data, len) != (ssize_t)len;

	if (fd >= 0 && close(fd))
		r = 1;
	if (r)
		fprintf(stderr, "mkcorpus: %s: %s\n", path, strerror(errno));
	return r;
}

static int pack_case(const struct gen_case *c, const char *dir, size_t max)
{
	int fd = memfd_create(c->name, MFD_CLOEXEC);
	uint8_t *data = NULL;
	char path[4096];
	size_t len;
	int r = 0;

	if (fd < 0 || gen_write_fd(&c->disk, fd)) {
		fprintf(stderr, "mkcorpus: %s: %s\n", c->name, strerror(errno));
		r = 1;
	} else {
		data = sparse_pack(fd, max, &len);
	}
	(void)snprintf(path, sizeof(path), "%s/%s", dir, c->name);
	if (data)
		r = write_file(path, data, len);
	free(data);
	if (fd >= 0)
		(void)close(fd);
	return r;
}

static int unpack(const char *from, const char *to)
{
	static uint8_t data[1 << 20];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t n = in < 0 ? -1 : read(in, data, sizeof(data));
	int r = n < 0 || out < 0 || sparse_expand(data, (size_t)n, out);

	if (r)
		fprintf(stderr, "mkcorpus: %s: cannot be unpacked\n", from);
	if (in >= 0)
		(void)close(in);
	if (out >= 0)
		(void)close(out);
	return r;
}

int main(int argc, char **argv)
{
	const struct gen_case *const *const all[] = { gen_good, gen_hostile };
	size_t max = argc == 3 ? strtoul(argv[2], NULL, 10) : 8191;
	int r = 0;

	if (argc == 4 && !strcmp(argv[1], "-x"))
		return unpack(argv[2], argv[3]);
	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: mkcorpus DIR [MAX] | -x PACKED FILE\n");
		return 2;
	}
	for (size_t k = 0; k < 2; k++)
		for (size_t t = 0; all[k][t]; t++)
			for (const struct gen_case *c = all[k][t]; c->name; c++)
				r |= pack_case(c, argv[1], max);
	return r;
}
