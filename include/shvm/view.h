/* SPDX-License-Identifier: MIT */
/*
 * The verified view of a template: a disk in which each byte is signed or zero,
 * checked when it is read. C99 and C++ clean.
 */
#ifndef SHVM_VIEW_H
#define SHVM_VIEW_H

#include <shvm/template.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Start as { 0 }. */
struct shvm_view_params {
	bool allow_differencing; /* else a disk with a parent is refused */
	/* The hash trees of the template, or the folder of the cache in which
	 * shvm_template_tree() put them; one of the two */
	const char *tree_file, *cache;
	uint64_t reserved[4]; /* zeros */
};

struct shvm_view;

/**
 * shvm_cache_folder() - where the tree cache of a user is
 * @xdg_cache_home: the environment variable of this name; or NULL
 * @home: that of the user's home folder; or NULL
 * @root: is it root?
 * @ret: receives $XDG_CACHE_HOME/shvm, else /var/cache/shvm of root, else
 *       $HOME/.cache/shvm; release it with shvm_free()
 *
 * Errors: SHVM_E_ARG, "no-cache"; SHVM_E_NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_cache_folder(const char *xdg_cache_home,
					       const char *home, bool root,
					       char **ret,
					       struct shvm_err *err);

/* Start as { 0 }. */
struct shvm_tree_params {
	bool allow_differencing; /* else a disk with a parent is refused */
	/* Write it there; or, without a path, into the cache in this folder,
	 * which is created if it does not exist. tree.replace: also if the cache
	 * already contains it */
	struct shvm_tree_output tree;
	const char *cache;
	uint64_t cache_limit; /* bytes of all trees in the cache; 0: 4 GiB */
	struct shvm_digest_params digest; /* all but algorithm and block size */
	uint64_t reserved[4];		  /* zeros */
};

/**
 * shvm_template_tree() - create the tree file of a template
 * @disk: an open disk
 * @catalog: what was signed; NULL: the catalog that the disk contains
 * @params: how, and where to; not kept after the call
 * @ret_path: receives the path of the tree file; release it with shvm_free()
 * @ret_found: receives whether the cache contained it; then nothing was hashed
 *
 * The signature of the catalog is good; whether its signer is trusted is not
 * checked, since a tree file proves nothing by itself. The disk has to be what
 * was signed: it is hashed, and compared with the catalog.
 *
 * The cache has one file for each catalog's content, mode 0600. If two processes
 * fill it at once, one waits. The least recently used trees are removed when the
 * total exceeds the limit; the new one is never removed.
 *
 * Units:  progress counts bytes of what is signed, total is their sum.
 * Errors: as shvm_template_verify(), with its reasons; SHVM_E_IO, "bad-cache":
 *         the folder is a link, of another user, or open to others.
 */
SHVM_API SHVM_MUST_CHECK int shvm_template_tree(
	struct shvm_disk *disk, const struct shvm_catalog *catalog,
	const struct shvm_tree_params *params, char **ret_path, bool *ret_found,
	struct shvm_err *err);

/**
 * shvm_view_open() - the verified view of a template
 * @disk: an open disk, which must outlive the view
 * @catalog: what was signed, not needed after the call; NULL: the catalog that
 *           the disk contains
 * @trust: which signers are trusted; at least one certificate or CA
 * @params: how
 * @ret: receives the view; release it with shvm_view_close()
 *
 * The checks are those of shvm_template_verify() with the same texts, except
 * that volumes and gaps are not hashed: their blocks are checked when they are
 * read. The catalog has to cover the whole disk. LBA 0 is read once, compared
 * with its digest and kept; both copies of the partition table are created
 * from the catalog. The tree file is not trusted: what is used of it is verified
 * against the signed digests.
 *
 * Threads: a view may be read from many threads at once.
 * Errors:  SHVM_E_VERIFY and SHVM_E_FORMAT with the reasons of
 *          shvm_template_verify(), "bad-tree" among them where the tree file is
 *          not that of this template, and "no-tree" where the cache has none;
 *          and its other errors.
 */
SHVM_API SHVM_MUST_CHECK int shvm_view_open(
	struct shvm_disk *disk, const struct shvm_catalog *catalog,
	const struct shvm_trust *trust, const struct shvm_view_params *params,
	struct shvm_view **ret, struct shvm_err *err);

/**
 * shvm_view_close() - release a view
 * @view: the view; NULL is fine
 */
SHVM_API void shvm_view_close(struct shvm_view *view);

/**
 * shvm_view_block_size() - the largest unit in which the view is checked
 * @view: a view
 *
 * A read of less checks the whole block.
 */
SHVM_API uint32_t shvm_view_block_size(const struct shvm_view *view);

/**
 * shvm_view_read() - bytes of the view, which has the size of the disk
 * @view: a view
 * @at: bytes from its start
 * @buf: filled completely or the call fails; after a failure its content is
 *       undefined
 * @len: bytes
 *
 * Errors: SHVM_E_VERIFY, "digest-mismatch": a block is not what was signed; the
 *         text names the partition and the byte of the disk. SHVM_E_VERIFY,
 *         "bad-tree": the tree file was changed. SHVM_E_IO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_view_read(struct shvm_view *view, uint64_t at,
					    void *buf, size_t len,
					    struct shvm_err *err);

/**
 * shvm_view_extent() - a run of one state that starts at a byte
 * @view: a view
 * @at: bytes from its start, within the view
 * @max: the run may end after this many bytes, even if it is longer; not 0
 * @ret: receives the run; it may be shorter than it could be. Zeros are what
 *       was signed as zeros, regardless of what the disk has stored.
 *
 * Errors: as shvm_view_read(); SHVM_E_ARG (@at is past the end).
 */
SHVM_API SHVM_MUST_CHECK int shvm_view_extent(struct shvm_view *view,
					      uint64_t at, uint64_t max,
					      struct shvm_extent *ret,
					      struct shvm_err *err);

#ifdef __cplusplus
}
#endif

#endif
