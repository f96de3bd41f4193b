/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/template.h>: sign, protect, unprotect. */
#include "signer/template.h"

#include "base/hold.h"
#include "base/reserved.h"
#include "hash/kernels.h"
#include "signer/readiness.h"
#include "signer/tsa.h"
#include "vhdx/edit.h"

#include <string.h>

static int check_digest_params(const struct shvm_digest_params *p,
			       struct shvm_err *err)
{
	const struct kernel *kernel;
	struct tree tree;

	TRY(digest_params_check(&p, err));
	/* The size does not matter: the rest of the plan is checked. */
	TRY(digest_tree(p, 1, &tree, err));
	return p->kernel ? kernel_choose(p->algorithm, p->kernel, &kernel, err)
			 : SHVM_OK;
}

static int check_timestamp(const struct shvm_sign_params *p,
			   struct shvm_err *err)
{
	AUTO(x509_stack_ptr) certs = NULL;
	const struct shvm_key_source ca = { .uri = p->timestamp_ca_file };
	int r;

	if (p->timestamp_ca_file && !p->timestamp_url)
		return err_set(
			err, SHVM_E_ARG,
			"%s: a CA for the timestamp authority was given, but no URL of an authority",
			p->timestamp_ca_file);
	if (!p->timestamp_url)
		return SHVM_OK;
	r = tsa_check_url(p->timestamp_url, err);
	if (r < 0 || !p->timestamp_ca_file)
		return r;
	return key_load_certs(&ca, &certs, err);
}

/* Everything that can be refused before a disk is opened. */
static int check_params(const struct shvm_sign_params *p,
			struct template_signer *ret, struct shvm_err *err)
{
	TRY(reserved_check(p->reserved, "struct shvm_sign_params", err));
	TRY(reserved_check(p->tree.reserved, "struct shvm_tree_output", err));
	if (!p->template_name)
		return err_set(err, SHVM_E_ARG, "no template name was given");
	TRY(catalog_check_name(p->template_name, SHVM_E_ARG, err));
	TRY(check_digest_params(&p->digest, err));
	TRY(readiness_check_names(p->ignore, p->ignore_count, err));
	TRY(check_timestamp(p, err));
	return template_signer_load(p, ret, err);
}

int shvm_template_sign(struct shvm_disk *disk,
		       const struct shvm_sign_params *params,
		       struct shvm_catalog **ret, struct shvm_err *err)
{
	AUTO_DONE(template_signer) signer = { 0 };
	AUTO_DONE(hold) hold = { 0 };
	AUTO_DONE(file_pending) tree = { 0 };
	AUTO(catalog_ptr) catalog = NULL;

	TRY(check_params(params, &signer, err));
	TRY(template_sign_disk(disk, params, &signer, &catalog, &tree, err));
	hold_signals(&hold); /* write all results or none */
	if (params->tree.path)
		TRY(file_publish(&tree, err));
	if (params->keep)
		TRY(params->keep(params->keep_ctx, catalog, err));
	file_keep(&tree);
	*ret = STEAL(catalog);
	return SHVM_OK;
}

/* The disk to read from: the file that the editor has open and locked. */
static int open_edited(const struct edit *edit, const char *path,
		       const struct shvm_disk_params *params,
		       struct shvm_disk **ret, struct shvm_err *err)
{
	AUTO(disk_ptr) disk = NULL;
	struct source_id id = { 0 };

	TRY(shvm_disk_open(path, params, &disk, err));
	(void)source_file_at(disk_source(disk), 0,
			     &id); /* a disk always has one */
	TRY(edit_check_same(edit, id.opened, err));
	*ret = STEAL(disk);
	return SHVM_OK;
}

/* The current item on the disk; empty if there is none. */
static int read_item(const struct edit *edit, const char *path, struct buf *ret,
		     bool *found, struct shvm_err *err)
{
	AUTO(disk_ptr) disk = NULL;
	int r = open_edited(edit, path, NULL, &disk, err);

	return r < 0 ? r
		     : disk_user_item(disk, &catalog_item_id, ret, found, err);
}

/* Reads the catalog back with the public reader, and checks the volumes. */
static int confirm(const struct edit *edit, const char *path,
		   const struct shvm_disk_params *params,
		   const struct shvm_catalog *catalog, struct shvm_err *err)
{
	AUTO(disk_ptr) disk = NULL;
	AUTO_DONE(checks) found = { 0 };
	AUTO_DONE(buf) der = { 0 };

	TRY(open_edited(edit, path, params, &disk, err));
	TRY(template_disk_item(disk, &der, err));
	if (der.len != catalog->der.len ||
	    memcmp(der.data, catalog->der.data, der.len) != 0)
		return err_set(
			err, SHVM_E_IO,
			"%s: the catalog that was read back differs from the written one",
			path);
	return template_check_layout(disk, &catalog->info, &found, err);
}

/* After a failure r: restore the disk, if possible. */
static int put_back(struct edit *edit, const struct buf *old, int r,
		    struct shvm_err *err)
{
	bool removed;
	int back;

	back = old->len > 0 ? edit_put_item(edit, &catalog_item_id, old->data,
					    old->len, NULL)
			    : edit_remove_item(edit, &catalog_item_id, &removed,
					       NULL);
	return back < 0 ? err_prefix(err, r, "the old state was not restored")
			: r;
}

/* Embed the catalog, read it back and pass it to the caller. */
static int embed(struct edit *edit, const char *path,
		 const struct shvm_disk_params *how,
		 const struct shvm_sign_params *params,
		 const struct shvm_catalog *catalog, const struct buf *old,
		 struct shvm_err *err)
{
	int r;

	TRY(edit_put_item(edit, &catalog_item_id, catalog->der.data,
			  catalog->der.len, err));
	r = confirm(edit, path, how, catalog, err);
	if (r == SHVM_OK && params->keep)
		r = params->keep(params->keep_ctx, catalog, err);
	return r < 0 ? put_back(edit, old, r, err) : SHVM_OK;
}

/* Hash and sign with the disk opened read-only. */
static int sign_locked(struct shvm_disk *disk,
		       const struct shvm_sign_params *params,
		       const struct template_signer *signer, struct buf *old,
		       struct shvm_catalog **ret, struct file_pending *tree,
		       struct shvm_err *err)
{
	AUTO(catalog_ptr) catalog = NULL;
	bool found = false;

	TRY(disk_user_item(disk, &catalog_item_id, old, &found, err));
	if (found && !params->replace)
		return err_reason(err, SHVM_E_ARG, "has-catalog",
				  "%s: already contains a catalog",
				  disk_path(disk));
	TRY(template_sign_disk(disk, params, signer, &catalog, tree, err));
	TRY(template_check_unchanged(disk, err));
	*ret = STEAL(catalog);
	return SHVM_OK;
}

/* Open the disk to change its catalog; only a VHDX can contain one. */
static int editor_open(const char *path, struct edit **ret,
		       struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r = edit_open(path, ret, &why);

	if (r < 0 && why.reason && strcmp(why.reason, "NOT_VHDX") == 0)
		return err_reason(
			err, r, "NOT_VHDX",
			"%s: not a VHDX: only a VHDX can contain its catalog; sign other disks with a separate catalog file",
			path);
	(void)err_take(err, &why); /* it has the returned code */
	return r;
}

int shvm_template_protect(const char *disk_file,
			  const struct shvm_disk_params *how,
			  const struct shvm_sign_params *params,
			  struct shvm_catalog **ret, bool *ret_replayed,
			  struct shvm_err *err)
{
	AUTO_DONE(template_signer) signer = { 0 };
	AUTO_DONE(hold) hold = { 0 };
	AUTO_DONE(file_pending) tree = { 0 };
	AUTO(catalog_ptr) catalog = NULL;
	AUTO(edit_ptr) edit = NULL;
	AUTO(disk_ptr) disk = NULL;
	AUTO_DONE(buf) old = { 0 };
	bool replayed = false;

	TRY(check_params(params, &signer, err));
	TRY(editor_open(disk_file, &edit, err));
	TRY(open_edited(edit, disk_file, how, &disk, err));
	TRY(sign_locked(disk, params, &signer, &old, &catalog, &tree, err));
	shvm_disk_close(
		STEAL(disk)); /* it describes the old state of the file */
	hold_signals(&hold);  /* change everything or nothing */
	TRY(edit_replay(edit, &replayed, err));
	if (params->tree.path)
		TRY(file_publish(&tree, err));
	TRY(embed(edit, disk_file, how, params, catalog, &old, err));
	file_keep(&tree);
	*ret_replayed = replayed;
	*ret = STEAL(catalog);
	return SHVM_OK;
}

int shvm_template_unprotect(const char *disk_file, struct shvm_err *err)
{
	AUTO_DONE(hold) hold = { 0 };
	AUTO(edit_ptr) edit = NULL;
	AUTO_DONE(buf) old = { 0 };
	bool found = false, replayed, removed = false;

	TRY(editor_open(disk_file, &edit, err));
	TRY(read_item(edit, disk_file, &old, &found, err));
	if (!found)
		return err_reason(err, SHVM_E_FORMAT, "no-catalog",
				  "%s: contains no catalog", disk_file);
	hold_signals(&hold);
	TRY(edit_replay(edit, &replayed, err));
	TRY(edit_remove_item(edit, &catalog_item_id, &removed, err));
	old.len = 0;
	TRY(read_item(edit, disk_file, &old, &found, err));
	if (!removed || found)
		return err_set(err, SHVM_E_IO, "%s: the catalog still exists",
			       disk_file);
	return SHVM_OK;
}
