/* SPDX-License-Identifier: MIT */
/*
 * The only writer: adds, replaces and removes one user metadata item of a
 * VHDX, safe against a crash at any write.
 */
#ifndef VHDX_EDIT_H
#define VHDX_EDIT_H

#include "base/buf.h"

#include <shvm/types.h>
#include <sys/stat.h>

/*
 * The calls that reach the disk, so that tests can simulate a power failure
 * between any two of them. edit_file_io() is the real one.
 */
struct edit_io {
	int (*pwrite)(void *ctx, const void *buf, size_t len, uint64_t at,
		      struct shvm_err *err);
	int (*sync)(void *ctx, struct shvm_err *err);
	int (*truncate)(void *ctx, uint64_t size, struct shvm_err *err);
	void *ctx;
};

/* An image that is open and locked: no second writer, nothing written yet. */
struct edit;

/*
 * Open path and lock it (flock and OFD locks on qemu's bytes), so that a
 * running VM or a second shvm is refused (reason "in-use"). It is opened for
 * writing when the first change begins, and must be the same file then (else
 * "changed"). Symbolic links are followed, a dangling one is reported; several
 * hard links are fine; differencing disks are SHVM_E_UNSUPPORTED.
 */
int edit_open(const char *path, struct edit **ret, struct shvm_err *err);
/*
 * The same with other calls to the disk, for tests; fd is read from and stays
 * the caller's. io NULL: the usual calls, and fd is closed with the editor.
 */
int edit_open_io(int fd, const char *path, const struct edit_io *io,
		 struct edit **ret, struct shvm_err *err);
/* Is this the file that is open and locked? SHVM_E_IO "changed" if not. */
int edit_check_same(const struct edit *e, const struct stat *other,
		    struct shvm_err *err);

void edit_close(struct edit *e); /* unlocks; NULL is fine */
AUTO_DEFINE(edit_ptr, struct edit *, edit_close);

/*
 * Replay a dirty log into the file. *replayed: there was one. edit_put_item()
 * and edit_remove_item() need a clean log.
 */
int edit_replay(struct edit *e, bool *replayed, struct shvm_err *err);

/* Add the item, or replace the one with this id. At most 1 MiB. */
int edit_put_item(struct edit *e, const struct shvm_guid *id, const void *data,
		  size_t len, struct shvm_err *err);

/* Remove the item; *removed false when there is none (nothing is written). */
int edit_remove_item(struct edit *e, const struct shvm_guid *id, bool *removed,
		     struct shvm_err *err);

#endif
