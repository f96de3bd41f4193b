/* SPDX-License-Identifier: MIT */
/* The parameters of the plugin, and what is opened by them. */
#include "plugin/config.h"

#include "base/auto.h"
#include "base/err.h"

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	KIND_TEXT,
	KIND_LIST,
	KIND_BOOL
};

static const struct parameter {
	const char *key;
	enum kind kind;
	bool of_view; /* has a meaning for the verified view only */
	size_t at;    /* in struct config */
} parameters[] = {
	{ "file", KIND_TEXT, false, offsetof(struct config, file) },
	{ "parent", KIND_TEXT, false, offsetof(struct config, parent) },
	{ "no-parent-lookup", KIND_BOOL, false,
	  offsetof(struct config, no_parent_lookup) },
	{ "parent-anywhere", KIND_BOOL, false,
	  offsetof(struct config, parent_anywhere) },
	{ "no-replay", KIND_BOOL, false, offsetof(struct config, no_replay) },
	{ "raw", KIND_BOOL, false, offsetof(struct config, raw) },
	{ "sector-size", KIND_TEXT, false,
	  offsetof(struct config, sector_size) },
	{ "signer", KIND_LIST, false, offsetof(struct config, signer) },
	{ "ca", KIND_LIST, false, offsetof(struct config, ca) },
	{ "tsa-ca", KIND_LIST, true, offsetof(struct config, tsa_ca) },
	{ "catalog", KIND_TEXT, true, offsetof(struct config, catalog) },
	{ "tree", KIND_TEXT, true, offsetof(struct config, tree) },
	{ "eku", KIND_TEXT, true, offsetof(struct config, eku) },
	{ "allow-differencing", KIND_BOOL, true,
	  offsetof(struct config, allow_differencing) },
};

static void *member(struct config *c, const struct parameter *p)
{
	return (char *)c + p->at;
}

static int set_text(const char **to, const struct parameter *p,
		    const char *value)
{
	if (*to) {
		nbdkit_error("%s=%s: given twice", p->key, value);
		return -1;
	}
	*to = value;
	return 0;
}

static int list_add(struct config_list *list, const char *value)
{
	const char **items =
		realloc(list->items, (list->count + 1) * sizeof(*list->items));

	if (!items) {
		nbdkit_error("out of memory");
		return -1;
	}
	items[list->count++] = value;
	list->items = items;
	return 0;
}

static int set_bool(bool *to, const char *value)
{
	const int is = nbdkit_parse_bool(value); /* it says what is wrong */

	if (is < 0)
		return -1;
	*to = is;
	return 0;
}

int config_set(struct config *c, const char *key, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		const struct parameter *p = &parameters[i];

		if (strcmp(p->key, key) != 0)
			continue;
		switch (p->kind) {
		case KIND_TEXT:
			return set_text(member(c, p), p, value);
		case KIND_LIST:
			return list_add(member(c, p), value);
		case KIND_BOOL:
			return set_bool(member(c, p), value);
		}
	}
	nbdkit_error("unknown parameter: %s=%s", key, value);
	return -1;
}

static bool is_view(const struct config *c)
{
	return c->signer.count > 0 || c->ca.count > 0;
}

static bool is_set(const struct config *c, const struct parameter *p)
{
	const void *at = (const char *)c + p->at;

	switch (p->kind) {
	case KIND_TEXT:
		return *(const char *const *)at != NULL;
	case KIND_LIST:
		return ((const struct config_list *)at)->count > 0;
	case KIND_BOOL:
		return *(const bool *)at;
	}
	return false;
}

int config_check(const struct config *c)
{
	if (!c->file) {
		nbdkit_error("no disk is given: file=DISK");
		return -1;
	}
	if (c->sector_size && strcmp(c->sector_size, "512") != 0 &&
	    strcmp(c->sector_size, "4096") != 0) {
		nbdkit_error("sector-size=%s: neither 512 nor 4096",
			     c->sector_size);
		return -1;
	}
	/* Else a typing error would serve what nothing was checked of. */
	for (size_t i = 0; !is_view(c) && i < ARRAY_SIZE(parameters); i++) {
		if (!parameters[i].of_view || !is_set(c, &parameters[i]))
			continue;
		nbdkit_error("%s= is for the verified view, which needs a "
			     "trust anchor: signer=CERT or ca=FILE",
			     parameters[i].key);
		return -1;
	}
	return 0;
}

void config_done(struct config *c)
{
	free(c->signer.items);
	free(c->ca.items);
	free(c->tsa_ca.items);
	*c = (struct config){ 0 };
}

AUTO_DEFINE(trust_ptr, struct shvm_trust *, shvm_trust_free);
AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);

typedef int (*add_fn)(struct shvm_trust *trust, const char *path,
		      struct shvm_err *err);

static int add_all(struct shvm_trust *trust, const struct config_list *list,
		   add_fn add, struct shvm_err *err)
{
	for (size_t i = 0; i < list->count; i++)
		TRY(add(trust, list->items[i], err));
	return SHVM_OK;
}

static int view_open(const struct config *c, struct config_opened *o,
		     struct shvm_err *err)
{
	struct shvm_view_params params = {
		.allow_differencing = c->allow_differencing,
		.tree_file = c->tree,
	};
	AUTOFREE char *cache = NULL;
	AUTO(catalog_ptr) catalog = NULL;
	AUTO(trust_ptr) trust = NULL;

	TRY(shvm_trust_new(&trust, err));
	TRY(add_all(trust, &c->signer, shvm_trust_add_signer, err));
	TRY(add_all(trust, &c->ca, shvm_trust_add_ca, err));
	TRY(add_all(trust, &c->tsa_ca, shvm_trust_add_tsa_ca, err));
	TRY(shvm_trust_set_eku(trust, c->eku, err));
	if (c->catalog)
		TRY(shvm_catalog_load(c->catalog, NULL, &catalog, err));
	if (!c->tree)
		TRY(shvm_cache_folder(secure_getenv("XDG_CACHE_HOME"),
				      secure_getenv("HOME"), geteuid() == 0,
				      &cache, err));
	params.cache = cache;
	return shvm_view_open(o->disk, catalog, trust, &params, &o->view, err);
}

int config_open(const struct config *c, struct config_opened *ret,
		struct shvm_err *err)
{
	const struct shvm_disk_params params = {
		.parent = c->parent,
		.no_parent_lookup = c->no_parent_lookup,
		.parent_anywhere = c->parent_anywhere,
		.no_replay = c->no_replay,
		.raw = c->raw,
		.raw_sector_size = !c->sector_size	      ? 0
				   : c->sector_size[0] == '4' ? 4096
							      : 512,
	};

	TRY(shvm_disk_open(c->file, &params, &ret->disk, err));
	return is_view(c) ? view_open(c, ret, err) : SHVM_OK;
}

void config_close(struct config_opened *o)
{
	shvm_view_close(o->view);
	shvm_disk_close(o->disk);
	*o = (struct config_opened){ 0 };
}
