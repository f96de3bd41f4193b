/* SPDX-License-Identifier: MIT */
/* Sets code and text of a struct shvm_err, from errno and OpenSSL's queue. */
#include "base/err.h"

#include "base/line.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <string.h>

PRINTF_LIKE(4, 0)
static int set(struct shvm_err *err, int code, const char *reason,
	       const char *fmt, va_list ap)
{
	if (!err)
		return code;

	err->code = code;
	err->reason = reason;
	line_vput(err->msg, sizeof(err->msg), fmt, ap);
	return code;
}

static void append(struct shvm_err *err, const char *text)
{
	size_t len;

	if (!err)
		return;
	len = strlen(err->msg);
	line_put(err->msg + len, sizeof(err->msg) - len, ": %s", text);
}

int err_set(struct shvm_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)set(err, code, NULL, fmt, ap);
	va_end(ap);
	return code;
}

int err_reason(struct shvm_err *err, int code, const char *reason,
	       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)set(err, code, reason, fmt, ap);
	va_end(ap);
	return code;
}

int err_set_errno(struct shvm_err *err, const char *fmt, ...)
{
	const int number = errno;
	const int code = number == ENOMEM ? SHVM_E_NOMEM : SHVM_E_IO;
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	(void)set(err, code, NULL, fmt, ap);
	va_end(ap);
	append(err, strerror_r(number, text, sizeof(text)));
	return code;
}

int err_set_ossl(struct shvm_err *err, const char *fmt, ...)
{
	unsigned long first = ERR_get_error();
	const char *reason = first ? ERR_reason_error_string(first) : NULL;
	int code = SHVM_E_CRYPTO;
	va_list ap;

	ERR_clear_error();
	if (first && ERR_GET_REASON(first) == ERR_R_MALLOC_FAILURE)
		code = SHVM_E_NOMEM;
	va_start(ap, fmt);
	(void)set(err, code, NULL, fmt, ap);
	va_end(ap);
	if (reason)
		append(err, reason);
	return code;
}

int err_nomem(struct shvm_err *err, const char *what)
{
	return err_set(err, SHVM_E_NOMEM, "%s: out of memory", what);
}

int err_prefix(struct shvm_err *err, int code, const char *fmt, ...)
{
	char old[SHVM_MSG_SIZE];
	va_list ap;

	if (!err || code >= 0)
		return code;
	memcpy(old, err->msg, sizeof(old));
	va_start(ap, fmt);
	line_vput(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	append(err, old);
	return code;
}

int err_name(struct shvm_err *err, int code, const char *name)
{
	const size_t len = strlen(name);

	if (err && strncmp(err->msg, name, len) == 0 &&
	    strncmp(err->msg + len, ": ", 2) == 0)
		return code;
	return err_prefix(err, code, "%s", name);
}

const char *shvm_code_name(int code)
{
	switch (code) {
	case SHVM_OK:
		return "ok";
	case SHVM_E_ARG:
		return "arg";
	case SHVM_E_IO:
		return "io";
	case SHVM_E_NOMEM:
		return "nomem";
	case SHVM_E_FORMAT:
		return "format";
	case SHVM_E_UNSUPPORTED:
		return "unsupported";
	case SHVM_E_VERIFY:
		return "verify";
	case SHVM_E_CRYPTO:
		return "crypto";
	case SHVM_E_CANCELLED:
		return "cancelled";
	case SHVM_E_NETWORK:
		return "network";
	default:
		return "unknown";
	}
}

int err_take(struct shvm_err *err, const struct shvm_err *from)
{
	if (err && from->code < 0)
		*err = *from;
	return from->code;
}

int err_as_reason(struct shvm_err *err, int r, int code, const char *reason)
{
	if (r >= 0 || r == SHVM_E_NOMEM || r == SHVM_E_IO)
		return r;
	if (err) {
		err->code = code;
		err->reason = reason;
	}
	return code;
}
