/* SPDX-License-Identifier: MIT */
/* The HTTP exchange with a timestamp authority (RFC 3161, section 3.4). */
#ifndef SIGNER_TSA_H
#define SIGNER_TSA_H

#include "base/buf.h"

/* http:// or https://, or SHVM_E_ARG. */
int tsa_check_url(const char *url, struct shvm_err *err);

/*
 * POST a TimeStampReq to an http:// or https:// URL and append the body of the
 * answer to ret. Redirects are not followed. SHVM_E_NETWORK, or SHVM_E_ARG for
 * another kind of URL.
 */
int tsa_post(const char *url, const struct buf *request, struct buf *ret,
	     struct shvm_err *err);

#endif
