/* SPDX-License-Identifier: MIT */
/* What the guardian and the protector commands share: the options that decide
 * trust, guardians with their keys, and how certificates are shown. */
#ifndef CLI_GUARDIAN_OPTS_H
#define CLI_GUARDIAN_OPTS_H

#include "base/auto.h"
#include "cli/out.h"
#include "cli/passphrase.h"

#include <shvm/guardian.h>

AUTO_DEFINE(guardian_api_ptr, struct shvm_guardian *, shvm_guardian_free);
AUTO_DEFINE(protector_api_ptr, struct shvm_protector *, shvm_protector_free);

struct guardian_trust {
	const char *guardian_ca, *tls_ca;
	struct cli_list guardian_fingerprints;
	bool allow_untrusted_root, allow_expired;
};

/* How it is decided whether a guardian is trusted. */
extern const struct cli_opt guardian_trust_opts[];
#define GUARDIAN_TRUST_OPTS(m)                                                 \
	OPT_GROUP(m, struct guardian_trust, guardian_trust_opts)

/* SHVM_E_ARG for --tls-ca where none of the sources is https:. */
int guardian_check_tls(const char *tls_ca, const char *const *sources,
		       size_t count, struct shvm_err *err);

/* shvm_progress_fn: go on until a signal comes, and draw nothing. */
int guardian_look_up(void *ctx, uint64_t done, uint64_t total);

struct shvm_guardian_trust guardian_trust(const struct guardian_trust *t);

/* An owner: metadata document and private keys. encryption_key may be NULL.
 * That the keys match makes it the user's own, so nothing else is asked of its
 * root: of the trust only allow_expired and tls_ca count. */
struct guardian_owner {
	const char *owner;
	const char *owner_signing_key, *owner_signing_key_pass_file;
	const char *owner_encryption_key, *owner_encryption_key_pass_file;
};
int guardian_owner_load(const struct guardian_owner *o,
			const struct guardian_trust *t,
			struct shvm_guardian **ret, struct shvm_err *err);

/* Guardians of a list of files; free with guardian_list_done(). */
struct guardian_list {
	struct shvm_guardian **items;
	size_t count;
};
int guardian_list_load(const struct cli_list *files,
		       const struct guardian_trust *t,
		       struct guardian_list *ret, struct shvm_err *err);
void guardian_list_done(struct guardian_list *g);

/* The warning before an owner signs what a guardian had signed: id of the
 * wrapping, subject and fingerprint of its signing certificate. */
#define GUARDIAN_SIGNED_BY                                                     \
	"the key protector was signed by the guardian of wrapping %u, %s, "    \
	"SHA-256 %s, and not by the owner: check the list of guardians"

/* A certificate as a JSON object, and as lines of text below a title. */
json_t *guardian_cert_json(const struct shvm_cert_info *c);
void guardian_cert_text(struct out *out, const char *title,
			const struct shvm_cert_info *c);

#endif
