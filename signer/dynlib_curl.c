/* SPDX-License-Identifier: MIT */
/* The table of libcurl's functions. */
#include "signer/dynlib_curl.h"

#include "base/dynlib.h"

#include <assert.h>

struct curl_calls curl;

#define CURL_NAME(name) "curl_" #name,
static const char *const names[] = { CURL_CALLS(CURL_NAME) };

static struct dynlib library = DYNLIB("libcurl.so.4", "libcurl4", names, curl);
static_assert(sizeof(curl) == sizeof(names), "a pointer for each name");

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started; /* written once, under once */

static void start(void)
{
	started = curl.global_init(CURL_GLOBAL_DEFAULT);
}

int curl_load(struct shvm_err *err)
{
	TRY(dynlib_load(&library, err));
	(void)pthread_once(&once, start); /* fails for no valid object */
	if (started != CURLE_OK)
		return err_set(err, SHVM_E_IO, "libcurl: %s",
			       curl.easy_strerror(started));
	return SHVM_OK;
}
