/* SPDX-License-Identifier: MIT */
/* Catalogs as a shielding data file looks at them. */
#ifndef PDK_TRUSTED_CATALOG_H
#define PDK_TRUSTED_CATALOG_H

#include "pdk/qualifier.h"
#include "signer/template.h"

/* What qualifiers compare; id points into the catalog and cert. */
int catalog_identify(const struct shvm_catalog *c, struct buf *cert,
		     struct template_id *id, struct shvm_err *err);

/* A qualifier for each template of the content, whose signer is trusted. */
int trusted_qualifiers_add(const struct shvm_pdk_content *c,
			   struct qualifiers *ret, struct shvm_err *err);

#endif
