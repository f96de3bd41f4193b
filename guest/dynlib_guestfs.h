/* SPDX-License-Identifier: MIT */
/* The functions of libguestfs that are used, loaded on first use. */
#ifndef GUEST_DYNLIB_GUESTFS_H
#define GUEST_DYNLIB_GUESTFS_H

#include "base/err.h"

#include <guestfs.h>

/* guestfs_ and this name. */
#define GUESTFS_CALLS(X)                                                       \
	X(add_drive_opts)                                                      \
	X(case_sensitive_path)                                                 \
	X(close)                                                               \
	X(config)                                                              \
	X(create_flags)                                                        \
	X(cryptsetup_close)                                                    \
	X(cryptsetup_open)                                                     \
	X(exists)                                                              \
	X(feature_available)                                                   \
	X(filesize)                                                            \
	X(free_statvfs)                                                        \
	X(fsck)                                                                \
	X(hivex_close)                                                         \
	X(hivex_node_get_child)                                                \
	X(hivex_node_get_value)                                                \
	X(hivex_open)                                                          \
	X(hivex_root)                                                          \
	X(hivex_value_string)                                                  \
	X(hivex_value_value)                                                   \
	X(is_dir)                                                              \
	X(is_file)                                                             \
	X(is_symlink)                                                          \
	X(last_error)                                                          \
	X(launch)                                                              \
	X(lgetxattr)                                                           \
	X(ls)                                                                  \
	X(lvm_scan)                                                            \
	X(lvs)                                                                 \
	X(mount_options)                                                       \
	X(mount_ro)                                                            \
	X(ntfs_3g_probe)                                                       \
	X(pread)                                                               \
	X(set_autosync)                                                        \
	X(set_backend)                                                         \
	X(set_backend_setting)                                                 \
	X(set_error_handler)                                                   \
	X(set_memsize)                                                         \
	X(set_network)                                                         \
	X(statvfs)                                                             \
	X(umount_all)                                                          \
	X(vfs_type)                                                            \
	X(vg_activate_all)

/* clang-format off */
#define GUESTFS_MEMBER(name) __typeof__(guestfs_##name) *name;
/* clang-format on */
struct guestfs_calls {
	GUESTFS_CALLS(GUESTFS_MEMBER)
};

/* Written by guestfs_load() only. */
extern struct guestfs_calls guestfs;

/* Call before any of them; from any thread. See dynlib_load(). */
int guestfs_load(struct shvm_err *err);

#endif
