/* SPDX-License-Identifier: MIT */
/* How every function of libshvm reports a failure. C99 and C++ clean. */
#ifndef SHVM_ERROR_H
#define SHVM_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SHVM_API __attribute__((visibility("default")))
#define SHVM_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SHVM_API
#define SHVM_MUST_CHECK
#endif

/* What the caller can do about a failure. Results are 0 or one of these. */
enum shvm_code {
	SHVM_OK = 0,
	SHVM_E_ARG = -1,	 /* fix the command line or the parameters */
	SHVM_E_IO = -2,		 /* check the system: file, disk, permission */
	SHVM_E_NOMEM = -3,	 /* out of memory */
	SHVM_E_FORMAT = -4,	 /* the input is damaged: discard it */
	SHVM_E_UNSUPPORTED = -5, /* the input is valid, but not supported by
				  this version */
	SHVM_E_VERIFY = -6,	 /* do not trust it: a verification failed */
	SHVM_E_CRYPTO = -7,	 /* check the key, certificate or passphrase */
	SHVM_E_CANCELLED = -8,	 /* the caller's callback requested to stop */
	SHVM_E_NETWORK = -9,	 /* a peer failed; a retry may help */
};

enum {
	SHVM_MSG_SIZE = 512
};

/*
 * The reason of a failure, which the last parameter of a function, err,
 * receives. Belongs to the caller, who starts it as { 0 } or passes NULL. A
 * function that fails sets all members; one that succeeds changes none.
 */
struct shvm_err {
	int code; /* enum shvm_code */
	const char
		*reason; /* stable code such as "BAT_EOF" or "digest-mismatch",
			       a string constant; NULL where there is none */
	char msg[SHVM_MSG_SIZE]; /* one line, UTF-8, no full stop */
};

/**
 * shvm_code_name() - the stable lower-case name of a code, e.g. "format"
 * @code: an enum shvm_code
 *
 * Return: a string constant; "unknown" for any other number.
 */
SHVM_API const char *shvm_code_name(int code);

/**
 * shvm_free() - release a buffer or string that libshvm returned
 * @p: what a ret_ parameter received; NULL is fine
 */
SHVM_API void shvm_free(void *p);

#ifdef __cplusplus
}
#endif

#endif
