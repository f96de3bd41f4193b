/* SPDX-License-Identifier: MIT */
/* The HTTP exchange with a timestamp authority, by libcurl. */
#include "signer/tsa.h"

#include "signer/late_curl.h"

#include <string.h>
#include <strings.h>

enum {
	ANSWER_MAX = 1 << 20,
	CONNECT_SECONDS = 15,
	TOTAL_SECONDS = 60
}; /* ours */

AUTO_DEFINE(curl_ptr, CURL *, curl.easy_cleanup);
AUTO_DEFINE(slist_ptr, struct curl_slist *, curl.slist_free_all);

static size_t take(char *data, size_t size, size_t n, void *ctx)
{
	struct buf *b = ctx;

	if (n > ANSWER_MAX - b->len) /* size is 1 by libcurl's contract */
		return 0;
	buf_add(b, data, size * n);
	return b->failed ? 0 : size * n;
}

static int look_up(void *ctx, curl_off_t to_get, curl_off_t got,
		   curl_off_t to_send, curl_off_t sent)
{
	const struct tsa *tsa = ctx;

	(void)to_get;
	(void)got;
	(void)to_send;
	(void)sent;
	return tsa->is_stopped ? tsa->is_stopped(tsa->ctx) : 0;
}

/* Whom to trust in https:, and whom to ask whether to go on. */
static CURLcode set_tsa(CURL *c, const struct tsa *tsa)
{
	CURLcode code = curl.easy_setopt(c, CURLOPT_URL, tsa->url);

	if (code == CURLE_OK && tsa->ca_file)
		code = curl.easy_setopt(c, CURLOPT_CAINFO, tsa->ca_file);
	if (code == CURLE_OK && tsa->ca_file) /* and no other one */
		code = curl.easy_setopt(c, CURLOPT_CAPATH, NULL);
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_up);
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_XFERINFODATA, tsa);
	return code;
}

static CURLcode set_options(CURL *c, const struct tsa *tsa,
			    const struct buf *request, struct buf *answer,
			    struct curl_slist *headers)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_POST, 1 },
		{ CURLOPT_POSTFIELDSIZE, (long)request->len },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS },
		{ CURLOPT_TIMEOUT, TOTAL_SECONDS },
		{ CURLOPT_MAXFILESIZE, ANSWER_MAX },
		{ CURLOPT_NOPROGRESS, 0 },
	};
	CURLcode code = set_tsa(c, tsa);

	for (size_t i = 0; i < ARRAY_SIZE(numbers) && code == CURLE_OK; i++)
		code = curl.easy_setopt(c, numbers[i].option, numbers[i].value);
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_POSTFIELDS,
					(const char *)request->data);
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_WRITEDATA, answer);
	return code;
}

static int check_answer(CURL *c, const char *url, struct shvm_err *err)
{
	long status = 0;
	char *type = NULL;

	(void)curl.easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	(void)curl.easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
	if (status != 200)
		return err_set(err, SHVM_E_NETWORK, "%s: HTTP status %ld", url,
			       status);
	if (!type || strncasecmp(type, "application/timestamp-reply",
				 strlen("application/timestamp-reply")) != 0)
		return err_set(err, SHVM_E_NETWORK,
			       "%s: answers with %s, not a timestamp reply",
			       url, type ? type : "no content type");
	return SHVM_OK;
}

static int transfer_failed(CURLcode code, const struct tsa *tsa,
			   const struct buf *answer, struct shvm_err *err)
{
	if (answer->failed || code == CURLE_OUT_OF_MEMORY)
		return err_nomem(err, "timestamp: HTTP");
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return err_set(err, SHVM_E_CANCELLED, "%s: interrupted",
			       tsa->url);
	if (code == CURLE_SSL_CACERT_BADFILE)
		return err_set(err, SHVM_E_FORMAT, "%s: %s",
			       tsa->ca_file ? tsa->ca_file
					    : "the system's CA certificates",
			       curl.easy_strerror(code));
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return err_reason(err, SHVM_E_VERIFY, "tls",
				  "%s: the server's TLS certificate: %s",
				  tsa->url, curl.easy_strerror(code));
	return err_set(err, SHVM_E_NETWORK, "%s: %s", tsa->url,
		       curl.easy_strerror(code));
}

int tsa_check_url(const char *url, struct shvm_err *err)
{
	const size_t scheme = strncasecmp(url, "http://", 7) == 0    ? 7
			      : strncasecmp(url, "https://", 8) == 0 ? 8
								     : 0;
	const size_t host = strcspn(url + scheme, "/?#");

	if (scheme != 0 && memchr(url + scheme, '@', host))
		return err_set(
			err, SHVM_E_ARG,
			"the URL holds a user name or password, which is not allowed");
	if (scheme == 0 || host == 0)
		return err_set(err, SHVM_E_ARG,
			       "\"%s\": want an http:// or https:// URL", url);
	return SHVM_OK;
}

int tsa_post(const struct tsa *tsa, const struct buf *request, struct buf *ret,
	     struct shvm_err *err)
{
	AUTO(curl_ptr) c = NULL;
	AUTO(slist_ptr) headers = NULL;
	AUTO_DONE(buf) answer = { 0 };
	CURLcode code;
	int r;

	r = tsa_check_url(tsa->url, err);
	if (r < 0)
		return r;
	r = curl_load(err);
	if (r < 0)
		return r;

	c = curl.easy_init();
	headers =
		curl.slist_append(NULL,
				  "Content-Type: application/timestamp-query");
	if (!c || !headers)
		return err_nomem(err, "timestamp: HTTP");
	code = set_options(c, tsa, request, &answer, headers);
	if (code == CURLE_OK)
		code = curl.easy_perform(c);
	if (code != CURLE_OK)
		return transfer_failed(code, tsa, &answer, err);
	r = check_answer(c, tsa->url, err);
	if (r < 0)
		return r;
	buf_add(ret, answer.data, answer.len);
	return buf_check(ret, "timestamp: HTTP", err);
}
