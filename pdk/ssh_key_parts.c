/* SPDX-License-Identifier: MIT */
/* The numbers of an SSH private key, and whether they are one key: sshd would
 * show the public one and sign with the private one. */
#include "pdk/ssh_key_parts.h"

#include "base/match.h"
#include "signer/key.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <string.h>

#define BAD(err, ...) err_set(err, SHVM_E_FORMAT, "SSH host key: " __VA_ARGS__)

enum {
	ED25519_SIZE = 32,
	RSA_MIN = 2048, /* bits; ours */
	RSA_MAX = 16384
};

AUTO_DEFINE(bn_ptr, BIGNUM *, BN_clear_free);
AUTO_DEFINE(bn_ctx_ptr, BN_CTX *, BN_CTX_free);
AUTO_DEFINE(group_ptr, EC_GROUP *, EC_GROUP_free);
AUTO_DEFINE(point_ptr, EC_POINT *, EC_POINT_clear_free);

bool ssh_take(struct cursor *c, struct view *ret)
{
	struct cursor at = *c;
	uint32_t len;

	if (!cursor_be32(&at, &len) || !cursor_take(&at, len, &ret->data))
		return false;
	ret->len = len;
	*c = at;
	return true;
}

void ssh_add(struct buf *b, const void *data, size_t len)
{
	const uint8_t size[4] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16),
				  (uint8_t)(len >> 8), (uint8_t)len };

	buf_add(b, size, sizeof(size));
	buf_add(b, data, len);
}

/* What the public key must be is built here from the private part's numbers. */
static int compare(const struct buf *built, const struct view *blob,
		   struct shvm_err *err)
{
	TRY(buf_check(built, "SSH host key", err));
	if (built->len != blob->len ||
	    memcmp(built->data, blob->data, blob->len) != 0)
		return BAD(err,
			   "its public key is not that of its private key");
	return SHVM_OK;
}

static int mismatch(struct shvm_err *err)
{
	return BAD(err, "its public key is not that of its private key");
}

static int check_ed25519(struct cursor *c, const struct view *type,
			 struct buf *built, struct shvm_err *err)
{
	AUTO(pkey_ptr) key = NULL;
	uint8_t is[ED25519_SIZE];
	size_t len = sizeof(is);
	struct view public, both;

	(void)type;
	if (!ssh_take(c, &public) || !ssh_take(c, &both) ||
	    public.len != ED25519_SIZE || both.len != (size_t)2 * ED25519_SIZE)
		return BAD(err, "is damaged");
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, both.data,
					   ED25519_SIZE);
	if (!key || EVP_PKEY_get_raw_public_key(key, is, &len) != 1)
		return err_set_ossl(err, "SSH host key");
	if (memcmp(is, public.data, sizeof(is)) != 0 ||
	    memcmp(is, both.data + ED25519_SIZE, sizeof(is)) != 0)
		return mismatch(err);
	ssh_add(built, public.data, public.len);
	return SHVM_OK;
}

static int check_ecdsa(struct cursor *c, const struct view *type,
		       struct buf *built, struct shvm_err *err)
{
	struct view curve, public, private;
	AUTO(group_ptr) group = NULL;
	AUTO(point_ptr) point = NULL;
	AUTO(bn_ptr) d = NULL;
	uint8_t is[256];
	size_t len;
	int nid;

	if (!ssh_take(c, &curve) || !ssh_take(c, &public) ||
	    !ssh_take(c, &private) || curve.len != strlen("nistp256") ||
	    memcmp(curve.data, type->data + type->len - curve.len, curve.len) !=
		    0)
		return BAD(err, "is damaged");
	nid = text_is(curve.data, curve.len, "nistp256") ? NID_X9_62_prime256v1
	      : text_is(curve.data, curve.len, "nistp384") ? NID_secp384r1
							   : NID_secp521r1;
	group = EC_GROUP_new_by_curve_name(nid);
	point = group ? EC_POINT_new(group) : NULL;
	d = private.len <= 67 ? BN_bin2bn(private.data, (int)private.len, NULL)
			      : NULL;
	if (!group || !point)
		return err_set_ossl(err, "SSH host key");
	if (!d || BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0)
		return BAD(err, "is damaged");
	BN_set_flags(d, BN_FLG_CONSTTIME);
	if (EC_POINT_mul(group, point, d, NULL, NULL, NULL) != 1)
		return err_set_ossl(err, "SSH host key");
	len = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
				 is, sizeof(is), NULL);
	if (len == 0 || len != public.len || memcmp(is, public.data, len) != 0)
		return mismatch(err);
	ssh_add(built, curve.data, curve.len);
	ssh_add(built, public.data, public.len);
	return SHVM_OK;
}

/* n, e, d, iqmp, p, q: p * q is n, iqmp undoes q modulo p, and d undoes e modulo
 * p - 1 and q - 1. */
static int check_rsa_numbers(BIGNUM *const v[6], struct shvm_err *err)
{
	AUTO(bn_ctx_ptr) ctx = BN_CTX_secure_new();
	AUTO(bn_ptr) t = BN_secure_new();
	AUTO(bn_ptr) less = BN_secure_new();
	bool good;

	if (!ctx || !t || !less)
		return err_nomem(err, "SSH host key");
	good = BN_num_bits(v[0]) >= RSA_MIN && BN_num_bits(v[0]) <= RSA_MAX &&
	       BN_is_odd(v[1]) && !BN_is_one(v[1]) && BN_num_bits(v[1]) <= 64;
	if (!good)
		return BAD(err,
			   "RSA of %d bits, not %d to %d, or an odd exponent",
			   BN_num_bits(v[0]), RSA_MIN, RSA_MAX);
	good = BN_mul(t, v[4], v[5], ctx) == 1 && BN_cmp(t, v[0]) == 0 &&
	       BN_mod_mul(t, v[3], v[5], v[4], ctx) == 1 && BN_is_one(t);
	for (int i = 4; good && i < 6; i++)
		good = BN_sub(less, v[i], BN_value_one()) == 1 &&
		       !BN_is_zero(less) &&
		       BN_mod_mul(t, v[1], v[2], less, ctx) == 1 &&
		       BN_is_one(t);
	return good ? SHVM_OK : mismatch(err);
}

static int check_rsa(struct cursor *c, const struct view *type,
		     struct buf *built, struct shvm_err *err)
{
	struct view parts[6];
	BIGNUM *v[6] = { 0 };
	bool good = true;
	int r;

	(void)type;
	for (size_t i = 0; good && i < ARRAY_SIZE(parts); i++) {
		good = ssh_take(c, &parts[i]) &&
		       parts[i].len <= RSA_MAX / 8 + 1;
		if (good)
			v[i] = BN_bin2bn(parts[i].data, (int)parts[i].len,
					 BN_secure_new());
		good = good && v[i];
	}
	r = good ? check_rsa_numbers(v, err) : BAD(err, "is damaged");
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		BN_clear_free(v[i]);
	TRY(r);
	/* The public key has them in the other order. */
	ssh_add(built, parts[1].data, parts[1].len);
	ssh_add(built, parts[0].data, parts[0].len);
	return SHVM_OK;
}

int ssh_key_check_parts(struct cursor *c, const struct view *public_blob,
			const char **ret_kind, struct shvm_err *err)
{
	static const struct {
		const char *type, *kind;
		int (*check)(struct cursor *c, const struct view *type,
			     struct buf *built, struct shvm_err *err);
	} types[] = {
		{ "ssh-ed25519", "ed25519", check_ed25519 },
		{ "ecdsa-sha2-nistp256", "ecdsa", check_ecdsa },
		{ "ecdsa-sha2-nistp384", "ecdsa", check_ecdsa },
		{ "ecdsa-sha2-nistp521", "ecdsa", check_ecdsa },
		{ "ssh-rsa", "rsa", check_rsa },
	};
	AUTO_DONE(buf) built = { 0 };
	struct view type;

	if (!ssh_take(c, &type))
		return BAD(err, "is damaged");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!text_is(type.data, type.len, types[i].type))
			continue;
		ssh_add(&built, type.data, type.len);
		TRY(types[i].check(c, &type, &built, err));
		*ret_kind = types[i].kind;
		return compare(&built, public_blob, err);
	}
	return BAD(err, "is not Ed25519, ECDSA or RSA");
}
