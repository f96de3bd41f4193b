/* SPDX-License-Identifier: MIT */
/*
 * A volume with LUKS: its header, and the well-known passphrase where trying
 * it is quick. The input is the header and the first key material; the volume
 * has 4 MiB.
 */
#include "base/auto.h"
#include "base/clock.h"
#include "guest/luks.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	VOLUME = 4 << 20,
	QUICK = 200 /* iterations */
};

/* All material lies within the volume, all texts end. */
static void check(const struct luks_header *h)
{
	if (!memchr(h->cipher, 0, sizeof(h->cipher)) ||
	    !memchr(h->mode, 0, sizeof(h->mode)) ||
	    !memchr(h->hash, 0, sizeof(h->hash)) ||
	    !memchr(h->uuid, 0, sizeof(h->uuid)) || h->payload_at > VOLUME)
		abort();
	for (size_t i = 0; i < LUKS_SLOTS; i++) {
		const struct luks_slot *s = &h->slots[i];
		const uint64_t len = (uint64_t)s->stripes * h->key_size;

		if (s->enabled && (s->material_at > VOLUME || len == 0 ||
				   len > VOLUME - s->material_at))
			abort();
	}
}

static bool is_quick(const struct luks_header *h)
{
	bool quick = h->digest_iterations <= QUICK;

	for (size_t i = 0; i < LUKS_SLOTS; i++)
		quick &=
			!h->slots[i].enabled || h->slots[i].iterations <= QUICK;
	return quick;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(source_ptr) s = NULL;
	AUTOFREE uint8_t *volume = calloc(1, VOLUME);
	struct luks_header h;
	AUTO(secret_ptr) key = NULL;

	if (!volume || size > VOLUME)
		return 0;
	memcpy(volume, data, size);
	if (source_memory(volume, VOLUME, 512, &s, NULL) < 0)
		return 0;
	if (luks_header_load(s, &h, NULL) < 0)
		return 0;
	check(&h);
	if (is_quick(&h))
		(void)luks_open(s, &h, "passphrase", clock_ms() + 5000, &key,
				NULL);
	return 0;
}
