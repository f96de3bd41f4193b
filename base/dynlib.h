/* SPDX-License-Identifier: MIT */
/*
 * Shared libraries that are loaded when they are first used. The dynamic linker
 * needs 18 ms for libguestfs, libtsk, libcurl and their dependencies, longer
 * than it takes to hash 64 MiB, and few commands use them.
 */
#ifndef BASE_DYNLIB_H
#define BASE_DYNLIB_H

#include "base/auto.h"
#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>

/*
 * One library and the functions used from it. A user makes a list macro of the
 * names, LIST(X) with X(name) each, a struct of pointers from it
 *
 * 	#define MEMBER(name) __typeof__(curl_##name) *name;
 * 	struct curl_calls { CURL_LIST(MEMBER) };
 *
 * so that calls are checked against the library's own header, and a table of
 * the names in the same order. Nothing is ever unloaded.
 */
struct dynlib {
	const char *soname, *package; /* package: Debian's name */
	const char *const *names;
	size_t count;
	void *calls; /* count function pointers, filled by dynlib_load() */
	pthread_mutex_t lock;
	bool is_loaded;
};

#define DYNLIB(so, deb, list, struct_of_calls)                                 \
	{                                                                      \
		.soname = (so), .package = (deb), .names = (list),             \
		.count = ARRAY_SIZE(list), .calls = &(struct_of_calls),        \
		.lock = PTHREAD_MUTEX_INITIALIZER,                             \
	}

/*
 * Load l once, from any thread; its calls may be used after success. Fails
 * with SHVM_E_UNSUPPORTED, reason "missing-library", and can be tried again.
 */
int dynlib_load(struct dynlib *l, struct shvm_err *err);

#endif
