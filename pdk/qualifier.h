/* SPDX-License-Identifier: MIT */
/* Makes and evaluates volume ID qualifiers: which templates a PDK trusts. */
#ifndef PDK_QUALIFIER_H
#define PDK_QUALIFIER_H

#include "base/buf.h"
#include "base/xml.h"

#include <shvm/pdk.h>

/* Namespace of the body and of published qualifiers (formats, section 5). */
#define PDK_NS "urn:shvm:shielding-data:2"

enum {
	QUALIFIERS_MAX = 1000,
	QUALIFIER_DIGESTS_MAX = 2
}; /* ours */
enum {
	QUALIFIER_NAME_MAX = 255
}; /* bytes, as in catalogs */
enum {
	QUALIFIER_CERT_MAX = 64 * 1024
}; /* bytes of DER; ours */

/* A template as a catalog describes it; borrowed. */
struct template_id {
	const char *name;
	struct shvm_version version;
	const uint8_t *cert; /* DER of the signer */
	size_t cert_len;
	struct shvm_qualifier_digest digests[QUALIFIER_DIGESTS_MAX];
	size_t digest_count;
};

struct qualifier {
	char name[QUALIFIER_NAME_MAX + 1];
	struct shvm_version version;
	enum shvm_rule rule;
	struct buf cert; /* DER of the trusted signer */
	struct shvm_qualifier_digest digests[QUALIFIER_DIGESTS_MAX];
	size_t digest_count; /* 0: not pinned */
};

struct qualifiers {
	struct qualifier *items;
	size_t count;
};
void qualifiers_done(struct qualifiers *q);

/* The first of these that differs, in the order Microsoft documents. */
enum qualifier_match {
	QUALIFIER_MATCHES,
	QUALIFIER_NAME,
	QUALIFIER_CERTIFICATE,
	QUALIFIER_VERSION,
	QUALIFIER_DIGEST,
};
enum qualifier_match qualifier_match(const struct qualifier *q,
				     const struct template_id *t);

/*
 * Does any qualifier match? Otherwise SHVM_E_VERIFY "untrusted-template" with
 * what failed for each.
 */
int qualifiers_match(const struct qualifiers *q, const struct template_id *t,
		     struct shvm_err *err);

/* Trust templates like this one; pin: only with these digests. */
int qualifiers_add(struct qualifiers *q, const struct template_id *t,
		   enum shvm_rule rule, bool pin, struct shvm_err *err);

/* Remove all of a name; SHVM_E_ARG when there is none. */
int qualifiers_remove(struct qualifiers *q, const char *name,
		      struct shvm_err *err);

/* The element VolumeIDQualifiers; with_ns: as a document's root. */
void qualifiers_encode(const struct qualifiers *q, bool with_ns,
		       struct buf *ret);
/* A whole document with declaration. */
int qualifiers_encode_document(const struct qualifiers *q, struct buf *ret,
			       struct shvm_err *err);

/* From the element; at most QUALIFIERS_MAX. ret starts empty. */
int qualifiers_decode(const struct xml_node *n, struct qualifiers *ret,
		      struct shvm_err *err);
int qualifiers_decode_document(const uint8_t *xml, size_t len,
			       struct qualifiers *ret, struct shvm_err *err);

#endif
