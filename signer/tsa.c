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

static CURLcode set_options(CURL *c, const char *url, const struct buf *request,
			    struct buf *answer, struct curl_slist *headers)
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
	};
	CURLcode code = curl.easy_setopt(c, CURLOPT_URL, url);

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

int tsa_check_url(const char *url, struct shvm_err *err)
{
	if (strncasecmp(url, "http://", 7) != 0 &&
	    strncasecmp(url, "https://", 8) != 0)
		return err_set(err, SHVM_E_ARG,
			       "%s: want an http:// or https:// URL", url);
	return SHVM_OK;
}

int tsa_post(const char *url, const struct buf *request, struct buf *ret,
	     struct shvm_err *err)
{
	AUTO(curl_ptr) c = NULL;
	AUTO(slist_ptr) headers = NULL;
	AUTO_DONE(buf) answer = { 0 };
	CURLcode code;
	int r;

	r = tsa_check_url(url, err);
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
	code = set_options(c, url, request, &answer, headers);
	if (code == CURLE_OK)
		code = curl.easy_perform(c);
	if (answer.failed)
		return err_nomem(err, "timestamp: HTTP");
	if (code != CURLE_OK)
		return err_set(err, SHVM_E_NETWORK, "%s: %s", url,
			       curl.easy_strerror(code));
	r = check_answer(c, url, err);
	if (r < 0)
		return r;
	buf_add(ret, answer.data, answer.len);
	return buf_check(ret, "timestamp: HTTP", err);
}
