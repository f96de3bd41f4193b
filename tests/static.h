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

#define err_set(err, code, ...) ((err_set)(err, code, __VA_ARGS__), (int)(code))
#define err_reason(err, code, ...)                                             \
	((err_reason)(err, code, __VA_ARGS__), (int)(code))
#define err_set_errno(...) ((err_set_errno)(__VA_ARGS__), (int)SHVM_E_IO)
#define err_set_ossl(...) ((err_set_ossl)(__VA_ARGS__), (int)SHVM_E_CRYPTO)
#define err_nomem(...) ((err_nomem)(__VA_ARGS__), (int)SHVM_E_NOMEM)
#define rules_fatal(r, code, ...)                                              \
	((rules_fatal)(r, code, __VA_ARGS__), (int)(code))
#define xml_at(node, code, err) ((xml_at)(node, code, err), (int)(code))
#define err_prefix(err, code, ...)                                             \
	((err_prefix)(err, code, __VA_ARGS__), (int)(code))

#endif
