/* SPDX-License-Identifier: MIT */
/* The functions of libtsk that are used, loaded when they are needed. */
#ifndef GUEST_LATE_TSK_H
#define GUEST_LATE_TSK_H

#include "base/err.h"

#include <tsk/libtsk.h>

/* tsk_ and this name. */
#define TSK_CALLS(X)                                                           \
	X(error_get)                                                           \
	X(fs_attr_read)                                                        \
	X(fs_close)                                                            \
	X(fs_dir_close)                                                        \
	X(fs_dir_get_name)                                                     \
	X(fs_dir_getsize)                                                      \
	X(fs_dir_open_meta)                                                    \
	X(fs_file_attr_get_type)                                               \
	X(fs_file_close)                                                       \
	X(fs_file_open_meta)                                                   \
	X(fs_file_read)                                                        \
	X(fs_open_img)                                                         \
	X(img_close)                                                           \
	X(img_open_external)

/* clang-format off */
#define TSK_MEMBER(name) __typeof__(tsk_##name) *name;
/* clang-format on */
struct tsk_calls {
	TSK_CALLS(TSK_MEMBER)
};

/* Written by tsk_load() only. */
extern struct tsk_calls tsk;

/* Call before any of them; from any thread. See late_load(). */
int tsk_load(struct shvm_err *err);

#endif
