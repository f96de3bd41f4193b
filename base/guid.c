/* SPDX-License-Identifier: MIT */
/* Mixed-endian GUIDs as they lie in VHDX and GPT, and their text form. */
#include "base/guid.h"

#include "base/buf.h"
#include "base/encode.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

/* Byte of the disk form for each pair of digits ([MS-DTYP] 2.3.4). */
static const uint8_t text_order[16] = { 3, 2, 1,  0,  5,  4,  7,  6,
					8, 9, 10, 11, 12, 13, 14, 15 };

bool guid_equal(const struct shvm_guid *a, const struct shvm_guid *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool guid_is_zero(const struct shvm_guid *g)
{
	static const struct shvm_guid zero;

	return guid_equal(g, &zero);
}

struct shvm_guid guid_load(const uint8_t *bytes)
{
	struct shvm_guid g;

	memcpy(g.bytes, bytes, sizeof(g.bytes));
	return g;
}

const char *shvm_guid_format(const struct shvm_guid *g,
			     char buf[SHVM_GUID_TEXT])
{
	char *p = buf;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		hex_format(&g->bytes[text_order[i]], 1, p);
		p += 2;
	}
	return buf;
}

bool guid_parse(const char *text, struct shvm_guid *ret)
{
	const bool braces = text[0] == '{';
	struct shvm_guid g;
	const char *p = text + braces;

	if (strlen(text) != (braces ? 38u : 36u) || (braces && text[37] != '}'))
		return false;
	for (size_t i = 0; i < 16; i++) {
		char pair[3] = { 0 };

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *p++ != '-')
			return false;
		memcpy(pair, p, 2);
		if (!hex_parse(pair, &g.bytes[text_order[i]], 1))
			return false;
		p += 2;
	}
	*ret = g;
	return true;
}

int guid_random(struct shvm_guid *ret, struct shvm_err *err)
{
	struct shvm_guid g;

	if (RAND_bytes(g.bytes, sizeof(g.bytes)) != 1)
		return err_set_ossl(err, "random GUID");
	g.bytes[7] = (uint8_t)((g.bytes[7] & 0x0f) | 0x40); /* version 4 */
	g.bytes[8] = (uint8_t)((g.bytes[8] & 0x3f) | 0x80); /* RFC variant */
	*ret = g;
	return SHVM_OK;
}
