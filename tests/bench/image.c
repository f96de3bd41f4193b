/* SPDX-License-Identifier: MIT */
/*
 * Makes a raw image for measurements: image FILE MIB DATA HOLES [SEED]. Runs
 * of 64 KiB to 64 MiB, of which DATA percent are random bytes, HOLES percent
 * are holes, and the rest are written zeros. The same arguments give the same
 * bytes.
 */
#include "base/auto.h"
#include "base/file.h"
#include "base/version.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum {
	BUFFER = 1 << 20
};

static uint64_t seed;

static uint64_t next_random(void)
{
	uint64_t x = seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t number(const char *text, uint64_t max)
{
	struct shvm_err err;
	uint64_t n;

	if (number_parse(text, 0, max, &n, &err) == SHVM_OK)
		return n;
	fprintf(stderr, "image: %s\n", err.msg);
	exit(2);
}

static int write_run(int fd, const char *path, uint64_t at, uint64_t len,
		     bool random, struct shvm_err *err)
{
	static uint64_t buffer[BUFFER / 8];

	memset(buffer, 0, sizeof(buffer));
	while (len) {
		size_t n = len < BUFFER ? (size_t)len : BUFFER;
		int r;

		for (size_t i = 0; random && i < BUFFER / 8; i++)
			buffer[i] = next_random();
		r = file_pwrite(fd, path, buffer, n, at, err);
		if (r < 0)
			return r;
		at += n;
		len -= n;
	}
	return SHVM_OK;
}

int main(int argc, char **argv)
{
	uint64_t size, data, holes;
	struct shvm_err err = { 0 };
	int fd, r = SHVM_OK;

	if (argc < 5 || argc > 6) {
		fprintf(stderr, "image FILE MIB DATA HOLES [SEED]\n");
		return 2;
	}
	size = number(argv[2], 1 << 20) << 20;
	data = number(argv[3], 100);
	holes = number(argv[4], 100);
	seed = argc > 5 ? number(argv[5], UINT32_MAX) : 7;
	fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0) {
		perror(argv[1]);
		return 1;
	}
	for (uint64_t at = 0, len; at < size && r == SHVM_OK; at += len) {
		uint64_t kind = next_random() % 100;
		uint64_t base = UINT64_C(65536) << next_random() % 10;

		len = base + next_random() % base / 65536 * 65536;
		if (len > size - at)
			len = size - at;
		if (kind < data + holes && kind >= data)
			continue;
		r = write_run(fd, argv[1], at, len, kind < data, &err);
	}
	if (r < 0)
		fprintf(stderr, "image: %s\n", err.msg);
	return fsync(fd) < 0 || r < 0;
}
