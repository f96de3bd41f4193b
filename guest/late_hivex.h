/* SPDX-License-Identifier: MIT */
/* The functions of libhivex that are used, loaded when they are needed. */
#ifndef GUEST_LATE_HIVEX_H
#define GUEST_LATE_HIVEX_H

#include "base/err.h"

#include <hivex.h>

/* hivex_ and this name. */
#define HIVEX_CALLS(X)                                                         \
	X(close)                                                               \
	X(node_get_child)                                                      \
	X(node_get_value)                                                      \
	X(open)                                                                \
	X(root)                                                                \
	X(value_dword)                                                         \
	X(value_string)                                                        \
	X(value_type)

/* clang-format off */
#define HIVEX_MEMBER(name) __typeof__(hivex_##name) *name;
/* clang-format on */
struct hivex_calls {
	HIVEX_CALLS(HIVEX_MEMBER)
};

/* Written by hivex_load() only. */
extern struct hivex_calls hivex;

/* Call before any of them; from any thread. See late_load(). */
int hivex_load(struct shvm_err *err);

#endif
