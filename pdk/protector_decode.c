/* SPDX-License-Identifier: MIT */
/* Decodes a protector: the container, the text forms and the XML. */
#include "base/be.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/le.h"
#include "base/line.h"
#include "base/match.h"
#include "base/utf16.h"
#include "pdk/protector_internal.h"

#include <stdio.h>
#include <string.h>

static int problem(struct wrapped_key *k, const char *text)
{
	line_put(k->problem, sizeof(k->problem), "%s", text);
	return SHVM_OK;
}

/* The OAEP parameters; sets problem for unsupported ones. */
static int decode_oaep(const struct xml_node *params, struct wrapped_key *k,
		       struct shvm_err *err)
{
	static const char *const attrs[] = { "Algorithm", NULL };
	const char *digest = NULL, *mgf = NULL;
	struct xml_node *n = params ? xml_first(params) : NULL;
	struct shvm_err why = { 0 };

	for (; n; n = xml_next(n)) {
		const char **at = xml_is(n, KPS_XENC11_NS, "MGF") ? &mgf
				  : xml_is(n, KPS_DSIG_NS, "DigestMethod")
					  ? &digest
					  : NULL;

		if (!at || *at || xml_first(n) || !xml_attr(n, "Algorithm")) {
			(void)err_set(&why, SHVM_E_UNSUPPORTED,
				      "parameter %.60s is not understood",
				      xml_name(n));
			return problem(k, why.msg);
		}
		TRY(xml_check_attrs(n, attrs, err));
		*at = xml_attr(n, "Algorithm");
	}
	/* XML-Enc 1.1 5.5.2: SHA-1 is the default. */
	if (algorithm_need(ALGORITHM_DIGEST, digest ? digest : URI_SHA1,
			   "digest", &k->oaep.digest, &why) < 0 ||
	    algorithm_need(ALGORITHM_MGF, mgf ? mgf : URI_MGF1_SHA1,
			   "mask generation", &k->oaep.mgf, &why) < 0)
		return problem(k, why.msg);
	return SHVM_OK;
}

static int decode_transport_key(const struct xml_node *n, struct wrapped_key *k,
				struct shvm_err *err)
{
	static const char *const attrs[] = { "Algorithm", NULL };
	struct xml_seq outer = xml_seq_begin(n);
	const struct algorithm *a = NULL;
	struct shvm_err why = { 0 };
	struct xml_node *data, *params, *value;
	struct xml_seq seq;

	TRY(xml_check_attrs(n, NULL, err));
	TRY(xml_seq_need(&outer, KPS_NS, "EncryptedData", &data, err));
	TRY(xml_check_attrs(data, attrs, err));
	TRY(kps_attr_dup(data, "Algorithm", &k->uri, err));
	seq = xml_seq_begin(data);
	params = xml_seq_maybe(&seq, KPS_NS, "Parameters");
	TRY(params ? xml_check_attrs(params, NULL, err) : SHVM_OK);
	TRY(xml_seq_need(&seq, KPS_NS, "CipherValue", &value, err));
	TRY(kps_base64(value, KPS_VALUE_MAX, &k->value, err));
	TRY(xml_seq_end(&seq, err));
	TRY(xml_seq_end(&outer, err));

	if (algorithm_need(ALGORITHM_WRAP, k->uri, "transport key", &a, &why) <
	    0)
		return problem(k, why.msg);
	return decode_oaep(params, k, err);
}

/* An element that contains only one Signature. */
static int decode_signature_in(const struct xml_node *n,
			       const char *const *attrs, struct signature *ret,
			       struct shvm_err *err)
{
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *sig;

	TRY(xml_check_attrs(n, attrs, err));
	TRY(xml_seq_need(&seq, KPS_NS, "Signature", &sig, err));
	TRY(kps_signature_decode(sig, ret, err));
	return xml_seq_end(&seq, err);
}

static int decode_id(struct xml_seq *seq, uint32_t *ret, struct shvm_err *err)
{
	struct xml_node *n;
	const char *text;

	TRY(xml_seq_need(seq, KPS_NS, "Id", &n, err));
	TRY(xml_check_attrs(n, NULL, err));
	TRY(xml_text(n, &text, err));
	return kps_number(n, text, ret, err);
}

/* The members after the id. */
static int decode_members(struct xml_seq *seq, struct wrapping *w,
			  struct shvm_err *err)
{
	static const char *const parent[] = { "ParentWrappingId", NULL };
	struct xml_node *n;

	TRY(xml_seq_need(seq, KPS_NS, "SigningCertificate", &n, err));
	TRY(kps_cert(n, &w->signing, &w->signing_der, err));
	TRY(xml_seq_need(seq, KPS_NS, "SigningCertificateSignature", &n, err));
	TRY(kps_number_attr(n, "ParentWrappingId", &w->parent, err));
	TRY(decode_signature_in(n, parent, &w->signing_sig, err));
	TRY(xml_seq_need(seq, KPS_NS, "EncryptionCertificate", &n, err));
	TRY(kps_cert(n, &w->encryption, &w->encryption_der, err));
	TRY(xml_seq_need(seq, KPS_NS, "EncryptionCertificateSignature", &n,
			 err));
	TRY(decode_signature_in(n, NULL, &w->encryption_sig, err));
	TRY(xml_seq_need(seq, KPS_NS, "TransportKey", &n, err));
	TRY(decode_transport_key(n, &w->transport, err));
	return xml_seq_end(seq, err);
}

static int decode_wrapping(const struct xml_node *n, struct wrapping *w,
			   struct shvm_err *err)
{
	struct xml_seq seq = xml_seq_begin(n);

	TRY(xml_check_attrs(n, NULL, err));
	TRY(decode_id(&seq, &w->id, err));
	return err_prefix(err, decode_members(&seq, w, err), "wrapping %u",
			  w->id);
}

/* The time for a check with its key, which grows with the square of the size. */
static uint64_t cert_work(const X509 *cert)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	const int bits = key ? EVP_PKEY_get_bits(key) : 0;

	return bits > 0 ? (uint64_t)bits * (uint64_t)bits : 0;
}

/* @sum: of the previous wrappings; that of this one is added */
static int check_work(const struct xml_node *n, const struct wrapping *w,
		      uint64_t *sum, struct shvm_err *err)
{
	*sum += cert_work(w->signing) + cert_work(w->encryption);
	if (*sum <= PROTECTOR_WORK_MAX)
		return SHVM_OK;
	return xml_at(
		n,
		err_set(err, SHVM_E_FORMAT,
			"the keys up to here are more work to check than %d keys of 4096 bits, the limit",
			PROTECTOR_KEYS_MAX),
		err);
}

static int decode_wrappings(const struct xml_node *wrappings,
			    struct shvm_protector **ret, struct shvm_err *err)
{
	AUTO(protector_ptr) p = NULL;
	const struct xml_node *n;
	struct xml_seq seq;
	size_t count = 0;
	uint64_t work = 0;

	TRY(xml_check_attrs(wrappings, NULL, err));
	for (n = xml_first(wrappings); n; n = xml_next(n))
		count++;
	if (count == 0 || count > PROTECTOR_WRAPPINGS_MAX)
		return xml_at(wrappings,
			      err_set(err, SHVM_E_FORMAT,
				      "%zu wrappings, not 1 to %d", count,
				      PROTECTOR_WRAPPINGS_MAX),
			      err);
	TRY(protector_alloc(count, &p, err));

	seq = xml_seq_begin(wrappings);
	for (size_t i = 0; i < count; i++) {
		struct xml_node *w;

		TRY(xml_seq_need(&seq, KPS_NS, "Wrapping", &w, err));
		TRY(decode_wrapping(w, &p->items[i], err));
		TRY(check_work(w, &p->items[i], &work, err));
	}
	TRY(xml_seq_end(&seq, err));
	*ret = STEAL(p);
	return SHVM_OK;
}

static int decode_mac(const struct xml_node *n, struct shvm_protector *p,
		      struct shvm_err *err)
{
	static const char *const attrs[] = { "Algorithm", NULL };
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *kdf, *sig;
	struct xml_seq inner;

	TRY(xml_check_attrs(n, NULL, err));
	TRY(xml_seq_need(&seq, KPS_NS, "KeyDerivationMethod", &kdf, err));
	TRY(xml_check_attrs(kdf, attrs, err));
	TRY(kps_attr_dup(kdf, "Algorithm", &p->kdf_uri, err));
	inner = xml_seq_begin(kdf);
	p->kdf_has_parameters =
		xml_seq_maybe(&inner, KPS_NS, "Parameters") != NULL;
	TRY(xml_seq_end(&inner, err));

	TRY(xml_seq_need(&seq, KPS_NS, "Signature", &sig, err));
	TRY(kps_signature_decode(sig, &p->mac, err));
	return xml_seq_end(&seq, err);
}

static int decode_offline(const struct xml_node *root, struct shvm_protector *p,
			  struct shvm_err *err)
{
	const char *text = xml_attr(root, "MaxOfflineUnwraps");
	uint32_t value;

	if (!text)
		return SHVM_OK;
	TRY(kps_number(root, text, &value, err));
	p->max_offline_unwraps = strdup(text);
	return p->max_offline_unwraps ? SHVM_OK : err_nomem(err, "protector");
}

static int decode_document(struct xml_doc *doc, struct shvm_protector **ret,
			   struct shvm_err *err)
{
	static const char *const root_attrs[] = { "MaxOfflineUnwraps", NULL };
	static const char *const signer[] = { "WrappingId", NULL };
	struct xml_node *root = xml_root(doc), *wrappings, *n;
	struct xml_seq seq = xml_seq_begin(root);
	AUTO(protector_ptr) p = NULL;

	if (!xml_is(root, KPS_NS, "Protector"))
		return xml_at(root,
			      err_set(err, SHVM_E_FORMAT,
				      "in namespace \"%.100s\" is no Protector",
				      xml_ns(root)),
			      err);
	TRY(xml_check_attrs(root, root_attrs, err));
	TRY(xml_seq_need(&seq, KPS_NS, "Wrappings", &wrappings, err));
	TRY(decode_wrappings(wrappings, &p, err));

	TRY(decode_offline(root, p, err));
	TRY(xml_seq_need(&seq, KPS_NS, "TransportKeySignature", &n, err));
	TRY(decode_mac(n, p, err));
	TRY(xml_seq_need(&seq, KPS_NS, "GuardianSignature", &n, err));
	TRY(kps_number_attr(n, "WrappingId", &p->signer, err));
	TRY(decode_signature_in(n, signer, &p->guardian, err));
	TRY(xml_seq_end(&seq, err));
	TRY(xml_c14n(doc, wrappings, &p->canon, err));
	*ret = STEAL(p);
	return SHVM_OK;
}

static int decode_xml(const uint8_t *data, size_t len, const char *what,
		      struct shvm_protector **ret, struct shvm_err *err)
{
	AUTO(protector_ptr) p = NULL;
	AUTO(xml_ptr) doc = NULL;

	TRY(xml_parse(data, len, PROTECTOR_SIZE_MAX, what, &doc, err));
	TRY(decode_document(doc, &p, err));
	buf_add(&p->xml, data, len);
	TRY(buf_check(&p->xml, what, err));
	TRY(protector_describe(p, err));
	*ret = STEAL(p);
	return SHVM_OK;
}

static int decode_container(const uint8_t *data, size_t len, const char *what,
			    struct shvm_protector **ret, struct shvm_err *err)
{
	uint32_t size;

	if (len < 4)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: %zu bytes are no key protector", what, len);
	size = be32_get(data);
	if (size != len && le32_get(data) == len)
		return err_set(
			err, SHVM_E_FORMAT,
			"%s: container: the length is little-endian, it must be big-endian",
			what);
	if (size != len)
		return err_set(
			err, SHVM_E_FORMAT,
			"%s: container: the length says %u, there are %zu bytes",
			what, size, len);
	if (len == 4)
		return err_set(
			err, SHVM_E_FORMAT,
			"%s: container: empty, there is no key protector",
			what);
	return decode_xml(data + 4, len - 4, what, ret, err);
}

/* One decimal byte per line, as PowerShell prints a byte array. */
static int decode_text(const uint8_t *text, size_t len, const char *what,
		       struct shvm_protector **ret, struct shvm_err *err)
{
	AUTO_DONE(buf) bytes = { 0 };
	size_t i = 0;

	while (i < len) {
		unsigned int value = 0, digits = 0;

		if (text_is_blank((char)text[i])) {
			i++;
			continue;
		}
		for (;
		     i < len && digits < 4 && text[i] >= '0' && text[i] <= '9';
		     i++, digits++)
			value = value * 10 + (text[i] - '0');
		if (digits == 0 || digits > 3 || value > 255 ||
		    (i < len && !text_is_blank((char)text[i])))
			return err_set(
				err, SHVM_E_FORMAT,
				"%s: text form: byte %zu is not a number from 0 to 255",
				what, bytes.len);
		buf_add(&bytes, &(uint8_t){ (uint8_t)value }, 1);
	}
	TRY(buf_check(&bytes, what, err));
	return decode_container(bytes.data, bytes.len, what, ret, err);
}

/* Sets the reason for everything that is not a protector. */
static int bad_protector(int r, struct shvm_err *err)
{
	if (r == SHVM_E_FORMAT && err && !err->reason)
		err->reason = "bad-protector";
	return r;
}

int protector_decode_raw(const uint8_t *data, size_t len, const char *what,
			 struct shvm_protector **ret, struct shvm_err *err)
{
	return bad_protector(decode_container(data, len, what, ret, err), err);
}

/* Base64 of the container or of the bare XML. */
static int decode_base64(const uint8_t *text, size_t len, const char *what,
			 struct shvm_protector **ret, struct shvm_err *err)
{
	AUTO_DONE(buf) bytes = { 0 };

	TRY(base64_decode((const char *)text, len, what, &bytes, err));
	return bytes.len > 0 && bytes.data[0] == '<'
		       ? decode_xml(bytes.data, bytes.len, what, ret, err)
		       : decode_container(bytes.data, bytes.len, what, ret,
					  err);
}

static int decode_any(const uint8_t *data, size_t len, const char *what,
		      struct shvm_protector **ret, struct shvm_err *err)
{
	AUTO_DONE(buf) utf8 = { 0 };
	size_t i = 0;

	/* Windows PowerShell writes its text files as UTF-16 with a BOM. */
	if (!utf16_marked_to_utf8(data, len, &utf8, NULL))
		return err_set(err, SHVM_E_FORMAT,
			       "%s: text form: damaged UTF-16", what);
	TRY(buf_check(&utf8, what, err));
	data = utf8.data; /* unchanged without a byte order mark */
	len = utf8.len;
	while (i < len && text_is_blank((char)data[i]))
		i++;
	/* A container starts with a zero byte (its length is below 16 MiB), so
	 * the three forms cannot be confused. */
	if (i < len && data[i] == '<')
		return decode_xml(data, len, what, ret, err);
	if (i < len && data[i] >= '0' && data[i] <= '9')
		return decode_text(data + i, len - i, what, ret, err);
	/* Base64 of a container starts with A, that of XML with P. */
	if (i < len && (data[i] == 'A' || data[i] == 'P'))
		return decode_base64(data + i, len - i, what, ret, err);
	return decode_container(data, len, what, ret, err);
}

int shvm_protector_decode(const uint8_t *data, size_t len, const char *what,
			  struct shvm_protector **ret, struct shvm_err *err)
{
	return bad_protector(decode_any(data, len, what, ret, err), err);
}

int shvm_protector_load(const char *path, struct shvm_protector **ret,
			struct shvm_err *err)
{
	AUTO_DONE(buf) data = { 0 };

	TRY(file_read_all(path, PROTECTOR_FILE_MAX, &data, err));
	return shvm_protector_decode(data.data, data.len, path, ret, err);
}
