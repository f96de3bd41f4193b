/* SPDX-License-Identifier: MIT */
/* How certificates, and the guardians of a protector, are shown. */
#ifndef CLI_GUARDIAN_VIEW_H
#define CLI_GUARDIAN_VIEW_H

#include "cli/result.h"

#include <shvm/guardian.h>

/* A certificate as a JSON object, null when there is none; and its text below a
 * title. */
json_t *guardian_cert_json(const struct shvm_cert_info *c);
extern const struct row guardian_cert_rows[];

json_t *guardian_wrapping_json(const struct shvm_wrapping_info *w);
json_t *guardian_wrappings_json(const struct shvm_protector_info *p);

/* The owner signs everything now: warn if a guardian had signed the old one. */
void guardian_warn_signer(struct out *out,
			  const struct shvm_protector_info *old);

/* The wrappings that are missing in the new protector. */
json_t *guardian_removed(const struct shvm_protector_info *old,
			 const struct shvm_protector_info *new);
#define GUARDIAN_REMOVED_ROW                                                   \
	FIELD("removed",                                                       \
	      "wrapping {id}, {signing.subject}, SHA-256 {signing.sha256}",    \
	      .each = "removed?")

#endif
