/* SPDX-License-Identifier: MIT */
/*
 * For clang's analyser, which sees one file at a time: functions that set an
 * error return the (negative) code, so that what follows "if (r < 0)" is not
 * walked with results that were never made. Included by check-static.sh.
 */
#ifndef TESTS_STATIC_H
#define TESTS_STATIC_H

#include "base/err.h"
#include "base/rules.h"
#include "base/xml.h"
#include "signer/readiness.h"

#define err_set(err, code, ...) ((err_set)(err, code, __VA_ARGS__), (int)(code))
#define err_reason(err, code, ...)                                             \
	((err_reason)(err, code, __VA_ARGS__), (int)(code))
#define err_set_errno(...) ((err_set_errno)(__VA_ARGS__), (int)SHVM_E_IO)
#define err_set_ossl(...) ((err_set_ossl)(__VA_ARGS__), (int)SHVM_E_CRYPTO)
#define err_nomem(...) ((err_nomem)(__VA_ARGS__), (int)SHVM_E_NOMEM)
#define rules_fatal_as(r, code, ...)                                           \
	((rules_fatal_as)(r, code, __VA_ARGS__), (int)(code))
#define readiness_err(err, code, ...)                                          \
	((readiness_err)(err, code, __VA_ARGS__), (int)(code))
/* What stands for the code here may be the step itself: it is done once. */
#define STATIC_CODE(code, say)                                                 \
	({                                                                     \
		const int code_ = (code);                                      \
		(void)(say);                                                   \
		code_;                                                         \
	})
#define xml_at(node, code, err) STATIC_CODE(code, (xml_at)(node, code_, err))
#define err_prefix(err, code, ...)                                             \
	STATIC_CODE(code, (err_prefix)(err, code_, __VA_ARGS__))
#define err_name(err, code, name)                                              \
	STATIC_CODE(code, (err_name)(err, code_, name))
#define err_as_reason(err, r, code, reason)                                    \
	STATIC_CODE(r, (err_as_reason)(err, code_, code, reason))

#endif
