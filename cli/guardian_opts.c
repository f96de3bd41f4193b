/* SPDX-License-Identifier: MIT */
/* Options and loading of guardians, for several commands. */
#include "cli/guardian_opts.h"

#include "cli/signals.h"

#include <strings.h>

#define ARGS struct guardian_trust
const struct cli_opt guardian_trust_opts[] = {
	OPT(guardian_ca, CLI_PATH, .example = "fabric-ca.pem",
	    .help = "CA certificates; guardians with a chain to one of them are trusted"),
	OPT_LIST(
		guardian_fingerprints, CLI_FINGERPRINT,
		.help = "signing certificate of a trusted guardian",
		.more = "The SHA-256 of its DER encoding: 64 hexadecimal digits, colons allowed. If the document is signed by another certificate, the fingerprint of that certificate is required too."),
	OPT(allow_untrusted_root, CLI_FLAG,
	    .help = "accept guardians with self-signed certificates or unknown issuers"),
	TLS_CA_OPT(tls_ca),
	OPT(allow_expired, CLI_FLAG, .help = "accept expired certificates",
	    .more = "This applies to guardians and to the owner."),
	OPT_END,
};
#undef ARGS

/* shvm_progress_fn: continues until a signal arrives, and draws nothing. */
static int look_up(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	(void)done;
	(void)total;
	return signals_caught();
}

int guardian_check_tls(const char *tls_ca, const char *const *sources,
		       size_t count, struct shvm_err *err)
{
	if (!tls_ca)
		return SHVM_OK;
	for (size_t i = 0; i < count; i++)
		if (strncasecmp(sources[i], "https://", 8) == 0)
			return SHVM_OK;
	return err_set(err, SHVM_E_ARG, "--tls-ca requires an https:// URL");
}

int guardian_load(const char *source, const struct shvm_trust *trust,
		  const char *tls_ca, struct shvm_guardian **ret,
		  struct shvm_err *err)
{
	const struct shvm_fetch_params params = { .tls_ca_file = tls_ca,
						  .progress = look_up };

	return shvm_guardian_load(source, trust, &params, ret, err);
}

int guardian_trust_load(const struct guardian_trust *t, struct shvm_trust **ret,
			struct shvm_err *err)
{
	const struct cli_list *prints = &t->guardian_fingerprints;
	const char *ca[] = { t->guardian_ca };
	const struct cli_list cas = { ca, t->guardian_ca != NULL };
	AUTO(trust_ptr) trust = NULL;

	TRY(trust_load(NULL, &cas, NULL, &trust, err));
	for (size_t i = 0; i < prints->count; i++)
		TRY(shvm_trust_add_fingerprint(trust, prints->items[i], err));
	if (t->allow_untrusted_root)
		shvm_trust_allow_untrusted_root(trust);
	if (t->allow_expired)
		shvm_trust_allow_expired(trust);
	*ret = STEAL(trust);
	return SHVM_OK;
}

static int owner_load(const struct guardian_owner *o,
		      const struct guardian_trust *t,
		      struct shvm_guardian **ret, struct shvm_err *err)
{
	const struct guardian_trust own = { .allow_untrusted_root = true,
					    .allow_expired = t->allow_expired };
	AUTO(guardian_ptr) g = NULL;
	AUTO(trust_ptr) trust = NULL;

	TRY(guardian_trust_load(&own, &trust, err));
	TRY(guardian_load(o->owner, trust, t->tls_ca, &g, err));
	TRY(guardian_owner_keys(o, g, err));
	*ret = STEAL(g);
	return SHVM_OK;
}

int guardian_owner_keys(const struct guardian_owner *o, struct shvm_guardian *g,
			struct shvm_err *err)
{
	struct passphrase passphrase[2];
	const struct shvm_key_source signing =
		passphrase_key(&passphrase[0], o->owner_signing_key,
			       o->owner_signing_key_pass_file);
	const struct shvm_key_source encryption =
		passphrase_key(&passphrase[1], o->owner_encryption_key,
			       o->owner_encryption_key_pass_file);

	return shvm_guardian_set_keys(g, o->owner_signing_key ? &signing : NULL,
				      o->owner_encryption_key ? &encryption
							      : NULL,
				      err);
}

void guardian_list_done(struct guardian_list *g)
{
	for (size_t i = 0; i < g->count; i++)
		shvm_guardian_free(g->items[i]);
	free(g->items);
}

int guardian_list_load(const struct cli_list *files,
		       const struct guardian_trust *t,
		       struct guardian_list *ret, struct shvm_err *err)
{
	AUTO_DONE(guardian_list) list = { 0 };
	AUTO(trust_ptr) trust = NULL;

	TRY(guardian_trust_load(t, &trust, err));
	list.items = calloc(files->count + 1, sizeof(*list.items));
	TRY(err_null(err, list.items, "guardians"));
	for (size_t i = 0; i < files->count; i++) {
		TRY(guardian_load(files->items[i], trust, t->tls_ca,
				  &list.items[i], err));
		list.count++;
	}
	*ret = MOVE(list);
	return SHVM_OK;
}

int guardian_load_all(const struct guardian_owner *o,
		      const struct cli_list *files,
		      const struct guardian_trust *t,
		      struct guardian_list *ret_list,
		      struct shvm_guardian **ret_owner, struct shvm_err *err)
{
	if (guardian_check_tls(t->tls_ca, &o->owner, 1, NULL) < 0)
		TRY(guardian_check_tls(t->tls_ca, files->items, files->count,
				       err));
	TRY(guardian_list_load(files, t, ret_list, err));
	return owner_load(o, t, ret_owner, err);
}
