/* SPDX-License-Identifier: MIT */
/* From an open disk to a signed catalog. */
#include "base/auto.h"
#include "disk/partition.h"
#include "hash/disktree.h"
#include "signer/chain.h"
#include "signer/readiness.h"
#include "signer/template.h"
#include "signer/tsa.h"

#include <assert.h>
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

/* Certificates from a separate file: the one that belongs to the key signs. */
static int load_cert_file(const struct shvm_sign_params *params,
			  struct template_signer *s, struct shvm_err *err)
{
	struct shvm_key_source source = params->cert_source;

	source.uri = params->cert_file;
	TRY(key_load_certs(&source, &s->chain, err));
	TRY(key_load_private(&params->key, &s->key, NULL, NULL, err));
	return key_take_signer(source.uri, s->chain, s->key, &s->cert, err);
}

/* If no verifier can trust the chain by a CA, the disk is signed with a warning:
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
		return err_set(err, SHVM_E_ARG, "no signing key was given");
	if (params->cert_file)
		TRY(load_cert_file(params, &s, err));
	else
		TRY(key_load_private(&params->key, &s.key, &s.cert, &s.chain,
				     err));
	if (!s.cert)
		return err_set(
			err, SHVM_E_ARG,
			"%s: contains no certificate, and no other file with one was given",
			params->key.uri);
	TRY(key_check_match(s.cert, s.key, err));
	TRY(key_check_signer(s.cert, 0, err));
	TRY(key_check_eku(s.cert, params->eku, err));
	warn_of_chain(params, &s);
	TRY(key_check_signs(s.cert, s.key, err));
	*ret = MOVE(s);
	return SHVM_OK;
}

/* The role of a partition that is not an OS volume. */
static enum shvm_role role_by_type(const struct shvm_guid *type_guid)
{
	switch (partition_type(type_guid)) {
	case PARTITION_TYPE_ESP:
		return SHVM_ROLE_ESP;
	case PARTITION_TYPE_RECOVERY:
		return SHVM_ROLE_RECOVERY;
	case PARTITION_TYPE_MSR:
	case PARTITION_TYPE_BIOS_BOOT:
		return SHVM_ROLE_RESERVED;
	default:
		return SHVM_ROLE_DATA;
	}
}

static int by_offset(const void *a, const void *b)
{
	const struct shvm_catalog_volume *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The OS volumes, and with coverage disk all other partitions, too. */
static int fill_volumes(struct shvm_disk *disk, struct shvm_catalog_info *c,
			struct catalog_lists *lists, struct shvm_err *err)
{
	const struct gpt *gpt = disk_gpt(disk);
	struct shvm_volume os[2];
	size_t os_count = 0;

	TRY(shvm_disk_volumes(disk, c->disk_type, os, &os_count, err));
	lists->volumes = calloc(gpt->count + 1, sizeof(*lists->volumes));
	TRY(err_null(err, lists->volumes, "catalog"));
	c->volumes = lists->volumes;
	for (size_t i = 0; i < gpt->count; i++) {
		const struct gpt_entry *e = &gpt->entries[i];
		struct shvm_catalog_volume *v =
			&lists->volumes[c->volume_count];
		bool is_os = false;

		*v = (struct shvm_catalog_volume){
			.role = role_by_type(&e->type_guid),
			.number = e->number,
			.guid = e->guid,
			.type_guid = e->type_guid,
			.offset = e->offset,
			.size = e->size,
			.attributes = e->attributes,
		};
		memcpy(v->name, e->name, sizeof(v->name));
		for (size_t k = 0; k < os_count; k++) {
			if (os[k].partition != e->number)
				continue;
			is_os = true;
			v->role = os[k].role;
		}
		if (is_os || c->coverage == SHVM_COVERAGE_DISK)
			c->volume_count++;
	}
	qsort(lists->volumes, c->volume_count, sizeof(*lists->volumes),
	      by_offset);
	return SHVM_OK;
}

/* The digest parameters in the catalog, before digests are known. */
static struct shvm_signed_digest digest_to_come(
	const struct shvm_digest_params *p)
{
	return (struct shvm_signed_digest){
		.algorithm = p->algorithm,
		.block_size = p->block_size ? p->block_size : BLOCK_SIZE_MIN,
		.hash_size = hash_size(p->algorithm),
	};
}

/* The table, and LBA 0, the region that always exists. */
static int fill_table(struct shvm_disk *disk,
		      const struct shvm_sign_params *params,
		      struct shvm_catalog_info *c, struct catalog_lists *lists,
		      struct shvm_err *err)
{
	const struct gpt_header *h = &disk_gpt(disk)->header;

	for (size_t i = 0; i < c->volume_count; i++)
		lists->volumes[i].digest = digest_to_come(&params->digest);
	if (c->coverage != SHVM_COVERAGE_DISK)
		return SHVM_OK;
	c->first_usable = h->first_usable_lba;
	c->last_usable = h->last_usable_lba;
	c->entry_count = h->entry_count;
	lists->regions = calloc(c->volume_count + 2, sizeof(*lists->regions));
	TRY(err_null(err, lists->regions, "catalog"));
	lists->regions[0].size = c->sector_size;
	lists->regions[0].digest = digest_to_come(&params->digest);
	c->regions = lists->regions;
	c->region_count = 1;
	return SHVM_OK;
}

/* A table whose bytes do not all follow from the values in the catalog cannot be
 * covered. */
static int check_canonical(struct shvm_disk *disk,
			   const struct shvm_sign_params *params,
			   const struct shvm_catalog_info *c,
			   struct shvm_err *err)
{
	const struct gpt_values v = parts_table(c, NULL);
	AUTO_DONE(checks) found = { 0 };
	const char *what = NULL;

	if (!gpt_values_fit(&v, &what))
		return err_reason(
			err, SHVM_E_UNSUPPORTED, "gpt-not-canonical",
			"%s: the table is not canonical: its %s leaves no room for both copies; sgdisk -e may rewrite them",
			disk_path(disk), what);
	TRY(template_compare_table(disk, c, "gpt-not-canonical", &found, err));
	if (found.count == 0)
		return SHVM_OK;
	for (size_t i = 0; params->check && i < found.count; i++)
		params->check(params->check_ctx, &found.items[i]);
	(void)template_differences(SHVM_E_UNSUPPORTED, "gpt-not-canonical",
				   &found, err);
	return err_prefix(
		err, SHVM_E_UNSUPPORTED,
		"%s: the table is not canonical (sfdisk -d DISK | sfdisk DISK rewrites it)",
		disk_path(disk));
}

static bool is_ignored(const struct shvm_sign_params *params, const char *rule)
{
	for (size_t i = 0; i < params->ignore_count; i++)
		if (strcmp(params->ignore[i], rule) == 0)
			return true;
	return false;
}

/* Everything that can be refused before hours of hashing. */
static int check_disk(struct shvm_disk *disk,
		      const struct shvm_sign_params *params,
		      const struct shvm_catalog_info *c, struct shvm_err *err)
{
	int r;

	if (params->tree.path)
		TRY(shvm_disk_check_output(disk, params->tree.path, err));
	TRY(readiness_check_template(disk, params->disk_type, params->ignore,
				     params->ignore_count, params->check,
				     params->check_ctx, err));
	if (c->coverage == SHVM_COVERAGE_DISK)
		TRY(check_canonical(disk, params, c, err));
	r = catalog_check(c, SHVM_E_UNSUPPORTED, err);
	return r < 0 ? err_prefix(err, r, "%s", disk_path(disk)) : SHVM_OK;
}

/* Stores the computed digests; a gap that is not zeros becomes a region. */
static void take_digests(const struct parts *parts, struct shvm_catalog_info *c,
			 struct catalog_lists *lists)
{
	size_t volume = 0;

	for (size_t i = 0; i < parts->count; i++) {
		const struct shvm_part_result *p = &parts->items[i];
		struct shvm_signed_digest *d;

		if (p->part == SHVM_PART_TABLE ||
		    (p->part == SHVM_PART_GAP && p->match))
			continue;
		assert(p->part == SHVM_PART_VOLUME ? lists->volumes != NULL
						   : lists->regions != NULL);
		if (p->part == SHVM_PART_GAP) {
			lists->regions[c->region_count] =
				(struct shvm_catalog_region){
					.offset = p->offset,
					.size = p->size,
					.digest = p->expected
				};
			d = &lists->regions[c->region_count++].digest;
		} else {
			d = p->part == SHVM_PART_LBA0
				    ? &lists->regions[0].digest
				    : &lists->volumes[volume++].digest;
		}
		memcpy(d->digest, p->actual, d->hash_size);
	}
}

/* Hashing is done; the caller's progress callback can still cancel. */
struct waiting {
	const struct shvm_digest_params *digest;
	uint64_t total; /* bytes */
};

/* shvm_progress_fn: the caller does not count the bytes of the response. */
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

static int add_timestamp(const struct shvm_sign_params *params, uint64_t total,
			 struct buf *der, struct shvm_err *err)
{
	struct waiting waiting = { .digest = &params->digest, .total = total };
	const struct tsa tsa = {
		.url = params->timestamp_url,
		.ca_file = params->timestamp_ca_file,
		.progress = ask_caller,
		.progress_ctx = &waiting,
	};

	return cms_timestamp(der, &tsa, err);
}

/* Encodes XML and CMS, and decodes the result strictly. */
static int sign_content(const struct shvm_catalog_info *c, uint64_t hashed,
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
		TRY(add_timestamp(params, hashed, &der, err));
	r = shvm_catalog_decode(der.data, der.len, &catalog, err);
	if (r < 0)
		return err_prefix(err, r, "the new catalog");
	*ret = STEAL(catalog);
	return SHVM_OK;
}

int template_sign_disk(struct shvm_disk *disk,
		       const struct shvm_sign_params *params,
		       const struct template_signer *signer,
		       struct shvm_catalog **ret, struct file_pending *tree,
		       struct shvm_err *err)
{
	const struct shvm_disk_info *info = shvm_disk_info(disk);
	AUTO_DONE(catalog_lists) lists = { 0 };
	AUTO_DONE(parts) parts = { 0 };
	struct shvm_catalog_info c = {
		.version = params->version,
		.disk_type = params->disk_type,
		.coverage = params->coverage,
		.disk_guid = info->table_guid,
		.disk_size = info->virtual_size,
		.sector_size = info->logical_sector_size,
	};

	TRY(catalog_check_name(params->template_name, SHVM_E_ARG, err));
	memcpy(c.name, params->template_name,
	       strlen(params->template_name) + 1);
	TRY(fill_volumes(disk, &c, &lists, err));
	TRY(fill_table(disk, params, &c, &lists, err));
	TRY(check_disk(disk, params, &c, err));
	TRY(parts_plan(&c, &parts, err));
	if (!is_ignored(params, "undefined-blocks"))
		TRY(template_check_defined(disk, &parts, SHVM_E_UNSUPPORTED,
					   err));
	TRY(parts_expect_zeros(&c, &parts, err));
	TRY(template_hash(disk, &params->digest, &params->tree, info->copy_mode,
			  &parts, tree, err));
	take_digests(&parts, &c, &lists);
	return sign_content(&c, parts_to_hash(&parts), params, signer, ret,
			    err);
}
