/* SPDX-License-Identifier: MIT */
/* The HTTP exchange with a timestamp authority. */
#include "signer/tsa.h"

#include "signer/http.h"

#include <string.h>
#include <strings.h>

enum {
	ANSWER_MAX = 1 << 20
}; /* ours */

static int check_answer(const struct http_answer *a, const char *url,
			struct shvm_err *err)
{
	if (a->status != 200)
		return err_set(err, SHVM_E_NETWORK, "%s: HTTP status %ld", url,
			       a->status);
	if (!a->type || strncasecmp(a->type, "application/timestamp-reply",
				    strlen("application/timestamp-reply")) != 0)
		return err_set(err, SHVM_E_NETWORK,
			       "%s: the response is %s, not a timestamp reply",
			       url, a->type ? a->type : "no content type");
	return SHVM_OK;
}

int tsa_check_url(const char *url, struct shvm_err *err)
{
	const size_t scheme = http_scheme_length(url);
	const size_t host = strcspn(url + scheme, "/?#");

	if (scheme != 0 && memchr(url + scheme, '@', host))
		return err_set(
			err, SHVM_E_ARG,
			"the URL contains a user name or password, which is not allowed");
	if (scheme == 0 || host == 0)
		return err_set(err, SHVM_E_ARG,
			       "\"%s\": not an http:// or https:// URL", url);
	return SHVM_OK;
}

int tsa_post(const struct tsa *tsa, const struct buf *request, struct buf *ret,
	     struct shvm_err *err)
{
	const struct http http = {
		.url = tsa->url,
		.ca_file = tsa->ca_file,
		.post = request,
		.header = "Content-Type: application/timestamp-query",
		.limit = ANSWER_MAX,
		.progress = tsa->progress,
		.progress_ctx = tsa->progress_ctx,
	};
	AUTO_DONE(http_answer) answer = { 0 };
	int r;

	TRY(tsa_check_url(tsa->url, err));
	r = http_exchange(&http, &answer, err);
	/* No timestamp is that large: another server responds, perhaps temporarily. */
	if (r < 0 && answer.is_too_large)
		return err_set(err, SHVM_E_NETWORK,
			       "%s: the response is larger than %d bytes",
			       tsa->url, ANSWER_MAX);
	if (r < 0)
		return r;
	TRY(check_answer(&answer, tsa->url, err));
	buf_add(ret, answer.body.data, answer.body.len);
	return buf_check(ret, "timestamp: HTTP", err);
}
