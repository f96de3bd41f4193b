/* SPDX-License-Identifier: MIT */
/*
 * Sets code, reason and text of a struct shvm_err: once, in the function that
 * knows most about the error.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <shvm/error.h>

#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/*
 * A step that may fail: where its result is negative, the function returns it.
 * AUTO variables are released, so nothing else is left to do there.
 */
#define TRY(step)                                                              \
	do {                                                                   \
		const int failed_ = (step);                                    \
		if (failed_ < 0)                                               \
			return failed_;                                        \
	} while (0)

/* Fill *err (may be NULL) and return code: `return err_set(err, ...)`. */
int err_set(struct shvm_err *err, int code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* The same with a stable reason, which must be a string constant. */
int err_reason(struct shvm_err *err, int code, const char *reason,
	       const char *fmt, ...) PRINTF_LIKE(4, 5);

/* With the current errno appended: SHVM_E_NOMEM for ENOMEM, else SHVM_E_IO. */
int err_set_errno(struct shvm_err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* SHVM_E_CRYPTO with the OpenSSL error queue drained into the message. */
int err_set_ossl(struct shvm_err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* SHVM_E_NOMEM; what is the name of the thing for which there is no memory. */
int err_nomem(struct shvm_err *err, const char *what);

/* The same if made, the result of an allocation, is NULL; else 0. */
static inline int err_null(struct shvm_err *err, const void *made,
			   const char *what)
{
	if (made)
		return SHVM_OK;
	(void)err_nomem(err, what);
	return SHVM_E_NOMEM; /* a constant: static analysers follow it */
}

/*
 * What follows takes the code of a step that may have failed and returns it;
 * 0 passes through untouched: TRY(err_prefix(err, step(x, err), "%s", path)).
 */

/* Put "where: " in front of the message. */
int err_prefix(struct shvm_err *err, int code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* The same with "name: ", unless the text begins with that already. */
int err_name(struct shvm_err *err, int code, const char *name);

/* Copy the error of another struct; returns its code, 0 for none. */
int err_take(struct shvm_err *err, const struct shvm_err *from);

/*
 * Keep the text of a part's error, but with the code and reason that the caller
 * promises; SHVM_E_NOMEM and SHVM_E_IO (r) stay.
 */
int err_as_reason(struct shvm_err *err, int r, int code, const char *reason);

#endif
