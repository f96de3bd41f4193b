/* SPDX-License-Identifier: MIT */
/* VHDX files in few bytes, see sparse.h. */
#include "tests/data/vhdx/sparse.h"

#include "base/le.h"
#include "tests/data/vhdx/vhdxgen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	TABLE = 65536,
	GAP = 24, /* zeros that end a piece */
	LOG_ENTRIES_MAX = 64,
};

static uint64_t le40_get(const uint8_t *p)
{
	return le32_get(p) | (uint64_t)p[4] << 32;
}

int sparse_next(const uint8_t *data, size_t size, size_t *pos,
		struct sparse_piece *ret)
{
	if (*pos > size || size - *pos < SPARSE_PIECE)
		return 0;
	ret->at = le40_get(data + *pos);
	ret->len = le16_get(data + *pos + 5);
	ret->offset = *pos + SPARSE_PIECE;
	if (ret->len > size - ret->offset)
		ret->len = size - ret->offset;
	*pos = ret->offset + ret->len;
	return 1;
}

static void seal_at(int fd, uint64_t at, size_t len, const char *signature)
{
	uint8_t *buf = calloc(1, len);

	if (buf && pread(fd, buf, len, (off_t)at) == (ssize_t)len &&
	    memcmp(buf, signature, 4) == 0) {
		gen_seal(buf, len);
		/* A file that is too short has no structure to seal. */
		(void)!pwrite(fd, buf, len, (off_t)at);
	}
	free(buf);
}

/* An entry of the log, which may wrap around the ring's end. */
static void seal_entry(int fd, uint64_t ring, uint64_t ring_len, uint64_t at,
		       size_t len)
{
	uint8_t *buf = calloc(1, len), crc[8];

	for (size_t i = 0; buf && i < len; i += PAGE)
		if (pread(fd, buf + i, PAGE,
			  (off_t)(ring + (at + i) % ring_len)) != PAGE)
			memset(buf + i, 0, PAGE);
	if (buf) {
		gen_seal(buf, len);
		memcpy(crc, buf, sizeof(crc));
		(void)!pwrite(fd, crc, sizeof(crc), (off_t)(ring + at));
	}
	free(buf);
}

static void seal_log(int fd, uint64_t size)
{
	uint8_t h[2][PAGE], head[16];
	const uint8_t *use;
	uint64_t at, len;
	unsigned int count = 0;

	if (pread(fd, h[0], PAGE, TABLE) != PAGE ||
	    pread(fd, h[1], PAGE, 2 * TABLE) != PAGE)
		return;
	use = le64_get(h[1] + 8) > le64_get(h[0] + 8) ? h[1] : h[0];
	at = le64_get(use + 72);
	len = le32_get(use + 68);
	if (at > size || len > size - at || len < PAGE || len % PAGE != 0)
		return;
	for (uint64_t i = 0; i < len && count < LOG_ENTRIES_MAX; i += PAGE) {
		const off_t data = lseek(fd, (off_t)(at + i), SEEK_DATA);
		uint32_t n;

		if (data < 0 || (uint64_t)data >= at + len)
			break; /* a log may be large; most of it is a hole */
		if ((uint64_t)data > at + i)
			i = ((uint64_t)data - at) / PAGE * PAGE;
		if (pread(fd, head, sizeof(head), (off_t)(at + i)) !=
			    (ssize_t)sizeof(head) ||
		    memcmp(head, "loge", 4) != 0)
			continue;
		n = le32_get(head + 8);
		if (n % PAGE == 0 && n > 0 && n <= len && n <= GEN_MIB) {
			seal_entry(fd, at, len, i, n);
			count++;
		}
	}
}

int sparse_expand(const uint8_t *data, size_t size, int fd)
{
	struct sparse_piece p;
	size_t pos = SPARSE_HEAD;
	uint64_t file_size;

	if (size < SPARSE_HEAD)
		return -1;
	file_size = (uint64_t)(le32_get(data) >> 8) * 1024;
	if (ftruncate(fd, (off_t)file_size))
		return -1;
	while (sparse_next(data, size, &pos, &p)) {
		if (p.at > file_size)
			continue;
		if (p.len > file_size - p.at)
			p.len = (size_t)(file_size - p.at);
		if (p.len > 0 && pwrite(fd, data + p.offset, p.len,
					(off_t)p.at) != (ssize_t)p.len)
			return -1;
	}
	if (data[0] & SPARSE_RAW)
		return 0;
	seal_at(fd, TABLE, PAGE, "head");
	seal_at(fd, 2 * TABLE, PAGE, "head");
	seal_at(fd, 3 * TABLE, TABLE, "regi");
	seal_at(fd, 4 * TABLE, TABLE, "regi");
	seal_log(fd, file_size);
	return 0;
}

/* Packed bytes that grow; beyond max they only count. */
struct packed {
	uint8_t *data;
	size_t len, max;
};

static void piece_add(struct packed *p, uint64_t at, const uint8_t *bytes,
		      size_t len)
{
	if (p->len + SPARSE_PIECE + len <= p->max) {
		uint8_t *to = p->data + p->len;

		le32_put(to, (uint32_t)at);
		to[4] = (uint8_t)(at >> 32);
		le16_put(to + 5, (uint16_t)len);
		memcpy(to + SPARSE_PIECE, bytes, len);
	}
	p->len += SPARSE_PIECE + len;
}

/* The pieces of one buffer that are not zeros. */
static void pieces_add(struct packed *p, uint64_t at, const uint8_t *buf,
		       size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t end, zeros = 0;

		if (buf[i] == 0) {
			i++;
			continue;
		}
		for (end = i; end < len && zeros < GAP; end++)
			zeros = buf[end] ? 0 : zeros + 1;
		piece_add(p, at + i, buf + i, end - zeros - i);
		i = end;
	}
}

static void area_pack(struct packed *p, int fd, uint64_t at, uint64_t len)
{
	uint8_t buf[PAGE];

	for (uint64_t i = 0; i < len; i += PAGE) {
		off_t data = lseek(fd, (off_t)(at + i), SEEK_DATA);
		ssize_t n;

		if (data < 0 || (uint64_t)data >= at + len)
			break;
		if ((uint64_t)data > at + i)
			i = ((uint64_t)data - at) / PAGE * PAGE;
		n = pread(fd, buf, sizeof(buf), (off_t)(at + i));
		if (n > 0)
			pieces_add(p, at + i, buf, (size_t)n);
	}
}

uint8_t *sparse_pack(int fd, size_t max, size_t *ret_size)
{
	struct packed p = { .max = max, .len = SPARSE_HEAD };
	uint8_t h[PAGE], regions[2 * 32];
	struct stat st;

	p.data = malloc(max);
	if (!p.data || max < SPARSE_HEAD || fstat(fd, &st) ||
	    (uint64_t)st.st_size >> 34) {
		free(p.data);
		return NULL;
	}
	le32_put(p.data, (uint32_t)(((uint64_t)st.st_size + 1023) / 1024) << 8);
	area_pack(&p, fd, 0, GEN_MIB);
	if (pread(fd, h, sizeof(h), TABLE) == (ssize_t)sizeof(h))
		area_pack(&p, fd, le64_get(h + 72), le32_get(h + 68));
	if (pread(fd, regions, sizeof(regions), 3 * TABLE + 16) ==
	    (ssize_t)sizeof(regions))
		for (int i = 0; i < 2; i++)
			area_pack(&p, fd, le64_get(regions + 32 * i + 16),
				  le32_get(regions + 32 * i + 24));
	if (p.len > max) {
		free(p.data);
		return NULL;
	}
	*ret_size = p.len;
	return p.data;
}
