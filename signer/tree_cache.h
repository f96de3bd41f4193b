/* SPDX-License-Identifier: MIT */
/*
 * A folder with tree files of templates, each under the SHA-256 of its
 * catalog's content. Nothing in it is trusted: a tree file is proven against
 * the signed digests by who uses it.
 */
#ifndef SIGNER_TREE_CACHE_H
#define SIGNER_TREE_CACHE_H

#include "base/auto.h"
#include "base/err.h"

#include <shvm/template.h>

/* Names of 64 digits and this; while they are written something follows. */
#define TREE_CACHE_SUFFIX ".tree"

/* FOLDER/DIGEST.tree; SHVM_E_NOMEM. Caller frees. */
int tree_cache_path(const char *folder, const struct shvm_catalog_info *c,
		    char **ret, struct shvm_err *err);

/*
 * Make the folder, and the one that it is in, if they are not there, and wait
 * until no other process fills it: wait, called meanwhile, may end that
 * (SHVM_E_CANCELLED). *ret is closed to let others in.
 *
 * SHVM_E_IO, reason "bad-cache", when it is a link, is not ours or is open to
 * others.
 */
typedef int (*tree_cache_wait_fn)(void *ctx);
int tree_cache_lock(const char *folder, tree_cache_wait_fn wait, void *ctx,
		    int *ret, struct shvm_err *err);

/*
 * Under the lock: remove what killed writers left, and the trees that were not
 * used for longest until all are limit bytes at most. The one at keep stays,
 * and so does what is no tree file by its name.
 */
int tree_cache_shrink(int lock, const char *keep, uint64_t limit,
		      struct shvm_err *err);

#endif
