/* SPDX-License-Identifier: MIT */
/*
 * The checks of [MS-KPS] 3.1.5.1.1.3 as named steps. docs/FORMAT-PROTECTOR.md lists
 * their ids and order.
 */
#include "pdk/protector_internal.h"

#include <inttypes.h>
#include <stdio.h>

struct checker {
	const struct shvm_protector *p;
	const struct secret *key; /* or NULL */
	struct checks *steps;	  /* or NULL */
	struct shvm_err *err;
	int result; /* of the first failure */
};

static int add_step(struct checker *c, const char *step, uint32_t wrapping,
		    enum shvm_outcome outcome, const char *text)
{
	char object[24];
	struct shvm_check check = { .id = step,
				    .outcome = outcome,
				    .level = SHVM_LEVEL_ERROR,
				    .offset = UINT64_MAX };

	if (!c->steps)
		return SHVM_OK;
	if (wrapping != UINT32_MAX) {
		(void)snprintf(object, sizeof(object), "wrapping %" PRIu32,
			       wrapping);
		check.object = object;
	}
	return checks_put(c->steps, &check, c->err, "%s", text);
}

/*
 * Note a step that ended with r and the text in why. Returns a negative code
 * when the check must end: out of memory, or a failure when no list of steps is
 * wanted.
 */
static int note(struct checker *c, const char *step, uint32_t wrapping, int r,
		const struct shvm_err *why)
{
	if (r == SHVM_E_NOMEM)
		return err_nomem(c->err, step);
	if (r < 0 && c->result == SHVM_OK) {
		if (wrapping == UINT32_MAX)
			c->result = err_reason(c->err, SHVM_E_VERIFY,
					       "bad-protector", "%s: %s", step,
					       why->msg);
		else
			c->result = err_reason(c->err, SHVM_E_VERIFY,
					       "bad-protector",
					       "%s: wrapping %u: %s", step,
					       wrapping, why->msg);
	}
	TRY(add_step(c, step, wrapping,
		     r < 0 ? SHVM_CHECK_FAILED : SHVM_CHECK_PASSED,
		     r < 0 ? why->msg : ""));
	return r < 0 && !c->steps ? c->result : SHVM_OK;
}

/* Names the signer: a good signature alone says little. */
static int note_whose(struct checker *c, const char *step, uint32_t wrapping,
		      const char *who, size_t i)
{
	char text[120];

	(void)snprintf(text, sizeof(text), "%s, SHA-256 %s", who,
		       c->p->wrappings[i].signing.sha256);
	return add_step(c, step, wrapping, SHVM_CHECK_PASSED, text);
}

static int unique_ids(const struct shvm_protector *p, struct shvm_err *err)
{
	for (size_t i = 0; i < p->count; i++)
		if (protector_find(p, p->items[i].id) != i)
			return err_set(err, SHVM_E_VERIFY,
				       "Id %u stands in two wrappings",
				       p->items[i].id);
	return SHVM_OK;
}

static int one_owner(const struct shvm_protector *p, struct shvm_err *err)
{
	size_t owner = protector_owner(p);

	if (owner == SIZE_MAX)
		return err_set(err, SHVM_E_VERIFY,
			       "no wrapping is its own parent");
	for (size_t i = owner + 1; i < p->count; i++)
		if (p->items[i].parent == p->items[i].id)
			return err_set(err, SHVM_E_VERIFY,
				       "two owners, wrappings %u and %u",
				       p->items[owner].id, p->items[i].id);
	return SHVM_OK;
}

static int signed_by(const struct signature *s, X509 *by,
		     const struct buf *data, struct shvm_err *err)
{
	const struct algorithm *a = NULL;

	TRY(kps_signature_algorithm(s, "signature", &a, err));
	TRY(algorithm_check_rsa(X509_get0_pubkey(by), "signing certificate",
				err));
	return algorithm_verify(a, by, data->data, data->len, &s->value, err);
}

static int guardian_signature(const struct shvm_protector *p,
			      struct shvm_err *err)
{
	size_t i = protector_find(p, p->signer);

	if (i == SIZE_MAX)
		return err_set(err, SHVM_E_VERIFY,
			       "its WrappingId %u names no wrapping",
			       p->signer);
	return signed_by(&p->guardian, p->items[i].signing, &p->canon, err);
}

/* The same rules as for guardians that are added to a protector. */
static int certificates(const struct wrapping *w, struct shvm_err *err)
{
	TRY(guardian_check_signing(w->signing, err));
	return guardian_check_encryption(w->encryption, err);
}

/*
 * An encryption key must not be a signing key: otherwise a party that has only a
 * guardian's encryption key, such as a host, could add itself as a signer.
 */
static int key_roles(const struct shvm_protector *p, size_t mixed,
		     struct shvm_err *err)
{
	if (mixed == SIZE_MAX)
		return SHVM_OK;
	return err_set(err, SHVM_E_VERIFY,
		       "its signing key is the encryption key of wrapping %u",
		       p->items[mixed].id);
}

/* Marks the wrappings whose chain of parents ends at an owner. Each round except
 * the last marks at least one, so it terminates also if there are cycles. */
static int find_reached(const struct shvm_protector *p, bool *reached,
			struct shvm_err *err)
{
	AUTOFREE size_t *parents = calloc(p->count, sizeof(*parents));
	bool more = true;

	TRY(err_null(err, parents, "key protector"));
	for (size_t i = 0; i < p->count; i++)
		parents[i] = protector_find(p, p->items[i].parent);
	while (more) {
		more = false;
		for (size_t i = 0; i < p->count; i++) {
			if (reached[i] || parents[i] == SIZE_MAX ||
			    (parents[i] != i && !reached[parents[i]]))
				continue;
			reached[i] = true;
			more = true;
		}
	}
	return SHVM_OK;
}

static int parent(const struct shvm_protector *p, const struct wrapping *w,
		  bool is_reached, struct shvm_err *err)
{
	if (protector_find(p, w->parent) == SIZE_MAX)
		return err_set(err, SHVM_E_VERIFY,
			       "its ParentWrappingId %u names no wrapping",
			       w->parent);
	if (!is_reached)
		return err_set(err, SHVM_E_VERIFY,
			       "its chain of parents never reaches the owner");
	return SHVM_OK;
}

static int signing_signature(const struct shvm_protector *p,
			     const struct wrapping *w, struct shvm_err *err)
{
	size_t i = protector_find(p, w->parent);

	if (i == SIZE_MAX)
		return err_set(err, SHVM_E_VERIFY, "there is no parent %u",
			       w->parent);
	return signed_by(&w->signing_sig, p->items[i].signing, &w->signing_der,
			 err);
}

/* An RSA cipher text is as long as the modulus; the algorithm must be supported,
 * or the guardian cannot use the wrapping. */
static int transport_key(const struct wrapping *w, struct shvm_err *err)
{
	int size = EVP_PKEY_get_size(X509_get0_pubkey(w->encryption));

	if (w->transport.problem[0])
		return err_set(err, SHVM_E_UNSUPPORTED, "%s",
			       w->transport.problem);
	if (size < 0 || w->transport.value.len != (size_t)size)
		return err_set(err, SHVM_E_VERIFY,
			       "%zu bytes for a key of %d bytes",
			       w->transport.value.len, size);
	return SHVM_OK;
}

static int check_wrapping(struct checker *c, size_t i, bool is_reached,
			  size_t mixed)
{
	const struct wrapping *w = &c->p->items[i];
	struct shvm_err why = { 0 };

	TRY(note(c, "certificates", w->id, certificates(w, &why), &why));
	TRY(note(c, "key-roles", w->id, key_roles(c->p, mixed, &why), &why));
	TRY(note(c, "parent", w->id, parent(c->p, w, is_reached, &why), &why));
	TRY(note(c, "signing-certificate-signature", w->id,
		 signing_signature(c->p, w, &why), &why));
	TRY(note(c, "encryption-certificate-signature", w->id,
		 signed_by(&w->encryption_sig, w->signing, &w->encryption_der,
			   &why),
		 &why));
	return note(c, "transport-key", w->id, transport_key(w, &why), &why);
}

static int check_wrappings(struct checker *c)
{
	AUTOFREE bool *reached = calloc(c->p->count, sizeof(*reached));
	AUTOFREE size_t *mixed = calloc(c->p->count, sizeof(*mixed));

	if (!reached || !mixed)
		return err_nomem(c->err, "key protector");
	TRY(find_reached(c->p, reached, c->err));
	TRY(protector_find_mixed(c->p, mixed, c->err));
	for (size_t i = 0; i < c->p->count; i++)
		TRY(check_wrapping(c, i, reached[i], mixed[i]));
	return SHVM_OK;
}

/*
 * Our rule: a protector with our algorithms has exactly one encoding, so that no
 * byte of it can change unnoticed. Other programs may write other encodings.
 */
static int exact_form(const struct shvm_protector *p, struct shvm_err *err)
{
	AUTO_DONE(buf) again = { 0 };
	size_t i = 0;

	TRY(protector_build(p, &again, err));
	while (i < again.len && i < p->xml.len &&
	       again.data[i] == p->xml.data[i])
		i++;
	if (i < again.len || i < p->xml.len)
		return err_set(
			err, SHVM_E_VERIFY,
			"byte %zu of the XML is not as this format is written",
			i);
	return SHVM_OK;
}

static int check_form(struct checker *c)
{
	struct shvm_err why = { 0 };

	if (!protector_is_ours(c->p))
		return add_step(c, "exact-form", UINT32_MAX, SHVM_CHECK_SKIPPED,
				"written by another program");
	return note(c, "exact-form", UINT32_MAX, exact_form(c->p, &why), &why);
}

static int check_signer(struct checker *c, size_t owner)
{
	struct shvm_err why = { 0 };
	const size_t i = protector_find(c->p, c->p->signer);
	const int r = guardian_signature(c->p, &why);

	if (r < 0)
		return note(c, "guardian-signature", c->p->signer, r, &why);
	return note_whose(c, "guardian-signature", c->p->signer,
			  i == owner ? "by the owner" : "by a guardian", i);
}

static int check_owner(struct checker *c, size_t owner)
{
	char who[40];
	struct shvm_err why = { 0 };
	const int r = one_owner(c->p, &why);

	if (r < 0)
		return note(c, "owner", UINT32_MAX, r, &why);
	(void)snprintf(who, sizeof(who), "wrapping %" PRIu32,
		       c->p->items[owner].id);
	return note_whose(c, "owner", UINT32_MAX, who, owner);
}

static int check_document(struct checker *c)
{
	const size_t owner = protector_owner(c->p);
	struct shvm_err why = { 0 };

	TRY(note(c, "well-formed", UINT32_MAX, SHVM_OK, &why));
	TRY(note(c, "wrapping-ids", UINT32_MAX, unique_ids(c->p, &why), &why));
	TRY(check_owner(c, owner));
	TRY(check_signer(c, owner));
	if (!c->key)
		return add_step(c, "transport-key-signature", UINT32_MAX,
				SHVM_CHECK_SKIPPED,
				"needs a guardian's private key");
	return note(c, "transport-key-signature", UINT32_MAX,
		    protector_check_mac(c->p, c->key, &why), &why);
}

int protector_check(const struct shvm_protector *p, const struct secret *key,
		    struct checks *steps, struct shvm_err *err)
{
	struct checker c = { .p = p, .key = key, .steps = steps, .err = err };

	TRY(check_document(&c));
	TRY(check_wrappings(&c));
	TRY(check_form(&c));
	return c.result;
}

/* Unwraps the transport key with the given key. Failures other than loading the
 * key are part of the verdict and not returned. */
static int open_transport_key(const struct shvm_protector *p,
			      const struct shvm_key_source *source,
			      struct secret **ret, struct shvm_err *why,
			      struct shvm_err *err)
{
	AUTO(pkey_ptr) key = NULL;
	int r;

	if (!source)
		return SHVM_OK;
	TRY(key_load_private(source, &key, NULL, NULL, err));
	r = protector_unwrap(p, key, NULL, NULL, ret, why);
	if (r == SHVM_E_NOMEM)
		return err_nomem(err, "key protector");
	/* A general failure of a token says nothing about the protector, a
	 * failure with these bytes does. */
	if (r < 0 && why->reason && strncmp(why->reason, "CKR_", 4) == 0 &&
	    strncmp(why->reason, "CKR_ENCRYPTED_DATA", 18) != 0)
		return err_take(err, why);
	return SHVM_OK;
}

/* Adds the failed check of a key that does not open a valid protector. */
static int add_key(struct checks *steps, const struct shvm_err *why,
		   struct shvm_err *err)
{
	const struct shvm_check check = { .id = "guardian-key",
					  .outcome = SHVM_CHECK_FAILED,
					  .level = SHVM_LEVEL_ERROR,
					  .offset = UINT64_MAX };

	return checks_put(steps, &check, err, "%s", why->msg);
}

int shvm_protector_check(const struct shvm_protector *protector,
			 const struct shvm_key_source *key,
			 struct shvm_verdict *ret, struct shvm_err *err)
{
	AUTO_DONE(checks) steps = { 0 };
	struct shvm_verdict verdict = { 0 };
	AUTO(secret_ptr) transport = NULL;
	struct shvm_err why = { 0 }, first = { 0 };
	int r;

	TRY(open_transport_key(protector, key, &transport, &why, err));
	r = protector_check(protector, transport, &steps, &first);
	if (r == SHVM_E_NOMEM)
		return err_nomem(err, "key protector");
	/* A bad protector takes precedence over a key that does not open it. */
	if (r == SHVM_OK && why.code < 0) {
		first = why;
		TRY(add_key(&steps, &why, err));
	}
	verdict.yes = first.code == SHVM_OK;
	if (!verdict.yes) {
		verdict.reason = first.reason ? first.reason : "bad-protector";
		memcpy(verdict.text, first.msg, sizeof(verdict.text));
	}
	checks_give(&steps, &verdict);
	*ret = verdict;
	return SHVM_OK;
}
