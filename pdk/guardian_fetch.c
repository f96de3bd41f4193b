/* SPDX-License-Identifier: MIT */
/*
 * Gets a metadata document over HTTP(S). The document is checked by itself,
 * so plain http: is as good as https: once its signer is trusted.
 */
#include "pdk/guardian.h"

#include "base/xml.h"
#include "signer/late_curl.h"

#include <string.h>
#include <strings.h>

AUTO_DEFINE(curl_ptr, CURL *, curl.easy_cleanup);
AUTO_DEFINE(curlu_ptr, CURLU *, curl.url_cleanup);
AUTO_DEFINE(curl_text_ptr, char *, curl.free);

#define METADATA_PATH "/keyprotection/service/metadata/2014-07/metadata.xml"

enum {
	CONNECT_SECONDS = 15,
	TOTAL_SECONDS = 60
}; /* ours */

struct answer {
	struct buf data;
	bool is_too_large;
};

static size_t take(char *data, size_t size, size_t n, void *ctx)
{
	struct answer *a = ctx;

	if (n > XML_SIZE_MAX - a->data.len) { /* size is always 1 */
		a->is_too_large = true;
		return 0;
	}
	buf_add(&a->data, data, n * size);
	return a->data.failed ? 0 : n;
}

bool guardian_is_url(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 ||
	       strncasecmp(text, "https://", 8) == 0;
}

/* The URL as it will be asked for: with the path when it has none. */
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
	/* A password in a URL would stand in argv and in error texts. */
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

static CURLcode set_options(CURL *c, const char *url, struct answer *a)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS },
		{ CURLOPT_TIMEOUT, TOTAL_SECONDS },
		{ CURLOPT_MAXFILESIZE, XML_SIZE_MAX },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	};
	CURLcode code = curl.easy_setopt(c, CURLOPT_URL, url);

	for (size_t i = 0; i < ARRAY_SIZE(numbers) && code == CURLE_OK; i++)
		code = curl.easy_setopt(c, numbers[i].option, numbers[i].value);
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	/* No proxy from the environment: an HGS is in the fabric's own net. */
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_PROXY, "");
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_USERAGENT, "shvm");
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_WRITEDATA, a);
	return code;
}

/* What a failed transfer means for the one who asked. */
static int transfer_failed(CURLcode code, const struct answer *a,
			   const char *url, struct shvm_err *err)
{
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return err_reason(err, SHVM_E_VERIFY, "tls",
				  "%s: the server's TLS certificate: %s", url,
				  curl.easy_strerror(code));
	case CURLE_OUT_OF_MEMORY:
		return err_nomem(err, url);
	case CURLE_WRITE_ERROR:
		if (a->data.failed)
			return err_nomem(err, url);
		break;
	default:
		break;
	}
	if (a->is_too_large || code == CURLE_FILESIZE_EXCEEDED)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: the answer is larger than %d bytes", url,
			       XML_SIZE_MAX);
	return err_reason(err, SHVM_E_NETWORK, "transfer", "%s: %s", url,
			  curl.easy_strerror(code));
}

static int check_status(CURL *c, const char *url, struct shvm_err *err)
{
	long status = 0;
	char *to = NULL;

	(void)curl.easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		return SHVM_OK;
	if (status >= 300 && status < 400) {
		(void)curl.easy_getinfo(c, CURLINFO_REDIRECT_URL, &to);
		return err_reason(
			err, SHVM_E_IO, "http-status",
			"%s: HTTP status %ld to %.200s: redirects are not followed",
			url, status, to ? to : "nowhere");
	}
	/* RFC 9110: these may pass, the others are somebody's mistake. */
	if (status == 408 || status == 429 || status >= 500)
		return err_reason(err, SHVM_E_NETWORK, "http-status",
				  "%s: HTTP status %ld", url, status);
	return err_reason(err, SHVM_E_IO, "http-status", "%s: HTTP status %ld",
			  url, status);
}

static void answer_done(struct answer *a)
{
	buf_done(&a->data);
}

int guardian_fetch(const char *url, struct buf *ret, struct shvm_err *err)
{
	AUTO(curl_text_ptr) full = NULL;
	AUTO(curl_ptr) c = NULL;
	AUTO_DONE(answer) a = { 0 };
	CURLcode code;
	int r;

	r = curl_load(err);
	if (r < 0)
		return r;

	r = complete_url(url, &full, err);
	if (r < 0)
		return r;
	c = curl.easy_init();
	if (!c)
		return err_nomem(err, url);
	code = set_options(c, full, &a);
	if (code == CURLE_OK)
		code = curl.easy_perform(c);
	if (code != CURLE_OK)
		return transfer_failed(code, &a, full, err);
	r = check_status(c, full, err);
	if (r < 0)
		return r;
	buf_add(ret, a.data.data, a.data.len);
	return buf_check(ret, full, err);
}
