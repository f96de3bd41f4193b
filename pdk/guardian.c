/* SPDX-License-Identifier: MIT */
/* Guardians: allocation, keys, and encoding of their document. */
#include "pdk/guardian.h"

#include "base/xmldsig.h"
#include "pdk/kps_xml.h"

#include <string.h>

void shvm_guardian_free(struct shvm_guardian *g)
{
	if (!g)
		return;
	free(g->name);
	X509_free(g->signing_cert);
	X509_free(g->encryption_cert);
	signature_done(&g->encryption_sig);
	EVP_PKEY_free(g->signing_key);
	EVP_PKEY_free(g->encryption_key);
	signature_done(&g->self_sig);
	x509_stack_free(g->others);
	X509_free(g->document_cert);
	free(g->document_method);
	buf_done(&g->xml);
	cert_info_done(&g->info.signing);
	cert_info_done(&g->info.encryption);
	cert_info_done(&g->info.document_signer);
	free(g);
}

int guardian_alloc(const char *name, X509 *signing_cert, X509 *encryption_cert,
		   struct shvm_guardian **ret, struct shvm_err *err)
{
	AUTO(guardian_ptr) g = calloc(1, sizeof(*g));

	TRY(err_null(err, g, "guardian"));
	g->name = strdup(name);
	TRY(err_null(err, g->name, "guardian"));
	(void)X509_up_ref(signing_cert); /* fails for no valid object */
	g->signing_cert = signing_cert;
	(void)X509_up_ref(encryption_cert); /* as above */
	g->encryption_cert = encryption_cert;
	*ret = STEAL(g);
	return SHVM_OK;
}

int guardian_describe(struct shvm_guardian *g, struct shvm_err *err)
{
	struct shvm_guardian_info *i = &g->info;

	TRY(cert_info_init(&i->signing, g->signing_cert, err));
	TRY(cert_info_init(&i->encryption, g->encryption_cert, err));
	if (g->document_cert)
		TRY(cert_info_init(&i->document_signer, g->document_cert, err));
	i->name = g->name;
	i->version = g->version;
	i->other_count = g->others ? (size_t)sk_X509_num(g->others) : 0;
	i->document_method = g->document_method;
	i->has_signing_key = g->signing_key != NULL;
	i->has_encryption_key = g->encryption_key != NULL;
	return SHVM_OK;
}

const struct shvm_guardian_info *shvm_guardian_info(
	const struct shvm_guardian *guardian)
{
	return &guardian->info;
}

const uint8_t *shvm_guardian_xml(const struct shvm_guardian *guardian,
				 size_t *ret_len)
{
	*ret_len = guardian->xml.len;
	return guardian->xml.data;
}

static int load_key(const struct shvm_key_source *source, X509 *cert,
		    const char *what, EVP_PKEY **ret, struct shvm_err *err)
{
	AUTO(pkey_ptr) key = NULL;

	if (!source)
		return SHVM_OK;
	TRY(key_load_private(source, &key, NULL, NULL, err));
	TRY(err_prefix(err, key_check_match(cert, key, err), "%s key", what));
	*ret = STEAL(key);
	return SHVM_OK;
}

int shvm_guardian_set_keys(struct shvm_guardian *g,
			   const struct shvm_key_source *signing,
			   const struct shvm_key_source *encryption,
			   struct shvm_err *err)
{
	AUTO(pkey_ptr) signing_key = NULL;
	AUTO(pkey_ptr) encryption_key = NULL;

	TRY(err_prefix(err,
		       load_key(signing, g->signing_cert, "signing",
				&signing_key, err),
		       "%s", g->name));
	TRY(err_prefix(err,
		       load_key(encryption, g->encryption_cert, "encryption",
				&encryption_key, err),
		       "%s", g->name));

	if (signing_key) {
		EVP_PKEY_free(g->signing_key);
		g->signing_key = STEAL(signing_key);
	}
	if (encryption_key) {
		EVP_PKEY_free(g->encryption_key);
		g->encryption_key = STEAL(encryption_key);
	}
	g->info.has_signing_key = g->signing_key != NULL;
	g->info.has_encryption_key = g->encryption_key != NULL;
	return SHVM_OK;
}

static int add_cert(struct xml_doc *doc, struct xml_node *parent,
		    const char *name, X509 *cert, struct shvm_err *err)
{
	AUTO_DONE(buf) der = { 0 };

	TRY(key_cert_encode(cert, &der, err));
	xml_set_base64(doc, xml_add(doc, parent, name), der.data, der.len);
	return SHVM_OK;
}

static int add_information(const struct shvm_guardian *g, struct xml_doc *doc,
			   struct shvm_err *err)
{
	struct xml_node *info =
		xml_add(doc, xml_root(doc), "GuardianInformation");
	struct xml_node *others;

	kps_set_number(doc, xml_add(doc, info, "Version"), 1);
	TRY(add_cert(doc, info, "EncryptionCertificate", g->encryption_cert,
		     err));
	TRY(add_cert(doc, info, "SigningCertificate", g->signing_cert, err));
	kps_signature_encode(doc, info, "EncryptionCertificateSignature",
			     &g->encryption_sig);
	kps_signature_encode(doc, info, "SigningCertificateSelfSignature",
			     &g->self_sig);
	if (sk_X509_num(g->others) <= 0)
		return SHVM_OK;
	others = xml_add(doc, info, "OtherSigningCertificates");
	for (int i = 0; i < sk_X509_num(g->others); i++)
		TRY(add_cert(doc, others, "Certificate",
			     sk_X509_value(g->others, i), err));
	return SHVM_OK;
}

int guardian_encode(const struct shvm_guardian *g, struct buf *ret,
		    struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;

	if (!g->signing_key)
		return err_reason(
			err, SHVM_E_CRYPTO, "no-owner-key",
			"guardian \"%s\": the private signing key is needed",
			g->name);
	TRY(xml_new(KPS_NS, NULL, "Metadata", &doc, err));
	kps_set_number_attr(doc, xml_root(doc), "Version", 1);
	TRY(add_information(g, doc, err));
	TRY(xmldsig_sign(doc, g->signing_key, g->signing_cert, err));
	return xml_write(doc, false, ret, err);
}
