/* SPDX-License-Identifier: MIT */
/*
 * Reads the metadata document ([MS-KPS] appendix 6.4) and checks it: schema,
 * certificates, the three signatures, trust.
 */
#include "base/xmldsig.h"
#include "pdk/guardian.h"
#include "pdk/kps_xml.h"

#include <string.h>

static int decode_version(const struct xml_node *n, const char *text,
			  uint32_t *ret, struct shvm_err *err)
{
	uint32_t version = 0;

	TRY(kps_number(n, text, &version, err));
	if (version != 1)
		return xml_at(n,
			      err_reason(err, SHVM_E_UNSUPPORTED,
					 "bad-guardian",
					 "version %u is not understood, only 1",
					 version),
			      err);
	*ret = version;
	return SHVM_OK;
}

/* OtherSigningCertificates: signing keys of other HGS nodes. */
static int decode_others(const struct xml_node *n, struct shvm_guardian *g,
			 struct shvm_err *err)
{
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *c;

	TRY(xml_check_attrs(n, NULL, err));
	g->others = sk_X509_new_null();
	TRY(err_null(err, g->others, "guardian"));
	while ((c = xml_seq_maybe(&seq, KPS_NS, "Certificate"))) {
		AUTO(x509_ptr) cert = NULL;

		if (sk_X509_num(g->others) == GUARDIAN_OTHERS_MAX)
			return xml_at(c,
				      err_set(err, SHVM_E_FORMAT,
					      "more than %d certificates",
					      GUARDIAN_OTHERS_MAX),
				      err);
		TRY(kps_cert(c, &cert, NULL, err));
		if (sk_X509_push(g->others, cert) <= 0)
			return err_nomem(err, "guardian");
		cert = NULL; /* owned by the stack now */
	}
	return xml_seq_end(&seq, err);
}

static int need_signature(struct xml_seq *seq, const char *name,
			  struct signature *ret, struct shvm_err *err)
{
	struct xml_node *n;

	TRY(xml_seq_need(seq, KPS_NS, name, &n, err));
	return kps_signature_decode(n, ret, err);
}

/* The signed bytes of both certificates. */
struct information {
	struct buf signing_der, encryption_der;
};

static void information_done(struct information *i)
{
	buf_done(&i->signing_der);
	buf_done(&i->encryption_der);
}

static int decode_information(const struct xml_node *info,
			      struct shvm_guardian *g, struct information *ret,
			      struct shvm_err *err)
{
	struct xml_seq seq = xml_seq_begin(info);
	const char *text = NULL;
	struct xml_node *n;

	TRY(xml_check_attrs(info, NULL, err));
	TRY(xml_seq_need(&seq, KPS_NS, "Version", &n, err));
	TRY(xml_check_attrs(n, NULL, err));
	TRY(xml_text(n, &text, err));
	TRY(decode_version(n, text, &g->version, err));
	TRY(xml_seq_need(&seq, KPS_NS, "EncryptionCertificate", &n, err));
	TRY(kps_cert(n, &g->encryption_cert, &ret->encryption_der, err));
	TRY(xml_seq_need(&seq, KPS_NS, "SigningCertificate", &n, err));
	TRY(kps_cert(n, &g->signing_cert, &ret->signing_der, err));
	TRY(need_signature(&seq, "EncryptionCertificateSignature",
			   &g->encryption_sig, err));
	TRY(need_signature(&seq, "SigningCertificateSelfSignature",
			   &g->self_sig, err));
	n = xml_seq_maybe(&seq, KPS_NS, "OtherSigningCertificates");
	if (n)
		TRY(decode_others(n, g, err));
	return xml_seq_end(&seq, err);
}

/* Metadata may have more attributes and, at its end, more elements. They are
 * covered by the document's signature and otherwise ignored. */
static int decode_metadata(const struct xml_node *root, struct shvm_guardian *g,
			   struct information *info, struct shvm_err *err)
{
	struct xml_seq seq = xml_seq_begin(root);
	const char *version = xml_attr(root, "Version");
	uint32_t number;
	struct xml_node *n;

	if (!xml_is(root, KPS_NS, "Metadata"))
		return xml_at(
			root,
			err_set(err, SHVM_E_FORMAT,
				"in namespace \"%.100s\" is no guardian's Metadata",
				xml_ns(root)),
			err);
	if (!version)
		return xml_at(root,
			      err_set(err, SHVM_E_FORMAT,
				      "the attribute Version is missing"),
			      err);
	TRY(decode_version(root, version, &number, err));
	TRY(xml_seq_need(&seq, KPS_NS, "GuardianInformation", &n, err));
	TRY(decode_information(n, g, info, err));
	TRY(xml_seq_need(&seq, KPS_DSIG_NS, "Signature", &n, err));
	return xml_check_no_text(root, err);
}

static int check_signature(const struct signature *s, X509 *by,
			   const struct buf *data, const char *what,
			   struct shvm_err *err)
{
	const struct algorithm *a = NULL;

	TRY(kps_signature_algorithm(s, what, &a, err));
	return err_prefix(err,
			  algorithm_verify(a, by, data->data, data->len,
					   &s->value, err),
			  "%s", what);
}

static int check_certificates(const struct shvm_guardian *g,
			      const struct information *info,
			      struct shvm_err *err)
{
	TRY(guardian_check_pair(g->signing_cert, g->encryption_cert, err));
	TRY(check_signature(&g->encryption_sig, g->signing_cert,
			    &info->encryption_der,
			    "EncryptionCertificateSignature", err));
	return check_signature(&g->self_sig, g->signing_cert,
			       &info->signing_der,
			       "SigningCertificateSelfSignature", err);
}

/* Tries one candidate: SHVM_OK, or the reason against it. */
static int try_signer(const struct xmldsig *s, struct shvm_guardian *g,
		      X509 *cert, STACK_OF(X509) * helpers,
		      const struct shvm_trust *trust, struct shvm_err *err)
{
	int r = SHVM_OK;

	TRY(xmldsig_verify(s, cert, err));
	if (!key_cert_equal(cert, g->signing_cert)) {
		r = guardian_check_validity(cert, trust, err);
		if (r == SHVM_OK)
			r = guardian_check_trust(cert, helpers, trust, err);
	}
	TRY(err_prefix(err, r, "the document's signer"));
	(void)X509_up_ref(cert); /* fails for no valid object */
	g->document_cert = cert;
	return SHVM_OK;
}

/*
 * Who signed the document? The guardian's signing key, which is trusted by now;
 * or a certificate of KeyInfo or OtherSigningCertificates, if that is trusted
 * by itself: the author of a document can put any certificate in it.
 */
static int check_document(const struct xmldsig *s, struct shvm_guardian *g,
			  STACK_OF(X509) * info_certs,
			  const struct shvm_trust *trust, struct shvm_err *err)
{
	STACK_OF(X509) *const lists[] = { info_certs, g->others };
	struct shvm_err why = { 0 }, next = { 0 };

	if (try_signer(s, g, g->signing_cert, info_certs, trust, &why) == 0)
		return SHVM_OK;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (int k = 0; k < sk_X509_num(lists[i]); k++) {
			if (try_signer(s, g, sk_X509_value(lists[i], k),
				       info_certs, trust, &next) == 0)
				return SHVM_OK;
			/* The key matches, only trust is missing: report that. */
			if (strcmp(next.reason ? next.reason : "",
				   "bad-signature") != 0)
				return err_take(err, &next);
		}
	return err_take(err, &why);
}

static int key_info_certs(const struct xmldsig *s, STACK_OF(X509) * *ret,
			  struct shvm_err *err)
{
	AUTO(x509_stack_ptr) certs = sk_X509_new_null();

	TRY(err_null(err, certs, "ds:Signature"));
	for (size_t i = 0; i < s->cert_count; i++) {
		AUTO(x509_ptr) cert = NULL;

		TRY(key_cert_decode(s->certs[i].data, s->certs[i].len,
				    "ds:KeyInfo: certificate", &cert, err));
		if (sk_X509_push(certs, cert) <= 0)
			return err_nomem(err, "ds:Signature");
		cert = NULL; /* owned by the stack now */
	}
	*ret = STEAL(certs);
	return SHVM_OK;
}

/* Helpers for a chain: all certificates in the document. */
static int check_signer_trust(const struct shvm_guardian *g,
			      STACK_OF(X509) * info_certs,
			      const struct shvm_trust *trust,
			      struct shvm_err *err)
{
	STACK_OF(X509) *helpers = sk_X509_dup(info_certs); /* borrows */
	bool is_whole = helpers != NULL;
	int r;

	for (int i = 0; i < sk_X509_num(g->others); i++)
		is_whole =
			is_whole &&
			sk_X509_push(helpers, sk_X509_value(g->others, i)) > 0;
	r = is_whole
		    ? guardian_check_trust(g->signing_cert, helpers, trust, err)
		    : err_nomem(err, "guardian");
	sk_X509_free(helpers);
	return r;
}

static int check_all(struct xml_doc *doc, struct shvm_guardian *g,
		     const struct information *info,
		     const struct shvm_trust *trust, struct shvm_err *err)
{
	AUTO(x509_stack_ptr) info_certs = NULL;
	AUTO_DONE(xmldsig) s = { 0 };

	TRY(check_certificates(g, info, err));
	TRY(xmldsig_find(doc, &s, err));
	TRY(key_info_certs(&s, &info_certs, err));
	TRY(check_signer_trust(g, info_certs, trust, err));
	TRY(guardian_check_validity(g->signing_cert, trust, err));
	TRY(guardian_check_validity(g->encryption_cert, trust, err));
	TRY(check_document(&s, g, info_certs, trust, err));
	g->document_method = strdup(s.method);
	return g->document_method ? SHVM_OK : err_nomem(err, "guardian");
}

int shvm_guardian_decode(const uint8_t *xml, size_t len, const char *what,
			 const struct shvm_trust *trust,
			 struct shvm_guardian **ret, struct shvm_err *err)
{
	AUTO_DONE(information) info = { 0 };
	AUTO(guardian_ptr) g = NULL;
	AUTO(xml_ptr) doc = NULL;

	TRY(xml_parse(xml, len, 0, what, &doc, err));
	g = calloc(1, sizeof(*g));
	TRY(err_null(err, g, what));
	g->name = strdup(what);
	TRY(err_null(err, g->name, what));
	TRY(decode_metadata(xml_root(doc), g, &info, err));
	TRY(check_all(doc, g, &info, trust, err));
	buf_add(&g->xml, xml, len);
	TRY(buf_check(&g->xml, what, err));
	TRY(guardian_describe(g, err));
	*ret = STEAL(g);
	return SHVM_OK;
}
