/* SPDX-License-Identifier: MIT */
/*
 * Bundles of certificates: PKCS#7 messages without content and without signers
 * (.p7b), as exported by Windows. OSSL_STORE does not read them.
 */
#include "base/match.h"
#include "signer/key_store.h"

#include "base/buf.h"
#include "signer/ossl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

/* Adds the certificates of a bundle to the objects, which then own them. */
static int take_certs(const char *path, STACK_OF(X509) * certs,
		      struct key_objects *o, struct shvm_err *err)
{
	X509 *cert;

	if (sk_X509_num(certs) <= 0)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: the PKCS#7 bundle contains no certificates",
			       path);
	if (sk_X509_num(certs) > KEY_CERTS_MAX - sk_X509_num(o->certs))
		return err_set(err, SHVM_E_FORMAT,
			       "%s: more than %d certificates", path,
			       KEY_CERTS_MAX);
	while ((cert = sk_X509_shift(certs)) != NULL)
		if (!key_certs_push(o->certs, cert))
			return err_nomem(err, path);
	o->count++;
	return SHVM_OK;
}

/* DER that is a PKCS#7 or CMS message; SHVM_OK also if it is neither. */
static int take_der(const char *path, const uint8_t *der, size_t len,
		    struct key_objects *o, struct shvm_err *err)
{
	const uint8_t *p = der;
	AUTO(cms_ptr) cms = d2i_CMS_ContentInfo(NULL, &p, (long)len);
	AUTO(x509_stack_ptr) certs = NULL;

	ERR_clear_error();
	if (!cms)
		return SHVM_OK;
	if ((size_t)(p - der) != len)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: %zu bytes after the PKCS#7 bundle", path,
			       len - (size_t)(p - der));
	if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed ||
	    sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)) > 0 ||
	    CMS_is_detached(cms) != 1) {
		ERR_clear_error();
		return err_set(
			err, SHVM_E_FORMAT,
			"%s: is a PKCS#7 message with other content than certificates",
			path);
	}
	certs = CMS_get1_certs(cms);
	ERR_clear_error();
	return take_certs(path, certs, o, err);
}

/*
 * May the block that starts here be a bundle? The certificate services of Windows
 * label a bundle CERTIFICATE.
 */
static bool is_bundle_label(const uint8_t *p, size_t len)
{
	static const char *const labels[] = {
		"-----BEGIN PKCS7-----",
		"-----BEGIN PKCS #7 SIGNED DATA-----",
		"-----BEGIN CMS-----",
		"-----BEGIN CERTIFICATE-----",
	};

	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		if (text_begins(p, len, labels[i]))
			return true;
	return false;
}

/* One PEM block; *ret_good is false for one that cannot be decoded. */
static int take_pem(const char *path, const uint8_t *p, size_t len,
		    struct key_objects *o, bool *ret_good, struct shvm_err *err)
{
	AUTO(bio_ptr) bio = BIO_new_mem_buf(p, (int)len);
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long n = 0;
	int r = SHVM_OK;

	TRY(err_null(err, bio, path));
	*ret_good = PEM_read_bio(bio, &name, &header, &der, &n) == 1;
	ERR_clear_error();
	if (*ret_good && n > 0)
		r = take_der(path, der, (size_t)n, o, err);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	return r;
}

int key_load_bundles(const char *path, const struct buf *data,
		     struct key_objects *o, struct shvm_err *err)
{
	bool good = true;

	if (data->len > 0 && data->data[0] == 0x30)
		return take_der(path, data->data, data->len, o, err);
	/* A block without an end would be read to the end of the file each time. */
	for (size_t i = 0; good && i < data->len; i++) {
		if ((i > 0 && data->data[i - 1] != '\n') ||
		    !is_bundle_label(data->data + i, data->len - i))
			continue;
		TRY(take_pem(path, data->data + i, data->len - i, o, &good,
			     err));
	}
	return SHVM_OK;
}
