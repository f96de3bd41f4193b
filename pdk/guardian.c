/* SPDX-License-Identifier: MIT */
/* Guardians: their life, their keys, and the writing of their document. */
#include "pdk/guardian.h"

#include "base/file.h"
#include "base/xmldsig.h"
#include "pdk/kps_xml.h"

#include <string.h>

void guardian_free(struct guardian *g)
{
	if (!g)
		return;
	free(g->name);
	X509_free(g->signing_cert);
	X509_free(g->encryption_cert);
	buf_done(&g->encryption_signature);
	free(g->encryption_signature_uri);
	EVP_PKEY_free(g->signing_key);
	EVP_PKEY_free(g->encryption_key);
	buf_done(&g->self_signature);
	free(g->self_signature_uri);
	x509_stack_free(g->others);
	X509_free(g->document_cert);
	free(g->document_method);
	buf_done(&g->xml);
	free(g);
}

int guardian_load(const char *path, const struct shvm_guardian_trust *trust,
		  struct guardian **ret, struct shvm_err *err)
{
	AUTO_DONE(buf) xml = { 0 };
	int r;

	r = guardian_is_url(path)
		    ? guardian_fetch(path, trust, &xml, err)
		    : file_read_all(path, XML_SIZE_MAX, &xml, err);
	if (r < 0)
		return r;
	return guardian_decode(xml.data, xml.len, path, trust, ret, err);
}

static int load_key(const struct shvm_key_source *source, X509 *cert,
		    const char *what, EVP_PKEY **ret, struct shvm_err *err)
{
	AUTO(pkey_ptr) key = NULL;
	int r;

	if (!source)
		return SHVM_OK;
	r = key_load_private(source, &key, NULL, NULL, err);
	if (r < 0)
		return r;
	r = key_check_match(cert, key, err);
	if (r < 0)
		return err_prefix(err, r, "%s key", what);
	*ret = STEAL(key);
	return SHVM_OK;
}

int guardian_set_keys(struct guardian *g, const struct shvm_key_source *signing,
		      const struct shvm_key_source *encryption,
		      struct shvm_err *err)
{
	AUTO(pkey_ptr) signing_key = NULL;
	AUTO(pkey_ptr) encryption_key = NULL;
	int r;

	r = load_key(signing, g->signing_cert, "signing", &signing_key, err);
	if (r < 0)
		return err_prefix(err, r, "%s", g->name);
	r = load_key(encryption, g->encryption_cert, "encryption",
		     &encryption_key, err);
	if (r < 0)
		return err_prefix(err, r, "%s", g->name);

	if (signing_key) {
		EVP_PKEY_free(g->signing_key);
		g->signing_key = STEAL(signing_key);
	}
	if (encryption_key) {
		EVP_PKEY_free(g->encryption_key);
		g->encryption_key = STEAL(encryption_key);
	}
	return SHVM_OK;
}

static int add_cert(struct xml_doc *doc, struct xml_node *parent,
		    const char *name, X509 *cert, struct shvm_err *err)
{
	AUTO_DONE(buf) der = { 0 };
	int r = key_cert_encode(cert, &der, err);

	if (r < 0)
		return r;
	xml_set_base64(doc, xml_add(doc, parent, name), der.data, der.len);
	return SHVM_OK;
}

static int add_information(const struct guardian *g, struct xml_doc *doc,
			   struct shvm_err *err)
{
	struct xml_node *info =
		xml_add(doc, xml_root(doc), "GuardianInformation");
	struct xml_node *others;
	int r;

	kps_set_number(doc, xml_add(doc, info, "Version"), 1);
	r = add_cert(doc, info, "EncryptionCertificate", g->encryption_cert,
		     err);
	if (r < 0)
		return r;
	r = add_cert(doc, info, "SigningCertificate", g->signing_cert, err);
	if (r < 0)
		return r;
	kps_signature_encode(
		doc, xml_add(doc, info, "EncryptionCertificateSignature"),
		g->encryption_signature_uri, &g->encryption_signature);
	kps_signature_encode(doc,
			     xml_add(doc, info,
				     "SigningCertificateSelfSignature"),
			     g->self_signature_uri, &g->self_signature);
	if (sk_X509_num(g->others) <= 0)
		return SHVM_OK;
	others = xml_add(doc, info, "OtherSigningCertificates");
	for (int i = 0; i < sk_X509_num(g->others) && r == SHVM_OK; i++)
		r = add_cert(doc, others, "Certificate",
			     sk_X509_value(g->others, i), err);
	return r;
}

int guardian_encode(const struct guardian *g, struct buf *ret,
		    struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;
	int r;

	if (!g->signing_key)
		return err_reason(
			err, SHVM_E_CRYPTO, "no-owner-key",
			"guardian \"%s\": the private signing key is needed",
			g->name);
	r = xml_new(KPS_NS, NULL, "Metadata", &doc, err);
	if (r < 0)
		return r;
	kps_set_number_attr(doc, xml_root(doc), "Version", 1);
	r = add_information(g, doc, err);
	if (r < 0)
		return r;
	r = xmldsig_sign(doc, g->signing_key, g->signing_cert, err);
	if (r < 0)
		return r;
	return xml_write(doc, false, ret, err);
}
