/* SPDX-License-Identifier: MIT */
/* Scope cleanup for the objects of OpenSSL that several files here use. */
#ifndef SIGNER_OSSL_H
#define SIGNER_OSSL_H

#include "base/auto.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <stdint.h>

static inline void bio_free(BIO *b)
{
	(void)BIO_free(b); /* a memory BIO needs no flush */
}

static inline void der_free(uint8_t *p)
{
	OPENSSL_free(p);
}

AUTO_DEFINE(bio_ptr, BIO *, bio_free);
AUTO_DEFINE(der_ptr, uint8_t *,
	    der_free); /* allocated by an i2d_*() function */
AUTO_DEFINE(bn_ptr, BIGNUM *, BN_free);
AUTO_DEFINE(cms_ptr, CMS_ContentInfo *, CMS_ContentInfo_free);

#endif
