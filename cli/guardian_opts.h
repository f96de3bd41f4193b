/* SPDX-License-Identifier: MIT */
/* Shared by the commands that use guardians: the options that decide trust,
 * and guardians with their keys. */
#ifndef CLI_GUARDIAN_OPTS_H
#define CLI_GUARDIAN_OPTS_H

#include "base/auto.h"
#include "cli/guardian_view.h"
#include "cli/passphrase.h"
#include "cli/trust_opts.h"

#include <shvm/guardian.h>

AUTO_DEFINE(guardian_ptr, struct shvm_guardian *, shvm_guardian_free);
AUTO_DEFINE(protector_ptr, struct shvm_protector *, shvm_protector_free);

struct guardian_trust {
	const char *guardian_ca, *tls_ca;
	struct cli_list guardian_fingerprints;
	bool allow_untrusted_root, allow_expired;
};

/* How it is decided whether a guardian is trusted. */
extern const struct cli_opt guardian_trust_opts[];
#define GUARDIAN_TRUST_OPTS(m)                                                 \
	OPT_GROUP(m, struct guardian_trust, guardian_trust_opts)

/* SHVM_E_ARG for --tls-ca when none of the sources is an https: URL. */
int guardian_check_tls(const char *tls_ca, const char *const *sources,
		       size_t count, struct shvm_err *err);

/* From a file or a URL. */
int guardian_load(const char *source, const struct shvm_trust *trust,
		  const char *tls_ca, struct shvm_guardian **ret,
		  struct shvm_err *err);

int guardian_trust_load(const struct guardian_trust *t, struct shvm_trust **ret,
			struct shvm_err *err);

/* An owner: metadata document and private keys, each of which may be NULL.
  * It is trusted because the keys match, whatever its root: of the trust options
 * only allow_expired and tls_ca apply. */
struct guardian_owner {
	const char *owner;
	const char *owner_signing_key, *owner_signing_key_pass_file;
	const char *owner_encryption_key, *owner_encryption_key_pass_file;
};

/* Only the keys, of a guardian that is already loaded. */
int guardian_owner_keys(const struct guardian_owner *o, struct shvm_guardian *g,
			struct shvm_err *err);

/* Guardians of a list of files; free with guardian_list_done(). */
struct guardian_list {
	struct shvm_guardian **items;
	size_t count;
};
int guardian_list_load(const struct cli_list *files,
		       const struct guardian_trust *t,
		       struct guardian_list *ret, struct shvm_err *err);
void guardian_list_done(struct guardian_list *g);

/* The list, and the owner; --tls-ca must apply to one of them. */
int guardian_load_all(const struct guardian_owner *o,
		      const struct cli_list *files,
		      const struct guardian_trust *t,
		      struct guardian_list *ret_list,
		      struct shvm_guardian **ret_owner, struct shvm_err *err);

#endif
