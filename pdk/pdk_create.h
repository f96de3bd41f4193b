/* SPDX-License-Identifier: MIT */
/* What the makers of shielding data files share; see <shvm/pdk.h>. */
#ifndef PDK_PDK_CREATE_H
#define PDK_PDK_CREATE_H

#include "pdk/note.h"
#include "pdk/pdk_file.h"

/* Guardians from files; each that is filled is released by done. */
struct guardians {
	struct shvm_guardian **items;
	size_t count;
};
void guardians_done(struct guardians *g);
int guardians_load(const struct shvm_pdk_fabrics *fabrics,
		   struct guardians *ret, struct shvm_err *err);

/* Everything that goes into a new file, loaded and checked. */
struct draft {
	struct shvm_guardian *owner; /* without its keys */
	struct guardians guardians;
	struct body body;
};
/*
 * Can machines be made of the files? What shvm_pdk_specialize() would refuse
 * is SHVM_E_FORMAT here, with its reason: nothing is made of it. The answer
 * file is stored in UTF-8.
 */
int draft_check_files(struct payload *p, const struct notes *notes,
		      struct shvm_err *err);
void draft_done(struct draft *d);
int draft_load(const struct shvm_pdk_params *params, struct draft *ret,
	       struct shvm_err *err);

/*
 * The finished file: sealed under the transport key, signed by the owner, and
 * read back before it is handed out.
 */
int pdk_assemble(const struct shvm_guardian *owner,
		 const struct shvm_protector *protector,
		 const struct secret *transport_key, const struct body *body,
		 bool publish, struct buf *ret, struct shvm_err *err);

#endif
