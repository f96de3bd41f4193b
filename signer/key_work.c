/* SPDX-License-Identifier: MIT */
/*
 * The cost of trying a passphrase on a key file. The file states how many times to
 * hash before anything in it can be authenticated, so the sum is limited. OpenSSL
 * processes the whole file, so everything in it must be counted: a file consists
 * of PEM blocks that can all be decoded, or of exactly one object.
 */
#include "signer/key_store.h"

#include "base/buf.h"
#include "signer/ossl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

enum {
	NESTING_MAX = 8, /* nested safe contents; our limit */
	TOO_MUCH = KEY_ITERATIONS_MAX + 1
};

/* Saturates: a sum over the limit stays over it. */
static void add(uint64_t *sum, const ASN1_INTEGER *n)
{
	uint64_t value;

	if (!n || ASN1_INTEGER_get_uint64(&value, n) != 1 ||
	    value > KEY_ITERATIONS_MAX)
		value = TOO_MUCH;
	*sum = *sum + value > TOO_MUCH ? TOO_MUCH : *sum + value;
}

/* RFC 7914: the cost is N times r times p. */
static void add_scrypt(uint64_t *sum, const SCRYPT_PARAMS *p)
{
	const ASN1_INTEGER *factors[] = { p->costParameter, p->blockSize,
					  p->parallelizationParameter };
	uint64_t cost = 1;

	for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
		uint64_t n;

		if (ASN1_INTEGER_get_uint64(&n, factors[i]) != 1 ||
		    n > KEY_ITERATIONS_MAX || n * cost > KEY_ITERATIONS_MAX)
			cost = TOO_MUCH;
		else
			cost *= n;
	}
	*sum = *sum + cost > TOO_MUCH ? TOO_MUCH : *sum + cost;
}

/* Data that cannot be decoded is refused before it is used. */
static void add_pbes2(uint64_t *sum, const ASN1_TYPE *params)
{
	PBE2PARAM *p =
		ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), params);
	const int nid = p ? OBJ_obj2nid(p->keyfunc->algorithm) : NID_undef;

	if (nid == NID_id_pbkdf2) {
		PBKDF2PARAM *k =
			ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
						  p->keyfunc->parameter);

		if (k)
			add(sum, k->iter);
		PBKDF2PARAM_free(k);
	} else if (nid == NID_id_scrypt) {
		SCRYPT_PARAMS *k =
			ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS),
						  p->keyfunc->parameter);

		if (k)
			add_scrypt(sum, k);
		SCRYPT_PARAMS_free(k);
	}
	PBE2PARAM_free(p);
}

static void add_algorithm(uint64_t *sum, const X509_ALGOR *a)
{
	PBEPARAM *p;

	if (!a || !a->parameter)
		return;
	if (OBJ_obj2nid(a->algorithm) == NID_pbes2) {
		add_pbes2(sum, a->parameter);
		return;
	}
	p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), a->parameter);
	if (p)
		add(sum, p->iter);
	PBEPARAM_free(p);
}

static void add_shrouded(uint64_t *sum, const X509_SIG *sig)
{
	const X509_ALGOR *a = NULL;

	if (sig)
		X509_SIG_get0(sig, &a, NULL);
	add_algorithm(sum, a);
}

static void add_bags(uint64_t *sum, const STACK_OF(PKCS12_SAFEBAG) * bags,
		     unsigned int depth)
{
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		const int nid = PKCS12_SAFEBAG_get_nid(bag);

		if (nid == NID_pkcs8ShroudedKeyBag)
			add_shrouded(sum, PKCS12_SAFEBAG_get0_pkcs8(bag));
		else if (nid == NID_safeContentsBag && depth >= NESTING_MAX)
			*sum = TOO_MUCH;
		else if (nid == NID_safeContentsBag)
			add_bags(sum, PKCS12_SAFEBAG_get0_safes(bag),
				 depth + 1);
	}
}

static void add_safe(uint64_t *sum, PKCS7 *safe)
{
	STACK_OF(PKCS12_SAFEBAG) * bags;

	if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted &&
	    safe->d.encrypted->enc_data) {
		add_algorithm(sum, safe->d.encrypted->enc_data->algorithm);
	} else if (PKCS7_type_is_data(safe)) {
		bags = PKCS12_unpack_p7data(safe);
		add_bags(sum, bags, 0);
		sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	}
}

static void add_pkcs12(uint64_t *sum, PKCS12 *p12)
{
	STACK_OF(PKCS7) * safes;
	const ASN1_INTEGER *iterations = NULL;

	if (PKCS12_mac_present(p12))
		PKCS12_get0_mac(NULL, NULL, NULL, &iterations, p12);
	if (iterations) /* default: one */
		add(sum, iterations);
	safes = PKCS12_unpack_authsafes(p12);
	for (int i = 0; i < sk_PKCS7_num(safes); i++)
		add_safe(sum, sk_PKCS7_value(safes, i));
	sk_PKCS7_pop_free(safes, PKCS7_free);
}

static void add_der(uint64_t *sum, const uint8_t *data, long len)
{
	const uint8_t *p = data;
	PKCS12 *p12 = d2i_PKCS12(NULL, &p, len);
	X509_SIG *sig = NULL;

	if (p12) {
		add_pkcs12(sum, p12);
	} else {
		p = data;
		sig = d2i_X509_SIG(NULL, &p, len);
		add_shrouded(sum, sig);
	}
	X509_SIG_free(sig);
	PKCS12_free(p12);
}

/* The first block that cannot be decoded, from 1; 0: none. */
static size_t add_pem(uint64_t *sum, const struct buf *file, size_t blocks)
{
	AUTO(bio_ptr) bio = BIO_new_mem_buf(file->data, (int)file->len);
	char *name, *header;
	uint8_t *data;
	long len;

	for (size_t i = 1; i <= blocks; i++) {
		if (!bio || PEM_read_bio(bio, &name, &header, &data, &len) != 1)
			return i;
		/* The label does not matter: OpenSSL detects the type by content. */
		add_der(sum, data, len);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(data, (size_t)len);
	}
	return 0;
}

/* The end of an object; one of indefinite length ends in two zeros. */
static const uint8_t *object_end(const uint8_t *p, const uint8_t *end)
{
	size_t open = 0;

	do {
		int tag, class, head;
		long len;

		if (open > 0 && end - p >= 2 && p[0] == 0 && p[1] == 0) {
			p += 2;
			open--;
			continue;
		}
		head = ASN1_get_object(&p, &len, &tag, &class, end - p);
		if (head & 0x80)
			return NULL;
		if (head & 1)
			open++;
		else
			p += len;
	} while (open > 0);
	return p;
}

static int check_blocks(const char *path, const struct buf *file, size_t blocks,
			uint64_t *sum, struct shvm_err *err)
{
	const size_t bad = add_pem(sum, file, blocks);

	return bad ? err_set(err, SHVM_E_FORMAT,
			     "%s: PEM block %zu of %zu cannot be read", path,
			     bad, blocks)
		   : SHVM_OK;
}

static int check_object(const char *path, const struct buf *file, uint64_t *sum,
			struct shvm_err *err)
{
	const uint8_t *const end = file->data + file->len;
	const uint8_t *p = NULL;

	if (file->len > 0 && file->data[0] == 0x30)
		p = object_end(file->data, end);
	if (!p)
		return key_err_nothing(path, err);
	if (p != end)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: %zu bytes after the key or certificate",
			       path, (size_t)(end - p));
	add_der(sum, file->data, (long)file->len);
	return SHVM_OK;
}

int key_check_work(const char *path, const struct buf *file, size_t blocks,
		   struct shvm_err *err)
{
	uint64_t sum = 0;
	const int r = blocks ? check_blocks(path, file, blocks, &sum, err)
			     : check_object(path, file, &sum, err);

	ERR_clear_error();
	if (r < 0 || sum <= KEY_ITERATIONS_MAX)
		return r;
	return err_reason(
		err, SHVM_E_UNSUPPORTED, "too-slow",
		"%s: its encryption requires more hash iterations than the limit of %d",
		path, KEY_ITERATIONS_MAX);
}
