/* SPDX-License-Identifier: MIT */
/* How certificates, and the guardians of a protector, are shown. */
#ifndef CLI_GUARDIAN_VIEW_H
#define CLI_GUARDIAN_VIEW_H

#include "cli/result.h"

#include <shvm/guardian.h>

/* A certificate as a JSON object, and as lines of text below a title. */
json_t *guardian_cert_json(const struct shvm_cert_info *c);
void guardian_cert_text(struct out *out, const char *title,
			const struct shvm_cert_info *c);

/* "owner" or "guardian". */
const char *guardian_role(const struct shvm_wrapping_info *w);
json_t *guardian_wrapping_json(const struct shvm_wrapping_info *w);
json_t *guardian_wrappings_json(const struct shvm_protector_info *p);

/* The owner signs all of it now: warn of what a guardian had signed. */
void guardian_warn_signer(struct out *out,
			  const struct shvm_protector_info *old);

/* Say which wrappings the new protector has no more, and list them. */
json_t *guardian_removed(struct out *out, const struct shvm_protector_info *old,
			 const struct shvm_protector_info *new);

#endif
