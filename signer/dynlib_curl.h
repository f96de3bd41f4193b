/* SPDX-License-Identifier: MIT */
/* The used functions of libcurl, loaded on demand. */
#ifndef SIGNER_DYNLIB_CURL_H
#define SIGNER_DYNLIB_CURL_H

#include "base/err.h"

#include <curl/curl.h>

/* curl_ and this name. */
#define CURL_CALLS(X)                                                          \
	X(easy_cleanup)                                                        \
	X(easy_getinfo)                                                        \
	X(easy_init)                                                           \
	X(easy_perform)                                                        \
	X(easy_setopt)                                                         \
	X(easy_strerror)                                                       \
	X(free)                                                                \
	X(global_init)                                                         \
	X(slist_append)                                                        \
	X(slist_free_all)                                                      \
	X(url)                                                                 \
	X(url_cleanup)                                                         \
	X(url_get)                                                             \
	X(url_set)                                                             \
	X(url_strerror)

/* clang-format off */
#define CURL_MEMBER(name) __typeof__(curl_##name) *name;
/* clang-format on */
struct curl_calls {
	CURL_CALLS(CURL_MEMBER)
};

/* Written by curl_load() only. */
extern struct curl_calls curl;

/* Call before any of them, from any thread; also initializes libcurl. */
int curl_load(struct shvm_err *err);

#endif
