/* SPDX-License-Identifier: MIT */
/*
 * Encodes, decodes, seals and opens the container of a shielding data file
 * (docs/FORMAT-PDK.md).
 */
#ifndef PDK_CONTAINER_H
#define PDK_CONTAINER_H

#include "base/buf.h"
#include "base/secret.h"

#include <shvm/pdk.h>

#define CONTAINER_MAGIC "SHVM-PDK"
/* HKDF's info for the key of the body. */
#define CONTAINER_BODY_INFO "shvm pdk body 1"

enum {
	CONTAINER_VERSION = 1
};

/* Types of sections, in their order in the file. */
enum container_section {
	CONTAINER_PROTECTOR = 1,
	CONTAINER_POLICY,
	CONTAINER_QUALIFIERS, /* only when published */
	CONTAINER_BODY,
	CONTAINER_SIGNATURE,
};

/* Our limits for the sections in bytes. */
enum {
	CONTAINER_PROTECTOR_MAX = 16 << 20,
	CONTAINER_POLICY_MAX = 64 << 10,
	CONTAINER_QUALIFIERS_MAX = 4 << 20,
	CONTAINER_BODY_MAX = 17 << 20,
	CONTAINER_SIGNATURE_MAX = 256 << 10,
	CONTAINER_SIZE_MAX = 40 << 20, /* of the whole file */
};

enum {
	CONTAINER_SALT = 32,
	CONTAINER_NONCE = 12,
	CONTAINER_TAG = 16
};

struct view {
	const uint8_t *data;
	size_t len;
};

/* A decoded file: views into its bytes, which must outlive it. */
struct container {
	struct view protector, policy, qualifiers, body, signature;
	bool has_qualifiers;
	enum shvm_policy policy_value;
	struct view salt, nonce, ciphertext, tag; /* parts of body */
	struct view aad;	 /* everything before the ciphertext */
	struct view signed_part; /* everything before the last section */
};

/* Strict: any deviation is SHVM_E_FORMAT with reason "bad-pdk". */
int container_decode(const uint8_t *data, size_t len, struct container *ret,
		     struct shvm_err *err);

/* The unencrypted input of container_seal(). */
struct container_parts {
	struct view protector; /* raw container of the key protector */
	enum shvm_policy policy;
	struct view qualifiers; /* published XML; data NULL: not published */
};

/* Encode magic, unencrypted sections and the header of a body section of
 * body_len bytes; for container_seal(). */
int container_add_clear(const struct container_parts *parts, size_t body_len,
			struct buf *ret, struct shvm_err *err);

/*
 * Encode all sections except the last: header, unencrypted sections, and body_xml
 * compressed and encrypted under the transport key. container_add_signature() then
 * adds a signature over exactly these bytes.
 */
int container_seal(const struct container_parts *parts,
		   const struct secret *transport_key,
		   const struct buf *body_xml, struct buf *ret,
		   struct shvm_err *err);
int container_add_signature(struct buf *file, const struct view *signature,
			    struct shvm_err *err);

/*
 * Decrypt and inflate the body. SHVM_E_VERIFY with reason "tampered-body" if
 * authentication fails.
 */
int container_open(const struct container *c,
		   const struct secret *transport_key, struct buf *ret_xml,
		   struct shvm_err *err);

#endif
