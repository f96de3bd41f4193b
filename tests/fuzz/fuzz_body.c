/* SPDX-License-Identifier: MIT */
/* The body's XML; what is taken must be written the same way again. The first
 * byte chooses: the XML itself, or a zlib stream of it. */
#include "pdk/body.h"
#include "pdk/deflate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check_xml(const uint8_t *xml, size_t len)
{
	struct body b = { 0 }, again = { 0 };
	struct buf one = { 0 }, two = { 0 };

	if (body_decode(xml, len, &b, NULL) == 0) {
		if (body_encode(&b, &one, NULL) < 0 ||
		    body_decode(one.data, one.len, &again, NULL) < 0 ||
		    body_encode(&again, &two, NULL) < 0 || one.len != two.len ||
		    memcmp(one.data, two.data, one.len) != 0)
			abort();
	}
	body_done(&b);
	body_done(&again);
	buf_done(&one);
	buf_done(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf xml = { 0 };

	if (size == 0)
		return 0;
	if (data[0] != 'z')
		check_xml(data + 1, size - 1);
	else if (body_inflate(data + 1, size - 1, &xml, NULL) == 0)
		check_xml(xml.data, xml.len);
	buf_done(&xml);
	return 0;
}
