/* SPDX-License-Identifier: MIT */
/* What the guardian and the protector commands share. */
#include "cli/guardian_opts.h"

#include "cli/signals.h"
#include "cli/time.h"

#include <strings.h>
#include <time.h>

#define ARGS struct guardian_trust
const struct cli_opt guardian_trust_opts[] = {
	OPT(guardian_ca, CLI_PATH, .meta = "FILE",
	    .help = "trust guardians with a chain to a certificate in FILE"),
	OPT_LIST(
		guardian_fingerprints, CLI_FINGERPRINT,
		.help = "trust the guardian whose signing certificate this is",
		.more = "SHA-256 of the DER, 64 hexadecimal digits, colons allowed. A document that another certificate signed needs that one's fingerprint, too."),
	OPT(allow_untrusted_root, CLI_FLAG,
	    .help = "accept self-signed and unknown issuers"),
	TLS_CA_OPT(tls_ca),
	OPT(allow_expired, CLI_FLAG, .help = "accept expired certificates",
	    .more = "Of guardians and of the owner."),
	OPT_END,
};
#undef ARGS

int guardian_look_up(void *ctx, uint64_t done, uint64_t total)
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
	return err_set(err, SHVM_E_ARG, "--tls-ca needs an https:// URL");
}

struct shvm_guardian_trust guardian_trust(const struct guardian_trust *t)
{
	return (struct shvm_guardian_trust){
		.ca_file = t->guardian_ca,
		.allow_untrusted_root = t->allow_untrusted_root,
		.allow_expired = t->allow_expired,
		.fingerprints = t->guardian_fingerprints.items,
		.fingerprint_count = t->guardian_fingerprints.count,
		.tls_ca_file = t->tls_ca,
		.progress = guardian_look_up,
	};
}

int guardian_owner_load(const struct guardian_owner *o,
			const struct guardian_trust *t,
			struct shvm_guardian **ret, struct shvm_err *err)
{
	const struct shvm_guardian_trust own = {
		.allow_untrusted_root = true,
		.allow_expired = t->allow_expired,
		.tls_ca_file = t->tls_ca,
		.progress = guardian_look_up,
	};
	AUTO(guardian_api_ptr) g = NULL;
	struct passphrase passphrase[2];
	const struct shvm_key_source signing =
		passphrase_key(&passphrase[0], o->owner_signing_key,
			       o->owner_signing_key_pass_file);
	const struct shvm_key_source encryption =
		passphrase_key(&passphrase[1], o->owner_encryption_key,
			       o->owner_encryption_key_pass_file);
	int r;

	r = shvm_guardian_load(o->owner, &own, &g, err);
	if (r < 0)
		return r;
	r = shvm_guardian_set_keys(g, &signing,
				   o->owner_encryption_key ? &encryption : NULL,
				   err);
	if (r < 0)
		return r;
	*ret = STEAL(g);
	return SHVM_OK;
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
	const struct shvm_guardian_trust trust = guardian_trust(t);
	AUTO_DONE(guardian_list) list = { 0 };
	int r;

	list.items = calloc(files->count + 1, sizeof(*list.items));
	if (!list.items)
		return err_nomem(err, "guardians");
	for (size_t i = 0; i < files->count; i++) {
		r = shvm_guardian_load(files->items[i], &trust, &list.items[i],
				       err);
		if (r < 0)
			return r;
		list.count++;
	}
	*ret = MOVE(list);
	return SHVM_OK;
}

json_t *guardian_cert_json(const struct shvm_cert_info *c)
{
	char from[32], to[32];

	if (!c->subject)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "subject",
			 out_string(c->subject), "issuer",
			 out_string(c->issuer), "serial", out_string(c->serial),
			 "sha256", out_string(c->sha256), "not_before",
			 out_string(time_format(c->not_before, from)),
			 "not_after",
			 out_string(time_format(c->not_after, to)));
}

void guardian_cert_text(struct out *out, const char *title,
			const struct shvm_cert_info *c)
{
	const int64_t now = time(NULL);
	char from[32], to[32];

	if (!c->subject)
		return;
	out_text(out, "%s:", title);
	out_field(out, "  subject", "%s", c->subject);
	out_field(out, "  issuer", "%s", c->issuer);
	out_field(out, "  SHA-256", "%s", c->sha256);
	out_field(out, "  valid", "%s to %s%s",
		  time_format(c->not_before, from),
		  time_format(c->not_after, to),
		  now > c->not_after	? " (expired)"
		  : now < c->not_before ? " (not yet valid)"
					: "");
}
