/* SPDX-License-Identifier: MIT */
/* Catalogs of templates that a shielding data file trusts. */
#ifndef PDK_TRUSTED_CATALOG_H
#define PDK_TRUSTED_CATALOG_H

#include "pdk/qualifier.h"
#include "signer/template.h"

/* The values that qualifiers compare; id points into the catalog and cert. */
int catalog_identify(const struct shvm_catalog *c, struct buf *cert,
		     struct template_id *id, struct shvm_err *err);

/* Creates a qualifier for each template of the content; signers must be trusted. */
int trusted_qualifiers_add(const struct shvm_pdk_content *c,
			   struct qualifiers *ret, struct shvm_err *err);

#endif
