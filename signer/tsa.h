/* SPDX-License-Identifier: MIT */
/* The HTTP exchange with a timestamp authority (RFC 3161, section 3.4). */
#ifndef SIGNER_TSA_H
#define SIGNER_TSA_H

#include "base/buf.h"

#include <shvm/types.h>

/* An authority, and how to contact it. Start as { 0 }. */
struct tsa {
	const char *url;     /* http:// or https:// */
	const char *ca_file; /* PEM, for https:; NULL: the system's */
	/* Called some times per second, see struct http; NULL: never. */
	shvm_progress_fn progress;
	void *progress_ctx;
};

/*
 * Is it a URL with a host and without a user name or password, which would appear
 * in argv and in messages? SHVM_E_ARG.
 */
int tsa_check_url(const char *url, struct shvm_err *err);

/*
 * POST a TimeStampReq and append the body of the response to ret. Redirects are
 * not followed. SHVM_E_NETWORK; SHVM_E_VERIFY "tls" for a server whose
 * certificate is not trusted; SHVM_E_CANCELLED; SHVM_E_ARG for a bad URL.
 */
int tsa_post(const struct tsa *tsa, const struct buf *request, struct buf *ret,
	     struct shvm_err *err);

#endif
