/* SPDX-License-Identifier: MIT */
/* Catalogs as a shielding data file looks at them. */
#ifndef PDK_TRUSTED_CATALOG_H
#define PDK_TRUSTED_CATALOG_H

#include "pdk/qualifier.h"
#include "signer/template.h"

/* A catalog with a good signature. */
struct trusted_catalog {
	struct shvm_catalog *catalog;
	struct buf cert;       /* DER of the signer */
	struct template_id id; /* points into the others */
};
void trusted_catalog_done(struct trusted_catalog *t);

/*
 * Load a catalog from a .vsc file or a disk and check its signature; whether
 * its signer is anybody's choice is not decided. how, for disks, may be NULL. "no-catalog", "bad-catalog",
 * "bad-signature".
 */
int trusted_catalog_load(const char *path, const struct shvm_disk_params *how,
			 struct trusted_catalog *ret, struct shvm_err *err);
/* The same out of a disk that is open and will be measured. */
int trusted_catalog_from_disk(struct shvm_disk *disk,
			      struct trusted_catalog *ret,
			      struct shvm_err *err);

/* Only timestamp authorities and a time (0: now). */
int trusted_authorities_load(const char *const *files, size_t count, int64_t at,
			     struct shvm_trust **ret, struct shvm_err *err);

/* One qualifier for each entry, after the signer was confirmed. */
int trusted_qualifiers_add(const struct shvm_trust_params *params,
			   struct qualifiers *ret, struct shvm_err *err);

#endif
