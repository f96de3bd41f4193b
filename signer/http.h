/* SPDX-License-Identifier: MIT */
/* One HTTP exchange, with the same rules for all; the only user of libcurl. */
#ifndef SIGNER_HTTP_H
#define SIGNER_HTTP_H

#include "base/buf.h"

#include <shvm/types.h>

/* A request. Start as { 0 }. */
struct http {
	const char *url;	/* http:// or https:// */
	const char *ca_file;	/* PEM, for https:; NULL: the system's */
	bool no_proxy;		/* even if the environment names one */
	const struct buf *post; /* NULL: GET */
	const char *header;	/* "Name: value"; NULL: none further */
	size_t limit;		/* bytes of the response */
	/* Called some times per second; non-zero aborts. NULL: never called.
	 * The numbers are bytes of the response; total is 0 if unknown. */
	shvm_progress_fn progress;
	void *progress_ctx;
};

struct http_answer {
	struct buf body;
	long status;
	char *type;	   /* NULL: none */
	char *redirect;	   /* target of a redirect, or NULL */
	bool is_too_large; /* also set after a failure */
};
void http_answer_done(struct http_answer *a);

/* Length of the "http://" or "https://" in front; 0 for any other text. */
size_t http_scheme_length(const char *url);

/*
 * Redirects are not followed, .netrc is not read, the certificate of a server is
 * always checked, and the exchange takes at most a minute. A response with any
 * status is a success. SHVM_E_NETWORK "transfer"; SHVM_E_VERIFY "tls" for a
 * server whose certificate is not trusted; SHVM_E_FORMAT for a response above the
 * limit and for a ca_file without certificates; SHVM_E_CANCELLED. ret starts as
 * { 0 }.
 */
int http_exchange(const struct http *http, struct http_answer *ret,
		  struct shvm_err *err);

#endif
