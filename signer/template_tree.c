/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/view.h>: the tree file of a template, in the cache or not. */
#include "base/hold.h"
#include "base/reserved.h"
#include "signer/template.h"
#include "signer/tree_cache.h"

#include <shvm/view.h>
#include <stdio.h>
#include <string.h>

/* A template whose tree file is asked for. */
struct growing {
	struct shvm_disk *disk;
	const struct shvm_catalog *catalog;
	struct shvm_catalog *own;
	const struct shvm_tree_params *params;
	struct parts parts;
	struct checks differences; /* of the layout */
};

static void growing_done(struct growing *g)
{
	parts_done(&g->parts);
	checks_done(&g->differences);
	shvm_catalog_free(g->own);
}

int shvm_cache_folder(const char *xdg_cache_home, const char *home, bool root,
		      char **ret, struct shvm_err *err)
{
	char *path = NULL;
	int n;

	/* A path that is not absolute does not count, by the XDG's rules. */
	if (xdg_cache_home && *xdg_cache_home == '/')
		n = asprintf(&path, "%s/shvm", xdg_cache_home);
	else if (root)
		n = asprintf(&path, "/var/cache/shvm");
	else if (home && *home == '/')
		n = asprintf(&path, "%s/.cache/shvm", home);
	else
		return err_reason(err, SHVM_E_ARG, "no-cache",
				  "there is no folder for a cache: neither "
				  "XDG_CACHE_HOME nor HOME is an absolute "
				  "path");
	if (n < 0)
		return err_nomem(err, "tree cache");
	*ret = path;
	return SHVM_OK;
}

/* All that can be found out without hashing. */
static int check_disk(struct growing *g, struct shvm_err *err)
{
	if (!g->catalog)
		TRY(shvm_catalog_from_disk(g->disk, &g->own, err));
	if (!g->catalog)
		g->catalog = g->own;
	TRY(parts_plan(&g->catalog->info, &g->parts, err));
	return template_check_form(g->disk, &g->catalog->info,
				   g->params->allow_differencing, &g->parts,
				   &g->differences, err);
}

static int write_tree(struct growing *g, const char *path, bool replace,
		      mode_t mode, struct shvm_err *err)
{
	const struct shvm_tree_output out = { .path = path,
					      .replace = replace };
	AUTO_DONE(hold) hold = { 0 };
	AUTO_DONE(file_pending) tree = { 0 };

	TRY(template_hash(g->disk, &g->params->digest, &out, mode, &g->parts,
			  &tree, err));
	TRY(template_check_match(&g->parts, err));
	hold_signals(&hold);
	TRY(file_publish(&tree, err));
	file_keep(&tree);
	return SHVM_OK;
}

/* Is it there, and is each record of it what was signed? */
static bool is_good(const struct growing *g, const char *path)
{
	AUTO(disktree_ptr) tree = NULL;

	if (template_tree_open(path, &g->parts, &tree, NULL) < 0)
		return false;
	for (size_t i = 0; i < disktree_part_count(tree); i++)
		if (disktree_check_part(tree, i, NULL) < 0)
			return false;
	return true;
}

/* tree_cache_wait_fn: the caller's progress callback is who can stop. */
static int ask_caller(void *ctx)
{
	const struct growing *g = ctx;
	const struct shvm_digest_params *p = &g->params->digest;

	return p->progress ? p->progress(p->progress_ctx, 0,
					 parts_to_hash(&g->parts))
			   : 0;
}

enum {
	CACHE_LIMIT_GIB = 4 /* ours */
};

static int fill_cache(struct growing *g, char **ret_path, bool *ret_found,
		      struct shvm_err *err)
{
	const uint64_t limit = g->params->cache_limit
				       ? g->params->cache_limit
				       : (uint64_t)CACHE_LIMIT_GIB << 30;
	AUTOFREE char *path = NULL;
	AUTOCLOSE int lock = -1;

	TRY(tree_cache_lock(g->params->cache, ask_caller, g, &lock, err));
	TRY(tree_cache_path(g->params->cache, &g->catalog->info, &path, err));
	*ret_found = !g->params->tree.replace && is_good(g, path);
	if (!*ret_found) {
		(void)unlink(path); /* of no use, whatever it is */
		TRY(write_tree(g, path, true, 0600, err));
	}
	TRY(tree_cache_shrink(lock, path, limit, err));
	*ret_path = STEAL(path);
	return SHVM_OK;
}

static int check_params(const struct shvm_tree_params *p, struct shvm_err *err)
{
	const struct shvm_digest_params *digest = &p->digest;

	TRY(reserved_check(p->reserved, "struct shvm_tree_params", err));
	TRY(reserved_check(p->tree.reserved, "struct shvm_tree_output", err));
	TRY(digest_params_check(&digest, err));
	if (!p->tree.path && !p->cache)
		return err_set(err, SHVM_E_ARG,
			       "tree: neither a file nor a cache is given");
	return SHVM_OK;
}

int shvm_template_tree(struct shvm_disk *disk,
		       const struct shvm_catalog *catalog,
		       const struct shvm_tree_params *params, char **ret_path,
		       bool *ret_found, struct shvm_err *err)
{
	AUTO_DONE(growing)
	g = { .disk = disk, .catalog = catalog, .params = params };
	AUTOFREE char *path = NULL;
	bool found = false;

	TRY(check_params(params, err));
	if (params->tree.path)
		TRY(shvm_disk_check_output(disk, params->tree.path, err));
	TRY(check_disk(&g, err));
	if (params->tree.path) {
		path = strdup(params->tree.path);
		TRY(err_null(err, path, "tree"));
		TRY(write_tree(&g, path, params->tree.replace,
			       shvm_disk_info(disk)->copy_mode, err));
	} else {
		TRY(fill_cache(&g, &path, &found, err));
	}
	*ret_path = STEAL(path);
	*ret_found = found;
	return SHVM_OK;
}
