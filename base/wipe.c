/* SPDX-License-Identifier: MIT */
/* For programs: wipe all that OpenSSL and libxml2 release. */
#include "base/wipe.h"

#include <libxml/xmlmemory.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

void wipe_free(void *p)
{
	if (!p)
		return;
	OPENSSL_cleanse(p, malloc_usable_size(p));
	free(p);
}

/* Never realloc(): it may move the bytes and leave a copy in freed memory. */
void *wipe_realloc(void *p, size_t size)
{
	const size_t room = p ? malloc_usable_size(p) : 0;
	void *new;

	if (size == 0) {
		wipe_free(p);
		return NULL;
	}
	if (p && size <= room && size >= room / 2)
		return p;
	new = malloc(size);
	if (!new)
		return NULL;
	if (p)
		memcpy(new, p, room < size ? room : size);
	wipe_free(p);
	return new;
}

static void *ossl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return size > 0 ? malloc(size) : NULL;
}

static void *ossl_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return wipe_realloc(p, size);
}

static void ossl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	wipe_free(p);
}

bool wipe_what_is_released(void)
{
	return xmlMemSetup(wipe_free, malloc, wipe_realloc, strdup) == 0 &&
	       CRYPTO_set_mem_functions(ossl_malloc, ossl_realloc, ossl_free) ==
		       1;
}

enum {
	SECURE_HEAP = 1 << 20, /* bytes: more than keys of 16384 bits need */
	SECURE_MIN = 32,       /* bytes of the smallest block */
};

bool secure_heap_start(void)
{
	return CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_MIN) != 0;
}
