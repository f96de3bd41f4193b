/* SPDX-License-Identifier: MIT */
/* Certificates: decoding and encoding, allowed use, description. */
#include "signer/key.h"

#include "base/buf.h"
#include "base/encode.h"
#include "signer/ossl.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

AUTO_DEFINE(md_ctx_ptr, EVP_MD_CTX *, EVP_MD_CTX_free);
AUTO_DEFINE(eku_ptr, EXTENDED_KEY_USAGE *, EXTENDED_KEY_USAGE_free);
AUTO_DEFINE(object_ptr, ASN1_OBJECT *, ASN1_OBJECT_free);

int key_cert_decode(const uint8_t *der, size_t len, const char *what,
		    X509 **ret, struct shvm_err *err)
{
	AUTO(x509_ptr) cert = NULL;
	const uint8_t *p = der;

	if (len > KEY_FILE_MAX)
		return err_set(
			err, SHVM_E_FORMAT,
			"%s: the certificate has %zu bytes, the limit is %d",
			what, len, KEY_FILE_MAX);

	cert = d2i_X509(NULL, &p, (long)len);
	if (!cert) {
		(void)err_set_ossl(err, "%s: not a DER certificate", what);
		if (err && err->code == SHVM_E_CRYPTO)
			err->code = SHVM_E_FORMAT;
		return err ? err->code : SHVM_E_FORMAT;
	}
	if ((size_t)(p - der) != len)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: %zu bytes after the certificate", what,
			       len - (size_t)(p - der));

	*ret = STEAL(cert);
	return SHVM_OK;
}

int key_cert_encode(X509 *cert, struct buf *ret, struct shvm_err *err)
{
	AUTO(der_ptr) der = NULL;
	int n = i2d_X509(cert, &der);

	if (n < 0)
		return err_set_ossl(err, "certificate: encoding");

	buf_add(ret, der, (size_t)n);
	return buf_check(ret, "certificate", err);
}

bool key_cert_equal(const X509 *a, const X509 *b)
{
	AUTO(der_ptr) der_a = NULL;
	AUTO(der_ptr) der_b = NULL;
	int len_a = i2d_X509(a, &der_a), len_b = i2d_X509(b, &der_b);

	ERR_clear_error();
	return len_a > 0 && len_a == len_b &&
	       memcmp(der_a, der_b, (size_t)len_a) == 0;
}

const EVP_MD *key_digest(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) > 256
		       ? EVP_sha384()
		       : EVP_sha256();
}

bool key_time(const ASN1_TIME *t, int64_t *ret)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1) {
		ERR_clear_error();
		return false;
	}
	*ret = timegm(&tm);
	return true;
}

/* UTF-8, escaped per RFC 2253 except for non-ASCII characters. */
static int name_text(const X509_NAME *name, const char **ret,
		     struct shvm_err *err)
{
	AUTO(bio_ptr) bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long len;

	if (!bio ||
	    X509_NAME_print_ex(bio, name, 0,
			       XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
		return err_set_ossl(err, "certificate: name");

	len = BIO_get_mem_data(bio, &data);
	text = strndup(data ? data : "", len > 0 ? (size_t)len : 0);
	TRY(err_null(err, text, "certificate: name"));
	*ret = text;
	return SHVM_OK;
}

static int serial_text(X509 *cert, const char **ret, struct shvm_err *err)
{
	AUTO(bn_ptr)
	bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = bn ? BN_bn2hex(bn) : NULL, *text;

	if (!hex)
		return err_set_ossl(err, "certificate: serial number");

	text = strdup(hex);
	OPENSSL_free(hex);
	TRY(err_null(err, text, "certificate: serial number"));
	for (char *p = text; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'F' ? *p - 'A' + 'a' : *p);
	*ret = text;
	return SHVM_OK;
}

static int digest_text(X509 *cert, const char **ret, struct shvm_err *err)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	char *text = malloc(2 * 32 + 1);

	TRY(err_null(err, text, "certificate: digest"));
	*ret = text;
	if (X509_digest(cert, EVP_sha256(), digest, &len) != 1)
		return err_set_ossl(err, "certificate: digest");
	hex_format(digest, 32, text);
	return SHVM_OK;
}

int cert_info_init(struct shvm_cert_info *ret, X509 *cert, struct shvm_err *err)
{
	AUTO_CERT_INFO t = { 0 };

	TRY(name_text(X509_get_subject_name(cert), &t.subject, err));
	TRY(name_text(X509_get_issuer_name(cert), &t.issuer, err));
	TRY(serial_text(cert, &t.serial, err));
	TRY(digest_text(cert, &t.sha256, err));
	if (!key_time(X509_get0_notBefore(cert), &t.not_before) ||
	    !key_time(X509_get0_notAfter(cert), &t.not_after))
		return err_set(err, SHVM_E_FORMAT,
			       "certificate %s: its validity is malformed",
			       t.subject);

	*ret = MOVE(t);
	return SHVM_OK;
}

void cert_info_done(struct shvm_cert_info *info)
{
	const char *const texts[] = { info->subject, info->issuer, info->serial,
				      info->sha256 };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free((void *)(uintptr_t)texts[i]);
	*info = (struct shvm_cert_info){ 0 };
}

int key_check_match(X509 *cert, EVP_PKEY *key, struct shvm_err *err)
{
	AUTO_CERT_INFO text = { 0 };
	const EVP_PKEY *public = X509_get0_pubkey(cert);
	int r = public ? EVP_PKEY_eq(public, key) : -1;

	ERR_clear_error();
	if (r == 1)
		return SHVM_OK;

	TRY(cert_info_init(&text, cert, err));
	return err_reason(err, SHVM_E_CRYPTO, "key-mismatch",
			  "the private key does not belong to certificate %s",
			  text.subject);
}

/* Uses only public functions, so that it works with keys in tokens. */
int key_check_signs(X509 *cert, EVP_PKEY *key, struct shvm_err *err)
{
	static const uint8_t text[] = "shvm: does this key sign?";
	AUTO(md_ctx_ptr) ctx = EVP_MD_CTX_new();
	AUTO(md_ctx_ptr) check = EVP_MD_CTX_new();
	AUTOFREE uint8_t *signature = NULL;
	const EVP_MD *md = key_digest(key);
	size_t len = 0;

	if (!ctx || !check)
		return err_nomem(err, "private key");
	if (EVP_DigestSignInit(ctx, NULL, md, NULL, key) != 1 ||
	    EVP_DigestSign(ctx, NULL, &len, text, sizeof(text)) != 1)
		return key_err_ossl(err, "private key: cannot sign");

	signature = malloc(len);
	TRY(err_null(err, signature, "private key"));
	if (EVP_DigestSign(ctx, signature, &len, text, sizeof(text)) != 1)
		return key_err_ossl(err, "private key: cannot sign");
	if (EVP_DigestVerifyInit(check, NULL, md, NULL,
				 X509_get0_pubkey(cert)) != 1 ||
	    EVP_DigestVerify(check, signature, len, text, sizeof(text)) != 1) {
		ERR_clear_error();
		return err_reason(
			err, SHVM_E_CRYPTO, "key-mismatch",
			"private key: its signature cannot be verified with the certificate");
	}
	return SHVM_OK;
}

static bool is_allowed_curve(const EVP_PKEY *key)
{
	char curve[64];
	size_t len;

	if (EVP_PKEY_get_group_name(key, curve, sizeof(curve), &len) != 1)
		return false;
	return strcmp(curve, "prime256v1") == 0 ||
	       strcmp(curve, "P-256") == 0 || strcmp(curve, "secp384r1") == 0 ||
	       strcmp(curve, "P-384") == 0;
}

/* NULL: valid. SP 800-56B, section 6.4.2.2, without the test for primes. */
static const char *rsa_fault(const BIGNUM *n, const BIGNUM *e)
{
	const BN_ULONG exponent = BN_get_word(e); /* all ones when too large */
	const BN_ULONG factor_end = 752;

	if (!BN_is_odd(e) || exponent < 65537 || exponent > UINT32_MAX)
		return "its exponent is not an odd number from 65537 to 4294967295";
	if (!BN_is_odd(n))
		return "its modulus is even";
	/* Divided by products of as many primes as fit into a word. */
	for (BN_ULONG first = 3, d = first; first < factor_end; first = d) {
		BN_ULONG product = 1, rest;

		for (; d < factor_end && product < (BN_ULONG)-1 / factor_end;
		     d += 2)
			product *= d;
		rest = BN_mod_word(n, product);
		for (; first < d; first += 2)
			if (rest % first == 0)
				return "its modulus has a small factor";
	}
	return NULL;
}

int key_check_rsa(const EVP_PKEY *key, const char *what, struct shvm_err *err)
{
	const int bits = EVP_PKEY_get_bits(key);
	AUTO(bn_ptr) n = NULL;
	AUTO(bn_ptr) e = NULL;
	const char *fault;

	if (bits < KEY_RSA_BITS_MIN || bits > KEY_RSA_BITS_MAX)
		return err_reason(err, SHVM_E_CRYPTO, "weak-key",
				  "%s: the RSA key has %d bits, not %d to %d",
				  what, bits, KEY_RSA_BITS_MIN,
				  KEY_RSA_BITS_MAX);
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		return err_set_ossl(err, "%s: RSA key", what);
	fault = rsa_fault(n, e);
	if (fault)
		return err_reason(err, SHVM_E_CRYPTO, "weak-key",
				  "%s: RSA key: %s", what, fault);
	return SHVM_OK;
}

static int check_strength(X509 *cert, const char *subject, struct shvm_err *err)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	const char *type;

	if (!key) {
		ERR_clear_error();
		return err_reason(
			err, SHVM_E_CRYPTO, "key-type",
			"certificate %s: its public key is of an unknown type",
			subject);
	}
	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
		char what[300];

		(void)snprintf(what, sizeof(what), "certificate %s", subject);
		return key_check_rsa(key, what, err);
	}
	if (EVP_PKEY_is_a(key, "EC") && is_allowed_curve(key))
		return SHVM_OK;

	type = EVP_PKEY_get0_type_name(key);
	ERR_clear_error();
	return err_reason(
		err, SHVM_E_CRYPTO, "key-type",
		"certificate %s: a %s key of %d bits is not allowed, only RSA and ECDSA on P-256 or P-384",
		subject, type ? type : "unknown", EVP_PKEY_get_bits(key));
}

static int check_validity(const struct shvm_cert_info *text, time_t at,
			  struct shvm_err *err)
{
	const int64_t when = at ? at : time(NULL);
	char day[32];
	struct tm tm;
	time_t limit;

	if (when >= text->not_before && when <= text->not_after)
		return SHVM_OK;

	limit = when > text->not_after ? text->not_after : text->not_before;
	if (!gmtime_r(&limit, &tm) ||
	    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)strcpy(day, "?");
	if (when > text->not_after)
		return err_reason(err, SHVM_E_CRYPTO, "expired",
				  "certificate %s: expired at %s",
				  text->subject, day);
	return err_reason(err, SHVM_E_CRYPTO, "not-yet-valid",
			  "certificate %s: not valid before %s", text->subject,
			  day);
}

static int check_usage(X509 *cert, uint32_t bits, const char *name,
		       const char *subject, struct shvm_err *err)
{
	/* Also decodes the extensions; a malformed one makes the certificate invalid. */
	const uint32_t flags = X509_get_extension_flags(cert);

	ERR_clear_error();
	if (flags & EXFLAG_INVALID)
		return err_reason(err, SHVM_E_CRYPTO, "key-usage",
				  "certificate %s: an extension is malformed",
				  subject);
	if (!(flags & EXFLAG_KUSAGE) ||
	    (X509_get_key_usage(cert) & bits) == bits)
		return SHVM_OK;
	return err_reason(err, SHVM_E_CRYPTO, "key-usage",
			  "certificate %s: its key usage does not include %s",
			  subject, name);
}

int key_check_validity(X509 *cert, time_t at, struct shvm_err *err)
{
	AUTO_CERT_INFO text = { 0 };

	TRY(cert_info_init(&text, cert, err));
	return check_validity(&text, at, err);
}

int key_check_strength(X509 *cert, struct shvm_err *err)
{
	AUTO_CERT_INFO text = { 0 };

	TRY(cert_info_init(&text, cert, err));
	return check_strength(cert, text.subject, err);
}

int key_check_usage(X509 *cert, uint32_t bits, const char *name,
		    struct shvm_err *err)
{
	AUTO_CERT_INFO text = { 0 };

	TRY(cert_info_init(&text, cert, err));
	return check_usage(cert, bits, name, text.subject, err);
}

static int parse_oid(const char *eku, ASN1_OBJECT **ret, struct shvm_err *err)
{
	*ret = eku ? OBJ_txt2obj(eku, 1) : NULL;
	if (!eku || *ret)
		return SHVM_OK;
	ERR_clear_error();
	return err_set(err, SHVM_E_ARG,
		       "extended key usage \"%.100s\" is not an OID like "
		       "1.3.6.1.5.5.7.3.3",
		       eku);
}

int key_check_oid(const char *eku, struct shvm_err *err)
{
	AUTO(object_ptr) want = NULL;

	return parse_oid(eku, &want, err);
}

int key_check_eku(X509 *cert, const char *eku, struct shvm_err *err)
{
	AUTO(eku_ptr) list = NULL;
	AUTO(object_ptr) want = NULL;
	AUTO_CERT_INFO text = { 0 };
	int critical = -1;

	TRY(parse_oid(eku, &want, err));
	list = X509_get_ext_d2i(cert, NID_ext_key_usage, &critical, NULL);
	ERR_clear_error();
	if (!list && critical == -1 && !eku)
		return SHVM_OK; /* there is none */
	for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
		const ASN1_OBJECT *o = sk_ASN1_OBJECT_value(list, i);
		const int nid = OBJ_obj2nid(o);

		if (want ? OBJ_cmp(o, want) == 0
			 : nid == NID_code_sign ||
				    nid == NID_anyExtendedKeyUsage)
			return SHVM_OK;
	}
	TRY(cert_info_init(&text, cert, err));
	return err_reason(
		err, SHVM_E_CRYPTO, "key-usage",
		"certificate %s: its extended key usage does not include %s",
		text.subject, eku ? eku : "codeSigning");
}

int key_check_signer(X509 *cert, time_t at, struct shvm_err *err)
{
	TRY(key_check_strength(cert, err));
	TRY(key_check_usage(cert, KU_DIGITAL_SIGNATURE, "digitalSignature",
			    err));
	return key_check_validity(cert, at, err);
}
