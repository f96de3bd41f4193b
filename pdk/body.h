/* SPDX-License-Identifier: MIT */
/* The XML body of a shielding data file, and its compressed form. */
#ifndef PDK_BODY_H
#define PDK_BODY_H

#include "pdk/payload.h"
#include "pdk/qualifier.h"

enum {
	BODY_SIZE_MAX = 16 << 20
}; /* bytes of XML (formats, section 5) */

/* Start as { 0 }. */
struct body {
	enum shvm_pdk_kind kind;
	enum shvm_policy policy;
	struct qualifiers qualifiers;
	struct payload payload;
};
void body_done(struct body *b);

/*
 * Do the parts go together? Kind template: an answer file and at least one
 * qualifier; existing machines: neither. SHVM_E_ARG.
 */
int body_check(const struct body *b, struct shvm_err *err);

/* The XML; ret must wipe, which it is set to. Always the same for one body. */
int body_encode(const struct body *b, struct buf *ret, struct shvm_err *err);
int body_decode(const uint8_t *xml, size_t len, struct body *ret,
		struct shvm_err *err);

/* A zlib stream (RFC 1950) of the XML, and back: at most BODY_SIZE_MAX bytes,
 * complete, with nothing behind it. */
int body_deflate(const struct buf *xml, struct buf *ret, struct shvm_err *err);
int body_inflate(const uint8_t *data, size_t len, struct buf *ret,
		 struct shvm_err *err);

#endif
