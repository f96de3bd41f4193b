/* SPDX-License-Identifier: MIT */
/* The decrypted payload of a LUKS1 volume. */
#include "guest/luks_cipher.h"

#include "base/auto.h"

#include <string.h>

#define PIECE (64u << 10) /* of decrypted bytes at a time; ours */

struct luks_payload {
	struct source source;
	struct source *disk;
	uint64_t at; /* of the payload on the disk */
	struct luks_header header;
	struct secret *key;
};

/* Only whole sectors can be decrypted, and size is a multiple of them. */
static int payload_read_at(struct source *s, uint64_t at, void *buf, size_t len,
			   struct shvm_err *err)
{
	struct luks_payload *p = (void *)s;
	AUTOFREE uint8_t *piece = malloc(PIECE);
	uint8_t *to = buf;

	TRY(err_null(err, piece, "luks payload"));
	while (len > 0) {
		const uint64_t first = at / LUKS_SECTOR;
		const size_t skip = at % LUKS_SECTOR;
		const size_t n = len < PIECE - skip ? len : PIECE - skip;
		const size_t whole = (skip + n + LUKS_SECTOR - 1) /
				     LUKS_SECTOR * LUKS_SECTOR;

		TRY(source_read(p->disk, p->at + first * LUKS_SECTOR, piece,
				whole, err));
		TRY(luks_decrypt(&p->header, p->key->data, first, piece, whole,
				 err));
		memcpy(to, piece + skip, n);
		to += n;
		at += n;
		len -= n;
	}
	return SHVM_OK;
}

static void payload_free(struct source *s)
{
	struct luks_payload *p = (void *)s;

	secret_free(p->key);
	free(p);
}

int luks_source(struct source *disk, uint64_t at, uint64_t size,
		const struct luks_header *h, const struct secret *key,
		struct source **ret, struct shvm_err *err)
{
	static const struct source_ops ops = {
		.kind = "luks",
		.read_at = payload_read_at,
		.free = payload_free,
	};
	struct luks_payload *p = calloc(1, sizeof(*p));
	AUTO(source_ptr) s = NULL;

	TRY(err_null(err, p, "luks payload"));
	p->source = (struct source){
		.ops = &ops,
		.size = (size - h->payload_at) / LUKS_SECTOR * LUKS_SECTOR,
		.sector_size = LUKS_SECTOR,
	};
	p->disk = disk;
	p->at = at + h->payload_at;
	p->header = *h;
	s = &p->source;
	TRY(secret_copy(key->data, key->size, &p->key, err));
	*ret = STEAL(s);
	return SHVM_OK;
}
