/* SPDX-License-Identifier: MIT */
/*
 * Fetches a metadata document over HTTP(S). Trust depends on the document alone, so
 * http: is as good as https: if its signer is trusted.
 */
#include "pdk/guardian.h"

#include "base/xml.h"
#include "signer/dynlib_curl.h"
#include "signer/http.h"

#include <string.h>

AUTO_DEFINE(curlu_ptr, CURLU *, curl.url_cleanup);
AUTO_DEFINE(curl_text_ptr, char *, curl.free);

#define METADATA_PATH "/keyprotection/service/metadata/2014-07/metadata.xml"

bool guardian_is_url(const char *text)
{
	return http_scheme_length(text) > 0;
}

/* The requested URL: with the default path if it has none. */
static int complete_url(const char *url, char **ret, struct shvm_err *err)
{
	AUTO(curlu_ptr) u = curl.url();
	AUTO(curl_text_ptr) path = NULL;
	AUTO(curl_text_ptr) query = NULL;
	CURLUcode code;

	if (!u)
		return err_nomem(err, url);
	if (!guardian_is_url(url))
		return err_set(err, SHVM_E_ARG,
			       "%.200s: only http:// and https:// are fetched",
			       url);
	/* A password in a URL would appear in argv and in messages. */
	code = curl.url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER);
	if (code == CURLUE_USER_NOT_ALLOWED)
		return err_set(
			err, SHVM_E_ARG,
			"the URL holds a user name or password, which is not allowed");
	if (code != CURLUE_OK)
		return err_set(err, SHVM_E_ARG, "%.200s: %s", url,
			       curl.url_strerror(code));
	if (curl.url_get(u, CURLUPART_PATH, &path, 0) != CURLUE_OK)
		return err_nomem(err, url);
	(void)curl.url_get(u, CURLUPART_QUERY, &query, 0); /* may be none */
	if (strcmp(path, "/") == 0 && !query &&
	    curl.url_set(u, CURLUPART_PATH, METADATA_PATH, 0) != CURLUE_OK)
		return err_nomem(err, url);
	(void)curl.url_set(u, CURLUPART_FRAGMENT, NULL, 0); /* never sent */
	return curl.url_get(u, CURLUPART_URL, ret, 0) == CURLUE_OK
		       ? SHVM_OK
		       : err_nomem(err, url);
}

static int check_status(const struct http_answer *a, const char *url,
			struct shvm_err *err)
{
	if (a->status == 200)
		return SHVM_OK;
	if (a->status >= 300 && a->status < 400)
		return err_reason(
			err, SHVM_E_IO, "http-status",
			"%s: HTTP status %ld to %.200s: redirects are not followed",
			url, a->status, a->redirect ? a->redirect : "nowhere");
	/* RFC 9110: these may be temporary, the others are permanent. */
	if (a->status == 408 || a->status == 429 || a->status >= 500)
		return err_reason(err, SHVM_E_NETWORK, "http-status",
				  "%s: HTTP status %ld", url, a->status);
	return err_reason(err, SHVM_E_IO, "http-status", "%s: HTTP status %ld",
			  url, a->status);
}

int guardian_fetch(const char *url, const struct shvm_fetch_params *params,
		   struct buf *ret, struct shvm_err *err)
{
	AUTO(curl_text_ptr) full = NULL;
	AUTO_DONE(http_answer) answer = { 0 };
	struct http http = {
		/* An HGS is in the fabric's own network. */
		.no_proxy = true,
		.limit = XML_SIZE_MAX,
	};

	if (params) {
		http.ca_file = params->tls_ca_file;
		http.progress = params->progress;
		http.progress_ctx = params->progress_ctx;
	}
	TRY(curl_load(err));
	TRY(complete_url(url, &full, err));
	http.url = full;
	TRY(http_exchange(&http, &answer, err));
	TRY(check_status(&answer, full, err));
	buf_add(ret, answer.body.data, answer.body.len);
	return buf_check(ret, full, err);
}
