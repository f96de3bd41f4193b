/* SPDX-License-Identifier: MIT */
/* From an open disk to a signed catalog. */
#include "base/auto.h"
#include "hash/treefile.h"
#include "signer/chain.h"
#include "signer/readiness.h"
#include "signer/template.h"
#include "signer/tsa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void template_signer_done(struct template_signer *s)
{
	X509_free(s->cert);
	EVP_PKEY_free(s->key);
	x509_stack_free(s->chain);
	*s = (struct template_signer){ 0 };
}

/* The certificates of a file of their own: that of the key signs. */
static int load_cert_file(const struct shvm_sign_params *params,
			  struct template_signer *s, struct shvm_err *err)
{
	struct shvm_key_source source = params->cert_source;

	source.uri = params->cert_file;
	TRY(key_load_certs(&source, &s->chain, err));
	TRY(key_load_private(&params->key, &s->key, NULL, NULL, err));
	return key_take_signer(source.uri, s->chain, s->key, &s->cert, err);
}

/* A chain that every verification by --ca would refuse is signed, with a note:
 * the verifier may pin the certificate. */
static void warn_of_chain(const struct shvm_sign_params *params,
			  const struct template_signer *s)
{
	char why[300];
	const struct shvm_check check = { .id = "signer-chain",
					  .outcome = SHVM_CHECK_FAILED,
					  .level = SHVM_LEVEL_WARNING,
					  .offset = UINT64_MAX,
					  .text = why };

	if (params->check &&
	    !chain_can_be_trusted(s->cert, s->chain, why, sizeof(why)))
		params->check(params->check_ctx, &check);
}

int template_signer_load(const struct shvm_sign_params *params,
			 struct template_signer *ret, struct shvm_err *err)
{
	AUTO_DONE(template_signer) s = { 0 };

	if (!params->key.uri)
		return err_set(err, SHVM_E_ARG, "no signing key is given");
	if (params->cert_file)
		TRY(load_cert_file(params, &s, err));
	else
		TRY(key_load_private(&params->key, &s.key, &s.cert, &s.chain,
				     err));
	if (!s.cert)
		return err_set(err, SHVM_E_ARG,
			       "%s: holds no certificate, and no other file "
			       "with one is given",
			       params->key.uri);
	TRY(key_check_match(s.cert, s.key, err));
	TRY(key_check_signer(s.cert, 0, err));
	TRY(key_check_eku(s.cert, params->eku, err));
	warn_of_chain(params, &s);
	TRY(key_check_signs(s.cert, s.key, err));
	*ret = MOVE(s);
	return SHVM_OK;
}

/* shvm_progress_fn: of one volume, for the caller who sees all of them. */
static int add_progress(void *ctx, uint64_t done, uint64_t total)
{
	const struct template_progress *p = ctx;

	(void)total;
	return p->params->progress(p->params->progress_ctx, p->before + done,
				   p->total);
}

struct shvm_digest_params template_next_part(struct template_progress *progress,
					     uint64_t size)
{
	struct shvm_digest_params params = *progress->params;

	progress->before += progress->size;
	progress->size = size;
	if (params.progress) {
		params.progress = add_progress;
		params.progress_ctx = progress;
	}
	return params;
}

int template_check_unchanged(struct shvm_disk *disk, struct shvm_err *err)
{
	int r = source_check_unchanged(disk_source(disk), err);

	if (r == SHVM_E_IO && err && !err->reason)
		err->reason = "changed";
	return r;
}

static int fill_volumes(struct shvm_disk *disk,
			const struct shvm_sign_params *params,
			struct shvm_catalog_info *c,
			struct catalog_lists *lists, struct shvm_err *err)
{
	struct shvm_volume volumes[2];

	TRY(shvm_disk_volumes(disk, params->disk_type, volumes,
			      &c->volume_count, err));
	lists->volumes = calloc(c->volume_count, sizeof(*lists->volumes));
	TRY(err_null(err, lists->volumes, "catalog"));
	c->volumes = lists->volumes;
	for (size_t i = 0; i < c->volume_count; i++)
		lists->volumes[i] = (struct shvm_catalog_volume){
			.role = volumes[i].role,
			.number = volumes[i].partition,
			.guid = volumes[i].guid,
			.type_guid = volumes[i].type_guid,
			.offset = volumes[i].offset,
			.size = volumes[i].size,
		};
	return SHVM_OK;
}

int template_tree_name(const char *tree_file, enum shvm_role role, char **ret,
		       struct shvm_err *err)
{
	const char *suffix = role == SHVM_ROLE_BOOT   ? ".boot"
			     : role == SHVM_ROLE_ROOT ? ".root"
						      : "";

	if (!tree_file)
		return SHVM_OK;
	if (asprintf(ret, "%s%s", tree_file, suffix) < 0) {
		*ret = NULL;
		return err_nomem(err, tree_file);
	}
	return SHVM_OK;
}

void template_trees_done(struct template_trees *t)
{
	for (size_t i = 0; i < t->count; i++)
		file_pending_done(&t->items[i]);
	t->count = 0;
}

int template_trees_publish(struct template_trees *t, struct shvm_err *err)
{
	for (size_t i = 0; i < t->count; i++)
		TRY(file_publish(&t->items[i], err));
	return SHVM_OK;
}

void template_trees_keep(struct template_trees *t)
{
	for (size_t i = 0; i < t->count; i++)
		file_keep(&t->items[i]);
	t->count = 0;
}

/* Before the hours of hashing: no result goes over what is read. */
static int check_trees(const struct shvm_disk *disk,
		       const struct shvm_sign_params *params,
		       const struct shvm_catalog_info *c, struct shvm_err *err)
{
	for (size_t i = 0; i < c->volume_count; i++) {
		AUTOFREE char *tree = NULL;

		TRY(template_tree_name(params->tree.path, c->volumes[i].role,
				       &tree, err));
		if (tree)
			TRY(shvm_disk_check_output(disk, tree, err));
	}
	return SHVM_OK;
}

static int hash_volumes(struct shvm_disk *disk,
			const struct shvm_sign_params *params,
			const struct shvm_catalog_info *c,
			struct catalog_lists *lists,
			struct template_trees *trees, struct shvm_err *err)
{
	struct template_progress progress = { .params = &params->digest };

	for (size_t i = 0; i < c->volume_count; i++)
		progress.total += c->volumes[i].size;
	for (size_t i = 0; i < c->volume_count; i++) {
		struct shvm_catalog_volume *v = &lists->volumes[i];
		const struct shvm_digest_params p =
			template_next_part(&progress, v->size);
		struct shvm_tree_output tree = params->tree;
		AUTOFREE char *name = NULL;
		struct shvm_digest d;
		int r;

		TRY(template_tree_name(params->tree.path, v->role, &name, err));
		tree.path = name;
		r = volume_digest(disk,
				  (struct shvm_span){ v->offset, v->size }, &p,
				  name ? &tree : NULL,
				  name ? &trees->items[trees->count++] : NULL,
				  &d, err);
		if (r < 0)
			return err_prefix(err, r, "%s", disk_path(disk));
		v->digest.algorithm = d.algorithm;
		v->digest.block_size = d.block_size;
		v->digest.hash_size = d.hash_size;
		memcpy(v->digest.digest, d.digest, d.hash_size);
	}
	return template_check_unchanged(disk, err);
}

/* All is hashed; the caller's progress callback is still who can stop. */
struct waiting {
	const struct shvm_digest_params *digest;
	uint64_t total; /* bytes */
};

/* shvm_progress_fn: the answer's bytes are not what the caller counts. */
static int ask_caller(void *ctx, uint64_t done, uint64_t total)
{
	const struct waiting *w = ctx;

	(void)done;
	(void)total;
	return w->digest->progress
		       ? w->digest->progress(w->digest->progress_ctx, w->total,
					     w->total)
		       : 0;
}

static int add_timestamp(const struct shvm_catalog_info *c,
			 const struct shvm_sign_params *params, struct buf *der,
			 struct shvm_err *err)
{
	struct waiting waiting = { .digest = &params->digest };
	const struct tsa tsa = {
		.url = params->timestamp_url,
		.ca_file = params->timestamp_ca_file,
		.progress = ask_caller,
		.progress_ctx = &waiting,
	};

	for (size_t i = 0; i < c->volume_count; i++)
		waiting.total += c->volumes[i].size;
	return cms_timestamp(der, &tsa, err);
}

/* XML to CMS to an object that was read back strictly. */
static int sign_content(const struct shvm_catalog_info *c,
			const struct shvm_sign_params *params,
			const struct template_signer *signer,
			struct shvm_catalog **ret, struct shvm_err *err)
{
	const struct cms_signer by = { .cert = signer->cert,
				       .key = signer->key,
				       .chain = signer->chain,
				       .signing_time =
					       (time_t)params->signing_time };
	AUTO(catalog_ptr) catalog = NULL;
	AUTO_DONE(buf) xml = { 0 };
	AUTO_DONE(buf) der = { 0 };
	int r;

	TRY(catalog_encode(c, &xml, err));
	TRY(cms_sign(&by, xml.data, xml.len, false, &der, err));
	if (params->timestamp_url)
		TRY(add_timestamp(c, params, &der, err));
	r = shvm_catalog_decode(der.data, der.len, &catalog, err);
	if (r < 0)
		return err_prefix(err, r, "the new catalog");
	*ret = STEAL(catalog);
	return SHVM_OK;
}

int template_sign_disk(struct shvm_disk *disk,
		       const struct shvm_sign_params *params,
		       const struct template_signer *signer,
		       struct shvm_catalog **ret, struct template_trees *trees,
		       struct shvm_err *err)
{
	const struct shvm_disk_info *info = shvm_disk_info(disk);
	AUTO_DONE(catalog_lists) lists = { 0 };
	struct shvm_catalog_info c = {
		.version = params->version,
		.disk_type = params->disk_type,
		.disk_guid = info->table_guid,
		.disk_size = info->virtual_size,
		.sector_size = info->logical_sector_size,
	};

	TRY(catalog_check_name(params->template_name, SHVM_E_ARG, err));
	memcpy(c.name, params->template_name,
	       strlen(params->template_name) + 1);
	TRY(fill_volumes(disk, params, &c, &lists, err));
	TRY(check_trees(disk, params, &c, err));
	TRY(readiness_check_template(disk, params->disk_type, params->ignore,
				     params->ignore_count, params->check,
				     params->check_ctx, err));
	TRY(hash_volumes(disk, params, &c, &lists, trees, err));
	return sign_content(&c, params, signer, ret, err);
}
