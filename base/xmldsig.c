/* SPDX-License-Identifier: MIT */
/* Enveloped XML signatures over a whole document, under a tight profile. */
#include "base/xmldsig.h"

#include "base/encode.h"
#include "base/xml_internal.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <xmlsec/xmlsec.h>

#include <xmlsec/errors.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/xmldsig.h>

AUTO_DEFINE(dsig_ctx_ptr, xmlSecDSigCtxPtr, xmlSecDSigCtxDestroy);
AUTO_DEFINE(sec_key_ptr, xmlSecKeyPtr, xmlSecKeyDestroy);
AUTO_DEFINE(md_ctx_ptr, EVP_MD_CTX *, EVP_MD_CTX_free);

#define DSIG_NS "http://www.w3.org/2000/09/xmldsig#"
#define DSIG_MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define EXC_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define ENVELOPED DSIG_NS "enveloped-signature"
#define RSA_SHA256 DSIG_MORE "rsa-sha256"
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"

static const char *const methods[] = {
	RSA_SHA256,
	DSIG_MORE "rsa-sha384",
	DSIG_MORE "rsa-sha512",
	DSIG_MORE "ecdsa-sha256",
	DSIG_MORE "ecdsa-sha384",
	NULL,
};
static const char *const digests[] = {
	SHA256,
	DSIG_MORE "sha384",
	"http://www.w3.org/2001/04/xmlenc#sha512",
	NULL,
};
static const char *const only_exc_c14n[] = { EXC_C14N, NULL };
static const char *const only_enveloped[] = { ENVELOPED, NULL };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_ready; /* written once, under once */

/* libxmlsec1 has global tables and prints errors by default. */
static void start_xmlsec(void)
{
	xmlSecErrorsSetCallback(NULL);
	is_ready = xmlSecInit() == 0 && xmlSecOpenSSLInit() == 0;
}

void xmldsig_done(struct xmldsig *s)
{
	for (size_t i = 0; i < s->cert_count; i++)
		buf_done(&s->certs[i]);
	*s = (struct xmldsig){ 0 };
}

static int bad(const struct xml_node *n, struct shvm_err *err, const char *text)
{
	return xml_at(n,
		      err_reason(err, SHVM_E_FORMAT, "bad-signature-profile",
				 "%s", text),
		      err);
}

/* The next element: this name, an Algorithm of this list, nothing inside. */
static int take_method(struct xml_seq *seq, const char *name,
		       const char *const *list, const char **ret,
		       struct shvm_err *err)
{
	static const char *const attrs[] = { "Algorithm", NULL };
	struct xml_node *n;
	const char *uri;

	TRY(xml_seq_need(seq, DSIG_NS, name, &n, err));
	TRY(xml_check_attrs(n, attrs, err));
	uri = xml_attr(n, "Algorithm");
	if (!uri)
		return bad(n, err, "the attribute Algorithm is missing");
	while (*list && strcmp(*list, uri) != 0)
		list++;
	if (!*list)
		return xml_at(n,
			      err_reason(err, SHVM_E_UNSUPPORTED,
					 "unknown-algorithm",
					 "algorithm \"%.200s\" is not allowed",
					 uri),
			      err);
	if (xml_first(n))
		return bad(n, err, "has parameters, none are allowed");
	if (ret)
		*ret = *list;
	return SHVM_OK;
}

/* Every attribute with this value that a program may interpret as an ID. */
static size_t count_ids(xmlNodePtr root, const char *value)
{
	size_t count = 0;
	xmlNodePtr n = root;

	while (n) {
		xmlAttrPtr a =
			n->type == XML_ELEMENT_NODE ? n->properties : NULL;

		for (; a; a = a->next)
			if (strcasecmp((const char *)a->name, "id") == 0 &&
			    a->children && a->children->content &&
			    strcmp((const char *)a->children->content, value) ==
				    0)
				count++;
		if (n->type == XML_ELEMENT_NODE && n->children) {
			n = n->children;
			continue;
		}
		while (n != root && !n->next)
			n = n->parent;
		n = n == root ? NULL : n->next;
	}
	return count;
}

/* "" is the whole document; "#x" only when x names the root and no other. */
static int check_uri(struct xml_doc *doc, const struct xml_node *reference,
		     struct shvm_err *err)
{
	const char *uri = xml_attr(reference, "URI");
	xmlNodePtr root = xml_inner(xml_root(doc));
	const char *id = xml_attr(xml_root(doc), "ID");

	if (!uri)
		return bad(reference, err, "the attribute URI is missing");
	if (*uri == '\0')
		return SHVM_OK;
	if (*uri != '#' || !id || strcmp(uri + 1, id) != 0)
		return bad(reference, err,
			   "its URI does not refer to the whole document");
	if (count_ids(root, id) != 1 ||
	    !xmlAddID(NULL, doc->tree, (const xmlChar *)id,
		      xmlHasProp(root, (const xmlChar *)"ID")))
		return bad(reference, err, "its ID appears more than once");
	return SHVM_OK;
}

/* Canonical base64 and no attribute: xmlsec would be lenient. */
static int check_value(const struct xml_node *n, struct shvm_err *err)
{
	AUTO_DONE(buf) value = { 0 };
	const char *text;

	TRY(xml_check_attrs(n, NULL, err));
	TRY(xml_text(n, &text, err));
	return xml_at(n,
		      base64_decode(text, strlen(text), "value", &value, err),
		      err);
}

static int check_reference(struct xml_doc *doc, const struct xml_node *n,
			   struct shvm_err *err)
{
	static const char *const attrs[] = { "Id", "URI", NULL };
	struct xml_seq seq = xml_seq_begin(n), inner;
	struct xml_node *transforms, *value;

	TRY(xml_check_attrs(n, attrs, err));
	TRY(check_uri(doc, n, err));
	TRY(xml_seq_need(&seq, DSIG_NS, "Transforms", &transforms, err));
	TRY(xml_check_attrs(transforms, NULL, err));
	inner = xml_seq_begin(transforms);
	TRY(take_method(&inner, "Transform", only_enveloped, NULL, err));
	TRY(take_method(&inner, "Transform", only_exc_c14n, NULL, err));
	TRY(xml_seq_end(&inner, err));
	TRY(take_method(&seq, "DigestMethod", digests, NULL, err));
	TRY(xml_seq_need(&seq, DSIG_NS, "DigestValue", &value, err));
	TRY(check_value(value, err));
	return xml_seq_end(&seq, err);
}

static int check_signed_info(struct xml_doc *doc, const struct xml_node *n,
			     const char **ret_method, struct shvm_err *err)
{
	static const char *const attrs[] = { "Id", NULL };
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *reference;

	TRY(xml_check_attrs(n, attrs, err));
	TRY(take_method(&seq, "CanonicalizationMethod", only_exc_c14n, NULL,
			err));
	TRY(take_method(&seq, "SignatureMethod", methods, ret_method, err));
	TRY(xml_seq_need(&seq, DSIG_NS, "Reference", &reference, err));
	TRY(check_reference(doc, reference, err));
	return xml_seq_end(&seq, err);
}

/* Certificates only; other content of KeyInfo is not used. */
static int read_key_info(const struct xml_node *info, struct xmldsig *s,
			 struct shvm_err *err)
{
	static const char *const id[] = { "Id", NULL };
	const struct xml_node *data, *n;
	const char *text;
	int r;

	TRY(xml_check_attrs(info, id, err));
	for (data = xml_first(info); data; data = xml_next(data)) {
		if (!xml_is(data, DSIG_NS, "X509Data"))
			continue;
		TRY(xml_check_attrs(data, NULL, err));
		for (n = xml_first(data); n; n = xml_next(n)) {
			struct buf *der;

			if (!xml_is(n, DSIG_NS, "X509Certificate"))
				continue;
			if (s->cert_count == XMLDSIG_CERTS_MAX)
				return bad(n, err, "too many certificates");
			TRY(xml_check_attrs(n, NULL, err));
			TRY(xml_text(n, &text, err));
			der = &s->certs[s->cert_count++];
			r = base64_decode(text, strlen(text), "certificate",
					  der, err);
			if (r < 0)
				return xml_at(n, r, err);
		}
	}
	return SHVM_OK;
}

static int find_node(struct xml_doc *doc, struct xml_node **ret,
		     struct shvm_err *err)
{
	struct xml_node *root = xml_root(doc), *n, *found = NULL;

	for (n = xml_first(root); n; n = xml_next(n)) {
		if (!xml_is(n, DSIG_NS, "Signature"))
			continue;
		if (found)
			return bad(n, err, "is the second signature");
		found = n;
	}
	if (!found)
		return bad(root, err, "has no ds:Signature");
	*ret = found;
	return SHVM_OK;
}

int xmldsig_find(struct xml_doc *doc, struct xmldsig *ret, struct shvm_err *err)
{
	static const char *const attrs[] = { "Id", NULL };
	AUTO_DONE(xmldsig) s = { 0 };
	struct xml_node *info, *value, *key_info;
	struct xml_seq seq;

	TRY(find_node(doc, &s.node, err));
	TRY(xml_check_attrs(s.node, attrs, err));
	seq = xml_seq_begin(s.node);
	TRY(xml_seq_need(&seq, DSIG_NS, "SignedInfo", &info, err));
	TRY(check_signed_info(doc, info, &s.method, err));
	TRY(xml_seq_need(&seq, DSIG_NS, "SignatureValue", &value, err));
	TRY(check_value(value, err));
	key_info = xml_seq_maybe(&seq, DSIG_NS, "KeyInfo");
	if (key_info)
		TRY(read_key_info(key_info, &s, err));
	TRY(xml_seq_end(&seq, err));

	*ret = MOVE(s);
	return SHVM_OK;
}

/*
 * The profile was checked on the same nodes; this is a second line of defence.
 */
static bool allow_profile(xmlSecDSigCtxPtr ctx)
{
	const xmlSecTransformId reference[] = {
		xmlSecTransformEnvelopedId,	xmlSecTransformExclC14NId,
		xmlSecOpenSSLTransformSha256Id, xmlSecOpenSSLTransformSha384Id,
		xmlSecOpenSSLTransformSha512Id,
	};
	const xmlSecTransformId signature[] = {
		xmlSecTransformExclC14NId,
		xmlSecOpenSSLTransformRsaSha256Id,
		xmlSecOpenSSLTransformRsaSha384Id,
		xmlSecOpenSSLTransformRsaSha512Id,
		xmlSecOpenSSLTransformEcdsaSha256Id,
		xmlSecOpenSSLTransformEcdsaSha384Id,
	};

	ctx->enabledReferenceUris = xmlSecTransformUriTypeEmpty |
				    xmlSecTransformUriTypeSameDocument;
	for (size_t i = 0; i < ARRAY_SIZE(reference); i++)
		if (xmlSecDSigCtxEnableReferenceTransform(ctx, reference[i]) <
		    0)
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(signature); i++)
		if (xmlSecDSigCtxEnableSignatureTransform(ctx, signature[i]) <
		    0)
			return false;
	return true;
}

static xmlSecKeyPtr key_of(X509 *cert)
{
	AUTO(sec_key_ptr) key = xmlSecKeyCreate();
	EVP_PKEY *pkey = X509_get_pubkey(cert);
	xmlSecKeyDataPtr data = pkey ? xmlSecOpenSSLEvpKeyAdopt(pkey) : NULL;

	if (!data) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	if (!key || xmlSecKeySetValue(key, data) < 0) {
		xmlSecKeyDataDestroy(data);
		return NULL;
	}
	return STEAL(key);
}

int xmldsig_verify(const struct xmldsig *s, X509 *cert, struct shvm_err *err)
{
	AUTO(dsig_ctx_ptr) ctx = NULL;

	(void)pthread_once(&once, start_xmlsec); /* fails for no valid object */
	if (!is_ready)
		return err_set(err, SHVM_E_CRYPTO,
			       "ds:Signature: libxmlsec1 does not start");
	ctx = xmlSecDSigCtxCreate(NULL);
	if (!ctx || !allow_profile(ctx))
		return err_nomem(err, "ds:Signature");
	ctx->signKey = key_of(cert); /* so KeyInfo is not read at all */
	if (!ctx->signKey)
		return err_set_ossl(err, "ds:Signature: the certificate's key");

	if (xmlSecDSigCtxVerify(ctx, xml_inner(s->node)) < 0 ||
	    ctx->status != xmlSecDSigStatusSucceeded ||
	    xmlSecPtrListGetSize(&ctx->signedInfoReferences) != 1)
		return xml_at(
			s->node,
			err_reason(err, SHVM_E_VERIFY, "bad-signature",
				   "the document's signature does not verify"),
			err);
	return SHVM_OK;
}

static void add_method(struct xml_doc *doc, struct xml_node *parent,
		       const char *name, const char *uri)
{
	xml_set_attr(doc, xml_add(doc, parent, name), "Algorithm", uri);
}

/* SignedInfo with the digest of the document without Signature. */
static struct xml_node *add_signed_info(struct xml_doc *doc,
					struct xml_node *signature,
					const uint8_t *digest, size_t len)
{
	struct xml_node *info = xml_add(doc, signature, "SignedInfo");
	struct xml_node *reference, *transforms;

	add_method(doc, info, "CanonicalizationMethod", EXC_C14N);
	add_method(doc, info, "SignatureMethod", RSA_SHA256);
	reference = xml_add(doc, info, "Reference");
	xml_set_attr(doc, reference, "URI", "");
	transforms = xml_add(doc, reference, "Transforms");
	add_method(doc, transforms, "Transform", ENVELOPED);
	add_method(doc, transforms, "Transform", EXC_C14N);
	add_method(doc, reference, "DigestMethod", SHA256);
	xml_set_base64(doc, xml_add(doc, reference, "DigestValue"), digest,
		       len);
	return info;
}

static int sign_bytes(EVP_PKEY *key, const struct buf *data, struct buf *ret,
		      struct shvm_err *err)
{
	AUTO(md_ctx_ptr) ctx = EVP_MD_CTX_new();
	size_t size = 0;
	uint8_t *p;

	TRY(err_null(err, ctx, "ds:Signature"));
	if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, NULL, &size, data->data, data->len) != 1)
		return err_set_ossl(err, "ds:Signature: the key cannot sign");
	p = buf_grow(ret, size);
	TRY(err_null(err, p, "ds:Signature"));
	if (EVP_DigestSign(ctx, p, &size, data->data, data->len) != 1)
		return err_set_ossl(err, "ds:Signature: the key did not sign");
	ret->len = size;
	return SHVM_OK;
}

static void add_key_info(struct xml_doc *doc, struct xml_node *signature,
			 X509 *cert)
{
	struct xml_node *n = xml_add(doc, signature, "KeyInfo");
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	n = xml_add(doc, xml_add(doc, n, "X509Data"), "X509Certificate");
	xml_set_base64(doc, n, der, len > 0 ? (size_t)len : 0);
	OPENSSL_free(der);
}

int xmldsig_sign(struct xml_doc *doc, EVP_PKEY *key, X509 *cert,
		 struct shvm_err *err)
{
	AUTO_DONE(buf) bytes = { 0 };
	AUTO_DONE(buf) value = { 0 };
	AUTO_DONE(buf) info_bytes = { 0 };
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct xml_node *signature, *info;
	unsigned int len = 0;

	if (!EVP_PKEY_is_a(key, "RSA"))
		return err_set(err, SHVM_E_CRYPTO,
			       "ds:Signature: the signing key is not RSA");
	TRY(xml_c14n(doc, xml_root(doc), &bytes, err));
	if (EVP_Digest(bytes.data, bytes.len, digest, &len, EVP_sha256(),
		       NULL) != 1)
		return err_set_ossl(err, "ds:Signature: digest");

	signature = xml_add_ns(doc, xml_root(doc), DSIG_NS, NULL, "Signature");
	info = add_signed_info(doc, signature, digest, len);
	TRY(err_null(err, info, "ds:Signature"));
	TRY(xml_c14n(doc, info, &info_bytes, err));
	TRY(sign_bytes(key, &info_bytes, &value, err));
	xml_set_base64(doc, xml_add(doc, signature, "SignatureValue"),
		       value.data, value.len);
	add_key_info(doc, signature, cert);
	return SHVM_OK;
}
