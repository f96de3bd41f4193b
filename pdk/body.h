/* SPDX-License-Identifier: MIT */
/* The XML body of a shielding data file, and its compressed form. */
#ifndef PDK_BODY_H
#define PDK_BODY_H

#include "pdk/fabric.h"
#include "pdk/payload.h"
#include "pdk/qualifier.h"
#include "pdk/ssh_host_key.h"

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
 * Are the parts consistent? For templates: an answer file and at least one
 * qualifier; for existing VMs: neither. SHVM_E_ARG.
 */
int body_check(const struct body *b, struct shvm_err *err);

/* Encode as XML; ret is set to wipe. Deterministic. */
int body_encode(const struct body *b, struct buf *ret, struct shvm_err *err);
int body_decode(const uint8_t *xml, size_t len, struct body *ret,
		struct shvm_err *err);

/*
 * Add or replace content. Then, after all other changes, body_finish() checks that
 * VMs can be created from the files: what shvm_pdk_specialize() would refuse is
 * SHVM_E_FORMAT here, with its reason. The answer file is stored in UTF-8.
 */
int body_put(struct body *b, const struct shvm_pdk_content *c,
	     struct shvm_err *err);
int body_finish(struct body *b, const struct shvm_pdk_content *c,
		struct shvm_err *err);

/* Memory that a description from body_describe() points to, in addition to the
 * body. Start as { 0 }. */
struct body_lists {
	struct shvm_file *files;
	const char **substitute;
	struct tokens keys;
	struct ssh_host_key host_key;
};
void body_lists_done(struct body_lists *l);
int body_describe(const struct body *b, struct body_lists *l,
		  struct shvm_pdk_info *ret, struct shvm_err *err);

#endif
