/* SPDX-License-Identifier: MIT */
/* Encodes and signs the XML of a protector; deterministic, without white space
 * between elements. */
#include "pdk/protector_internal.h"

#include <string.h>

bool protector_is_ours(const struct shvm_protector *p)
{
	const struct signature *g = &p->guardian;

	if (strcmp(p->kdf_uri, URI_HKDF) != 0 || p->kdf_has_parameters ||
	    strcmp(p->mac.uri, URI_HMAC_SHA256) != 0 || p->mac.has_parameters ||
	    strcmp(g->uri, URI_RSA_SHA256) != 0 || g->has_parameters)
		return false;
	for (size_t i = 0; i < p->count; i++) {
		const struct wrapping *w = &p->items[i];

		if (w->transport.problem[0] ||
		    strcmp(w->transport.uri, URI_RSA_OAEP) != 0 ||
		    w->signing_sig.has_parameters ||
		    w->encryption_sig.has_parameters)
			return false;
	}
	return true;
}

/* XML-Enc 1.1 section 5.5.2: the two hashes of rsa-oaep. */
static void add_transport_key(struct xml_doc *doc, struct xml_node *parent,
			      const struct wrapped_key *k)
{
	struct xml_node *data =
		xml_add(doc, xml_add(doc, parent, "TransportKey"),
			"EncryptedData");
	struct xml_node *params = xml_add(doc, data, "Parameters");

	xml_set_attr(doc, data, "Algorithm", k->uri);
	xml_set_attr(doc,
		     xml_add_ns(doc, params, KPS_DSIG_NS, "ds", "DigestMethod"),
		     "Algorithm", k->oaep.digest->uri);
	xml_set_attr(doc,
		     xml_add_ns(doc, params, KPS_XENC11_NS, "xenc11", "MGF"),
		     "Algorithm", k->oaep.mgf->uri);
	xml_set_base64(doc, xml_add(doc, data, "CipherValue"), k->value.data,
		       k->value.len);
}

static void add_wrapping(struct xml_doc *doc, struct xml_node *parent,
			 const struct wrapping *w)
{
	struct xml_node *n = xml_add(doc, parent, "Wrapping");
	struct xml_node *sig;

	kps_set_number(doc, xml_add(doc, n, "Id"), w->id);
	xml_set_base64(doc, xml_add(doc, n, "SigningCertificate"),
		       w->signing_der.data, w->signing_der.len);
	sig = xml_add(doc, n, "SigningCertificateSignature");
	kps_set_number_attr(doc, sig, "ParentWrappingId", w->parent);
	kps_signature_encode(doc, sig, "Signature", &w->signing_sig);
	xml_set_base64(doc, xml_add(doc, n, "EncryptionCertificate"),
		       w->encryption_der.data, w->encryption_der.len);
	kps_signature_encode(doc,
			     xml_add(doc, n, "EncryptionCertificateSignature"),
			     "Signature", &w->encryption_sig);
	add_transport_key(doc, n, &w->transport);
}

static int build_wrappings(const struct shvm_protector *p, struct xml_doc **ret,
			   struct xml_node **ret_wrappings,
			   struct shvm_err *err)
{
	struct xml_node *root, *wrappings;
	struct xml_doc *doc;

	TRY(xml_new(KPS_NS, NULL, "Protector", &doc, err));
	root = xml_root(doc);
	if (p->max_offline_unwraps)
		xml_set_attr(doc, root, "MaxOfflineUnwraps",
			     p->max_offline_unwraps);
	wrappings = xml_add(doc, root, "Wrappings");
	for (size_t i = 0; i < p->count; i++)
		add_wrapping(doc, wrappings, &p->items[i]);
	*ret = doc;
	*ret_wrappings = wrappings;
	return SHVM_OK;
}

static int finish(const struct shvm_protector *p, struct xml_doc *doc,
		  struct buf *ret, struct shvm_err *err)
{
	struct xml_node *n =
		xml_add(doc, xml_root(doc), "TransportKeySignature");

	xml_set_attr(doc, xml_add(doc, n, "KeyDerivationMethod"), "Algorithm",
		     p->kdf_uri);
	kps_signature_encode(doc, n, "Signature", &p->mac);
	n = xml_add(doc, xml_root(doc), "GuardianSignature");
	kps_set_number_attr(doc, n, "WrappingId", p->signer);
	kps_signature_encode(doc, n, "Signature", &p->guardian);
	return xml_write(doc, false, ret, err);
}

int protector_build(const struct shvm_protector *p, struct buf *ret,
		    struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;
	struct xml_node *wrappings;

	TRY(build_wrappings(p, &doc, &wrappings, err));
	return finish(p, doc, ret, err);
}

/* Both signatures over p->canon. */
static int sign(struct shvm_protector *p, EVP_PKEY *signing_key,
		const struct secret *key, struct shvm_err *err)
{
	const struct algorithm *rsa =
		algorithm_find(ALGORITHM_SIGNATURE, URI_RSA_SHA256);
	uint8_t mac[ALGORITHM_MAC_MAX];
	size_t len = 0;

	TRY(protector_mac(p, key, mac, &len, err));
	buf_add(&p->mac.value, mac, len);
	TRY(err_prefix(err,
		       algorithm_sign(rsa, signing_key, p->canon.data,
				      p->canon.len, &p->guardian.value, err),
		       "GuardianSignature"));
	return buf_check(&p->mac.value, "key protector", err);
}

int protector_seal(struct shvm_protector *p, uint32_t signer,
		   EVP_PKEY *signing_key, const struct secret *key,
		   struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;
	struct xml_node *wrappings;

	TRY(protector_set_uri(&p->kdf_uri, URI_HKDF, err));
	TRY(protector_set_uri(&p->mac.uri, URI_HMAC_SHA256, err));
	TRY(protector_set_uri(&p->guardian.uri, URI_RSA_SHA256, err));
	p->signer = signer;

	TRY(build_wrappings(p, &doc, &wrappings, err));
	if (!wrappings) /* out of memory, which xml_write() reports */
		return xml_write(doc, false, &p->xml, err);
	TRY(xml_c14n(doc, wrappings, &p->canon, err));
	TRY(sign(p, signing_key, key, err));
	TRY(finish(p, doc, &p->xml, err));
	if (p->xml.len > PROTECTOR_SIZE_MAX)
		return err_set(err, SHVM_E_ARG,
			       "key protector of %zu bytes, the limit is %d",
			       p->xml.len, PROTECTOR_SIZE_MAX);
	return protector_describe(p, err);
}
