/* SPDX-License-Identifier: MIT */
/* One HTTP exchange, with the same rules for all; the only user of libcurl. */
#include "signer/http.h"

#include "signer/dynlib_curl.h"
#include "signer/key.h"
#include "signer/ossl.h"

#include <openssl/pem.h>
#include <string.h>
#include <strings.h>

enum {
	CONNECT_SECONDS = 15,
	TOTAL_SECONDS = 60
}; /* ours */

AUTO_DEFINE(curl_ptr, CURL *, curl.easy_cleanup);
AUTO_DEFINE(slist_ptr, struct curl_slist *, curl.slist_free_all);

/* The data of the callbacks. */
struct exchange {
	const struct http *http;
	struct http_answer *answer;
	const struct buf *ca; /* PEM; empty without a ca_file */
};

static size_t take(char *data, size_t size, size_t n, void *ctx)
{
	const struct exchange *x = ctx;
	struct buf *body = &x->answer->body;

	if (n > x->http->limit - body->len) { /* size is always 1 */
		x->answer->is_too_large = true;
		return 0;
	}
	buf_add(body, data, size * n);
	return body->failed ? 0 : size * n;
}

static int look_up(void *ctx, curl_off_t to_get, curl_off_t got,
		   curl_off_t to_send, curl_off_t sent)
{
	const struct exchange *x = ctx;

	(void)to_send;
	(void)sent;
	return x->http->progress
		       ? x->http->progress(x->http->progress_ctx, (uint64_t)got,
					   (uint64_t)to_get)
		       : 0;
}

static CURLcode set_numbers(CURL *c, const struct http *h)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS },
		{ CURLOPT_TIMEOUT, TOTAL_SECONDS },
		{ CURLOPT_MAXFILESIZE, (long)h->limit },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_NOPROGRESS, 0 },
		{ CURLOPT_POST, h->post != NULL },
		{ CURLOPT_HTTPGET, h->post == NULL },
		{ CURLOPT_POSTFIELDSIZE, h->post ? (long)h->post->len : 0 },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < ARRAY_SIZE(numbers) && code == CURLE_OK; i++)
		if (numbers[i].option != CURLOPT_HTTPGET || !h->post)
			code = curl.easy_setopt(c, numbers[i].option,
						numbers[i].value);
	return code;
}

static CURLcode set_options(CURL *c, struct exchange *x,
			    struct curl_slist *headers)
{
	const struct http *h = x->http;
	const struct curl_blob ca = { .data = x->ca->data,
				      .len = x->ca->len,
				      .flags = CURL_BLOB_COPY };
	const struct {
		CURLoption option;
		const void *value;
		bool is_set;
	} pointers[] = {
		{ CURLOPT_URL, h->url, true },
		{ CURLOPT_PROTOCOLS_STR, "http,https", true },
		{ CURLOPT_USERAGENT, "shvm", true },
		{ CURLOPT_PROXY, "", h->no_proxy },
		{ CURLOPT_CAINFO_BLOB, &ca, h->ca_file != NULL },
		{ CURLOPT_CAPATH, NULL, h->ca_file != NULL }, /* no other CAs */
		{ CURLOPT_POSTFIELDS, h->post ? h->post->data : NULL,
		  h->post != NULL },
		{ CURLOPT_HTTPHEADER, headers, headers != NULL },
		{ CURLOPT_WRITEDATA, x, true },
		{ CURLOPT_XFERINFODATA, x, true },
	};
	CURLcode code = set_numbers(c, h);

	for (size_t i = 0; i < ARRAY_SIZE(pointers) && code == CURLE_OK; i++)
		if (pointers[i].is_set)
			code = curl.easy_setopt(c, pointers[i].option,
						pointers[i].value);
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	if (code == CURLE_OK)
		code = curl.easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_up);
	return code;
}

/* The error for a failed transfer. */
static int transfer_failed(CURLcode code, struct exchange *x,
			   struct shvm_err *err)
{
	const struct http *h = x->http;

	if (x->answer->body.failed || code == CURLE_OUT_OF_MEMORY)
		return err_nomem(err, h->url);
	if (code == CURLE_FILESIZE_EXCEEDED)
		x->answer->is_too_large = true;
	if (x->answer->is_too_large)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: the response is larger than %zu bytes",
			       h->url, h->limit);
	switch (code) {
	case CURLE_ABORTED_BY_CALLBACK:
		return err_set(err, SHVM_E_CANCELLED, "%s: interrupted",
			       h->url);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(err, SHVM_E_FORMAT, "%s: %s",
			       h->ca_file ? h->ca_file
					  : "the system's CA certificates",
			       curl.easy_strerror(code));
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return err_reason(err, SHVM_E_VERIFY, "tls",
				  "%s: TLS certificate of the server: %s",
				  h->url, curl.easy_strerror(code));
	default:
		return err_reason(err, SHVM_E_NETWORK, "transfer", "%s: %s",
				  h->url, curl.easy_strerror(code));
	}
}

static int copy_text(CURL *c, CURLINFO info, const char *url, char **ret,
		     struct shvm_err *err)
{
	char *text = NULL;

	(void)curl.easy_getinfo(c, info, &text);
	if (!text)
		return SHVM_OK;
	*ret = strdup(text);
	return *ret ? SHVM_OK : err_nomem(err, url);
}

/*
 * The certificates of the file as PEM. curl could read it itself, but reports a
 * file without certificates less clearly, and only for https:.
 */
static int load_ca(const char *path, struct buf *ret, struct shvm_err *err)
{
	const struct shvm_key_source source = { .uri = path };
	AUTO(x509_stack_ptr) certs = NULL;
	AUTO(bio_ptr) bio = NULL;
	char *text = NULL;
	long len;

	TRY(key_load_certs(&source, &certs, err));
	bio = BIO_new(BIO_s_mem());
	if (!bio)
		return err_set_ossl(err, "%s", path);
	for (int i = 0; i < sk_X509_num(certs); i++)
		if (PEM_write_bio_X509(bio, sk_X509_value(certs, i)) != 1)
			return err_set_ossl(err, "%s", path);
	len = BIO_get_mem_data(bio, &text);
	buf_add(ret, text, (size_t)len);
	return buf_check(ret, path, err);
}

size_t http_scheme_length(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0    ? 7
	       : strncasecmp(url, "https://", 8) == 0 ? 8
						      : 0;
}

void http_answer_done(struct http_answer *a)
{
	buf_done(&a->body);
	free(a->type);
	free(a->redirect);
	a->type = a->redirect = NULL;
}

static int exchange(struct exchange *x, struct shvm_err *err)
{
	const struct http *http = x->http;
	struct http_answer *ret = x->answer;
	AUTO(curl_ptr) c = NULL;
	AUTO(slist_ptr) headers = NULL;
	CURLcode code;

	TRY(curl_load(err));

	c = curl.easy_init();
	if (http->header)
		headers = curl.slist_append(NULL, http->header);
	if (!c || (http->header && !headers))
		return err_nomem(err, http->url);
	code = set_options(c, x, headers);
	if (code == CURLE_OK)
		code = curl.easy_perform(c);
	if (code != CURLE_OK)
		return transfer_failed(code, x, err);

	(void)curl.easy_getinfo(c, CURLINFO_RESPONSE_CODE, &ret->status);
	TRY(copy_text(c, CURLINFO_CONTENT_TYPE, http->url, &ret->type, err));
	return copy_text(c, CURLINFO_REDIRECT_URL, http->url, &ret->redirect,
			 err);
}

int http_exchange(const struct http *http, struct http_answer *ret,
		  struct shvm_err *err)
{
	AUTO_DONE(buf) ca = { 0 };
	struct exchange x = { .http = http, .answer = ret, .ca = &ca };

	if (http->ca_file)
		TRY(load_ca(http->ca_file, &ca, err));
	return exchange(&x, err);
}
