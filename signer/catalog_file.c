/* SPDX-License-Identifier: MIT */
/* A signed catalog as an object: from a file, a disk or memory. */
#include "base/file.h"
#include "disk/format.h"
#include "signer/template.h"
#include "source/source_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Any failure of a decoder except out of memory means a bad catalog. */
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

int shvm_catalog_decode(const uint8_t *der, size_t len,
			struct shvm_catalog **ret, struct shvm_err *err)
{
	AUTO(catalog_ptr) c = calloc(1, sizeof(*c));
	struct cms_message *m;
	int r;

	TRY(err_null(err, c, "catalog"));
	m = &c->message;
	r = cms_decode(der, len, m, err);
	if (r < 0)
		return bad_catalog(err, r);
	if (!m->attached)
		return err_reason(err, SHVM_E_FORMAT, "bad-catalog",
				  "catalog: the message has no content");
	/* The content is not parsed before its signature was verified. */
	TRY(cms_check_signature(m, NULL, 0, err));
	r = catalog_decode(m->content.data, m->content.len, &c->info, &c->lists,
			   err);
	if (r == SHVM_OK)
		r = cert_info_init(&c->info.signer, m->cert, err);
	if (r < 0)
		return bad_catalog(err, r);
	buf_add(&c->der, der, len);
	TRY(buf_check(&c->der, "catalog", err));
	if (EVP_Digest(m->content.data, m->content.len, c->info.content_sha256,
		       NULL, EVP_sha256(), NULL) != 1)
		return err_set_ossl(err, "catalog: SHA-256");
	c->info.signing_time = m->signing_time;
	c->info.timestamp = m->timestamp;
	*ret = STEAL(c);
	return SHVM_OK;
}

int template_disk_item(struct shvm_disk *disk, struct buf *ret,
		       struct shvm_err *err)
{
	bool found = false;

	TRY(disk_user_item(disk, &catalog_item_id, ret, &found, err));
	if (!found)
		return err_reason(err, SHVM_E_FORMAT, "no-catalog",
				  "%s: contains no catalog", disk_path(disk));
	return SHVM_OK;
}

int shvm_catalog_from_disk(struct shvm_disk *disk, struct shvm_catalog **ret,
			   struct shvm_err *err)
{
	AUTO_DONE(buf) der = { 0 };

	TRY(template_disk_item(disk, &der, err));
	return err_prefix(err, shvm_catalog_decode(der.data, der.len, ret, err),
			  "%s", disk_path(disk));
}

/* Is it a disk or a catalog? A pipe cannot be a source and is not a disk. */
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
	AUTO(disk_ptr) disk = NULL;
	AUTOCLOSE int fd = -1;
	AUTO_DONE(buf) der = { 0 };
	struct source *file;
	int given, r;

	if (params)
		how = *params;
	how.raw = false; /* detect images by content */
	TRY(file_open_input(path, &fd, err));
	if (is_disk(fd, path)) {
		given = fd;
		fd = -1; /* owned by the source now */
		TRY(source_file_new(given, path, 512, &file, err));
		TRY(disk_open_on(file, path, &how, &disk, err));
		return shvm_catalog_from_disk(disk, ret, err);
	}

	r = file_read_fd(fd, path, CMS_SIZE_MAX, &der, err);
	if (r < 0)
		return r == SHVM_E_FORMAT ? bad_catalog(err, r) : r;
	return err_prefix(err, shvm_catalog_decode(der.data, der.len, ret, err),
			  "%s", path);
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
	catalog_lists_done(&catalog->lists);
	buf_done(&catalog->der);
	cms_message_done(&catalog->message);
	free(catalog);
}
