/* SPDX-License-Identifier: MIT */
/* Creates and evaluates volume ID qualifiers: the templates that a PDK trusts. */
#ifndef PDK_QUALIFIER_H
#define PDK_QUALIFIER_H

#include "base/buf.h"
#include "base/xml.h"

#include <shvm/pdk.h>

/* Namespace of the body and of published qualifiers (formats, section 5). */
#define PDK_NS_STEM "urn:shvm:shielding-data:"
#define PDK_VERSION "4"
#define PDK_NS PDK_NS_STEM PDK_VERSION

enum {
	QUALIFIERS_MAX = 1000
}; /* ours */
enum {
	QUALIFIER_NAME_MAX = 255
}; /* bytes, as in catalogs */
enum {
	QUALIFIER_CERT_MAX = 64 * 1024
}; /* bytes of DER; our limit */
enum {
	QUALIFIER_CONTENT_SIZE = 32
}; /* bytes: SHA-256 of a catalog's signed content */

/* A template as a catalog describes it; borrowed. */
struct template_id {
	const char *name;
	struct shvm_version version;
	const uint8_t *cert; /* DER of the signer */
	size_t cert_len;
	enum shvm_coverage coverage;
	uint8_t content_sha256[QUALIFIER_CONTENT_SIZE];
};

struct qualifier {
	char name[QUALIFIER_NAME_MAX + 1];
	struct shvm_version version;
	enum shvm_rule rule;
	enum shvm_coverage require;
	struct buf cert; /* DER of the trusted signer */
	bool is_pinned;
	uint8_t content_sha256[QUALIFIER_CONTENT_SIZE]; /* when pinned */
};

struct qualifiers {
	struct qualifier *items;
	size_t count;
};
void qualifiers_done(struct qualifiers *q);

/* The first of these that differs, in the order of Microsoft's documentation; the
 * last two are our extensions. */
enum qualifier_match {
	QUALIFIER_MATCHES,
	QUALIFIER_NAME,
	QUALIFIER_CERTIFICATE,
	QUALIFIER_VERSION,
	QUALIFIER_CONTENT,
	QUALIFIER_COVERAGE,
};
enum qualifier_match qualifier_match(const struct qualifier *q,
				     const struct template_id *t);

/*
 * Find the first qualifier that matches. Otherwise SHVM_E_VERIFY: "coverage" if only
 * the coverage of one is not met, else "untrusted-template", with the reason for
 * each.
 */
int qualifiers_match(const struct qualifiers *q, const struct template_id *t,
		     const struct qualifier **ret, struct shvm_err *err);

/* The conditions for trusting a template. */
struct qualifier_terms {
	enum shvm_rule rule;
	enum shvm_coverage require;
	bool pin; /* only this catalog content */
};
int qualifiers_add(struct qualifiers *q, const struct template_id *t,
		   const struct qualifier_terms *terms, struct shvm_err *err);

/* Remove all with a name; SHVM_E_ARG if there is none. */
int qualifiers_remove(struct qualifiers *q, const char *name,
		      struct shvm_err *err);

/* Is the root this element of PDK_NS? SHVM_E_FORMAT, with the reason "bad-pdk" if it
 * is of another version. Messages name the document by what. */
int pdk_check_root(const struct xml_node *root, const char *what,
		   const char *name, struct shvm_err *err);

/* The element VolumeIDQualifiers; with_ns: as root of a document. */
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
