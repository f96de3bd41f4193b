/* SPDX-License-Identifier: MIT */
/* A signed catalog as an object: out of a file, a disk or memory. */
#include "base/file.h"
#include "disk/format.h"
#include "signer/template.h"
#include "source/source_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)SHVM_HASH_SHA256 == (int)HASH_SHA256 &&
		      (int)SHVM_HASH_SHA512 == (int)HASH_SHA512,
	      "the public numbers are the internal ones");

static void fill_volume(const struct catalog_volume *from,
			struct shvm_catalog_volume *to)
{
	*to = (struct shvm_catalog_volume){
		.role = from->role,
		.guid = from->guid,
		.type_guid = from->type_guid,
		.offset = from->offset,
		.size = from->size,
		.algorithm = (enum shvm_hash)from->algorithm,
		.block_size = from->block_size,
		.hash_size = hash_size(from->algorithm),
	};
	memcpy(to->digest, from->digest, to->hash_size);
}

static void fill_info(struct shvm_catalog *c, const struct cms_message *m)
{
	struct shvm_catalog_info *i = &c->info;
	const struct catalog *from = &c->content;

	*i = (struct shvm_catalog_info){
		.name = from->name,
		.version = from->version,
		.disk_type = from->disk_type,
		.disk_guid = from->disk_guid,
		.disk_size = from->disk_size,
		.sector_size = from->sector_size,
		.volume_count = from->volume_count,
		.signing_time = m->signing_time,
		.timestamp = m->timestamp,
	};
	for (size_t k = 0; k < from->volume_count; k++)
		fill_volume(&from->volumes[k], &i->volumes[k]);
}

/* Whatever a decoder found: the catalog is bad, unless memory ran out. */
static int bad_catalog(struct shvm_err *err, int r)
{
	if (r == SHVM_E_NOMEM)
		return r;
	if (err) {
		err->code = SHVM_E_FORMAT;
		err->reason = "bad-catalog";
	}
	return SHVM_E_FORMAT;
}

bool template_says_no(const struct shvm_err *why)
{
	return why->code == SHVM_E_VERIFY ||
	       (why->code == SHVM_E_FORMAT && why->reason &&
		(strcmp(why->reason, "no-catalog") == 0 ||
		 strcmp(why->reason, "bad-catalog") == 0));
}

int template_catalog_decode(const uint8_t *der, size_t len,
			    struct shvm_catalog **ret,
			    struct cms_message *message, struct shvm_err *err)
{
	AUTO(catalog_ptr) c = calloc(1, sizeof(*c));
	AUTO_DONE(cms_message) m = { 0 };
	int r;

	if (!c)
		return err_nomem(err, "catalog");
	r = cms_decode(der, len, &m, err);
	if (r < 0)
		return bad_catalog(err, r);
	if (!m.attached)
		return err_reason(err, SHVM_E_FORMAT, "bad-catalog",
				  "catalog: the message has no content");
	/* Nothing reads the content before its signature is known as good. */
	r = cms_check_signature(&m, NULL, 0, err);
	if (r < 0)
		return r;
	r = catalog_decode(m.content.data, m.content.len, &c->content, err);
	if (r < 0)
		return bad_catalog(err, r);
	fill_info(c, &m);
	r = cert_info_init(&c->info.signer, m.cert, err);
	if (r < 0)
		return bad_catalog(err, r);
	buf_add(&c->der, der, len);
	r = buf_check(&c->der, "catalog", err);
	if (r < 0)
		return r;
	if (message)
		*message = MOVE(m);
	*ret = STEAL(c);
	return SHVM_OK;
}

int template_disk_item(struct shvm_disk *disk, struct buf *ret,
		       struct shvm_err *err)
{
	bool found = false;
	int r;

	r = disk_user_item(disk, &catalog_item_id, ret, &found, err);
	if (r < 0)
		return r;
	if (!found)
		return err_reason(err, SHVM_E_FORMAT, "no-catalog",
				  "%s: carries no catalog", disk_path(disk));
	return SHVM_OK;
}

int shvm_catalog_from_disk(struct shvm_disk *disk, struct shvm_catalog **ret,
			   struct shvm_err *err)
{
	AUTO_DONE(buf) der = { 0 };
	int r;

	r = template_disk_item(disk, &der, err);
	if (r < 0)
		return r;
	r = template_catalog_decode(der.data, der.len, ret, NULL, err);
	return r < 0 ? err_prefix(err, r, "%s", disk_path(disk)) : SHVM_OK;
}

int shvm_catalog_load_disk(const char *path,
			   const struct shvm_disk_params *params,
			   struct shvm_catalog **ret, struct shvm_err *err)
{
	AUTO(disk_ptr) disk = NULL;
	int r;

	r = shvm_disk_open(path, params, &disk, err);
	return r < 0 ? r : shvm_catalog_from_disk(disk, ret, err);
}

/* A disk, or else a catalog? A pipe, which is no source, is no disk. */
static bool is_disk(int fd, const char *path)
{
	AUTO(source_ptr) file = NULL;
	bool ret = false;

	return source_file_borrow(fd, path, 512, &file, NULL) == 0 &&
	       disk_format_is_image(file, &ret, NULL) == 0 && ret;
}

int shvm_catalog_load(const char *path, const struct shvm_disk_params *params,
		      struct shvm_catalog **ret, struct shvm_err *err)
{
	struct shvm_disk_params how = { 0 };
	AUTOCLOSE int fd = -1;
	AUTO_DONE(buf) der = { 0 };
	int r;

	if (params)
		how = *params;
	how.raw = false; /* what begins as an image is one */
	r = file_open_input(path, &fd, err);
	if (r < 0)
		return r;
	if (is_disk(fd, path))
		return shvm_catalog_load_disk(path, &how, ret, err);

	r = file_read_fd(fd, path, CMS_SIZE_MAX, &der, err);
	if (r < 0)
		return r == SHVM_E_FORMAT ? bad_catalog(err, r) : r;
	r = template_catalog_decode(der.data, der.len, ret, NULL, err);
	return r < 0 ? err_prefix(err, r, "%s", path) : SHVM_OK;
}

const struct shvm_catalog_info *shvm_catalog_info(
	const struct shvm_catalog *catalog)
{
	return &catalog->info;
}

const uint8_t *shvm_catalog_der(const struct shvm_catalog *catalog,
				size_t *ret_len)
{
	*ret_len = catalog->der.len;
	return catalog->der.data;
}

void shvm_catalog_free(struct shvm_catalog *catalog)
{
	if (!catalog)
		return;
	cert_info_done(&catalog->info.signer);
	buf_done(&catalog->der);
	free(catalog);
}
