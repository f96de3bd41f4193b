/* SPDX-License-Identifier: MIT */
/* The compressed form of a body: a zlib stream (RFC 1950) that is wiped. */
#ifndef PDK_DEFLATE_H
#define PDK_DEFLATE_H

#include "base/buf.h"

int body_deflate(const struct buf *xml, struct buf *ret, struct shvm_err *err);
/* At most BODY_SIZE_MAX bytes, complete, with nothing after it. */
int body_inflate(const uint8_t *data, size_t len, struct buf *ret,
		 struct shvm_err *err);

#endif
