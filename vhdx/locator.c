/* SPDX-License-Identifier: MIT */
/* Decodes the parent locator item (2.6.2.6). */
#include "vhdx/locator.h"

#include "base/le.h"
#include "base/utf16.h"

#include <string.h>

static const struct shvm_guid locator_type = VHDX_LOCATOR_TYPE;

void locator_done(struct locator *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->pairs[i].key);
		free(l->pairs[i].value);
	}
	free(l->pairs);
	*l = (struct locator){ 0 };
}

static const char *find(const struct locator *l, const char *key)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->pairs[i].key, key) == 0)
			return l->pairs[i].value;
	return NULL;
}

/* The item that is decoded. */
struct item {
	const uint8_t *data;
	size_t len;
	uint64_t at;	/* in the file */
	uint64_t taken; /* bytes of table, keys and values so far */
	struct rules *rules;
};

/* A string of it. */
struct string {
	const char *what; /* "key" or "value" */
	uint32_t offset;
	uint16_t size;
	uint64_t entry_at; /* file offset of the entry that names it */
};

/*
 * In UTF-8. Strings that do not overlap are together no longer than the item;
 * 256 pairs that all refer to the same 64 KiB would cost 50 MiB and half a
 * second.
 */
static int take_text(struct item *item, const struct string *s, char **ret,
		     struct shvm_err *err)
{
	AUTO_DONE(buf) text = { 0 };

	if (s->offset == 0 || s->size == 0 || s->offset > item->len ||
	    s->size > item->len - s->offset)
		return rules_fatal(item->rules, "LOCATOR_ENTRY", s->entry_at,
				   err,
				   "parent locator's %s of %u bytes at %u is "
				   "not within its %zu bytes",
				   s->what, s->size, s->offset, item->len);
	item->taken += s->size;
	if (item->taken > item->len)
		return rules_fatal(item->rules, "LOCATOR_OVERLAP", s->entry_at,
				   err,
				   "parent locator's %s of %u bytes at %u "
				   "overlaps: table, keys and values are "
				   "longer than its %zu bytes",
				   s->what, s->size, s->offset, item->len);
	if (!utf16_to_utf8(item->data + s->offset, s->size, &text))
		return rules_fatal(item->rules, "LOCATOR_UTF16", s->entry_at,
				   err,
				   "parent locator's %s at %u is not UTF-16 "
				   "or contains a NUL",
				   s->what, s->offset);
	buf_add(&text, "", 1);
	TRY(buf_check(&text, "parent locator", err));

	*ret = (char *)STEAL(text.data);
	return SHVM_OK;
}

static int take_pair(struct item *item, size_t index, struct locator *l,
		     struct shvm_err *err)
{
	const size_t entry = sizeof(struct vhdx_locator_disk) +
			     index * sizeof(struct vhdx_locator_entry_disk);
	const struct vhdx_locator_entry_disk *d =
		(const void *)(item->data + entry);
	const struct string k = { .what = "key",
				  .offset = le32_get(d->key_offset),
				  .size = le16_get(d->key_length),
				  .entry_at = item->at + entry };
	const struct string v = { .what = "value",
				  .offset = le32_get(d->value_offset),
				  .size = le16_get(d->value_length),
				  .entry_at = item->at + entry };
	AUTOFREE char *key = NULL;
	AUTOFREE char *value = NULL;

	TRY(take_text(item, &k, &key, err));
	TRY(take_text(item, &v, &value, err));
	if (find(l, key))
		return rules_fatal(item->rules, "LOCATOR_DUP", item->at + entry,
				   err,
				   "parent locator has the key \"%s\" twice",
				   key);

	l->pairs[l->count].key = STEAL(key);
	l->pairs[l->count].value = STEAL(value);
	l->count++;
	return SHVM_OK;
}

/*
 * A linkage may be absent or zero: Windows 10.0.19041 writes a parent_linkage2
 * of zeros in each child, although 2.6.2.6.3 says that it is then not present.
 * It never matches, so it is harmless: a note and no warning.
 */
static int take_linkage(const struct locator *l, const char *key,
			const struct item *item, struct shvm_guid *ret,
			struct shvm_err *err)
{
	const char *text = find(l, key);

	if (text && !guid_parse(text, ret))
		return rules_fatal(item->rules, "LOCATOR_LINKAGE", item->at,
				   err, "%s is not a GUID: \"%s\"", key, text);
	if (text && guid_is_zero(ret) && strcmp(key, "parent_linkage2") == 0)
		return rules_note(item->rules, "LOCATOR_LINKAGE", item->at, err,
				  "%s is zero and not used", key);
	return SHVM_OK;
}

/* Rules on all pairs together. */
static int check_pairs(struct locator *l, const struct item *item,
		       struct shvm_err *err)
{
	if (!find(l, "parent_linkage"))
		return rules_fatal(item->rules, "LOCATOR_LINKAGE", item->at,
				   err, "parent locator has no parent_linkage");
	TRY(take_linkage(l, "parent_linkage", item, &l->linkage[0], err));
	TRY(take_linkage(l, "parent_linkage2", item, &l->linkage[1], err));
	if (guid_is_zero(&l->linkage[0]) && guid_is_zero(&l->linkage[1]))
		return rules_fatal(item->rules, "LOCATOR_LINKAGE", item->at,
				   err, "parent_linkage is zero");

	l->relative = find(l, "relative_path");
	l->volume = find(l, "volume_path");
	l->absolute = find(l, "absolute_win32_path");
	if (!l->relative && !l->volume && !l->absolute)
		return rules_fatal(item->rules, "LOCATOR_PATH", item->at, err,
				   "parent locator has no path");
	/*
	 * Windows 10.0.19041 writes it in this form, against 2.6.2.6.3. We only
	 * use the last component of this path, which is the same in both forms:
	 * a note and no warning.
	 */
	if (l->absolute && strncmp(l->absolute, "\\\\?\\", 4) != 0)
		return rules_note(item->rules, "LOCATOR_PATH", item->at, err,
				  "absolute_win32_path does not begin with "
				  "\\\\?\\");
	return SHVM_OK;
}

/* Header and entries. */
static int check_start(struct item *item, struct shvm_err *err)
{
	const struct vhdx_locator_disk *d = (const void *)item->data;
	struct shvm_guid type;
	char name[SHVM_GUID_TEXT];
	uint16_t count;

	if (item->len < sizeof(*d))
		return rules_fatal(item->rules, "LOCATOR_SIZE", item->at, err,
				   "parent locator has only %zu bytes",
				   item->len);
	type = guid_load(d->type);
	if (!guid_equal(&type, &locator_type))
		return rules_fatal_as(item->rules, SHVM_E_UNSUPPORTED,
				      "LOCATOR_TYPE", item->at, err,
				      "parent locator has the unknown type %s",
				      shvm_guid_format(&type, name));
	count = le16_get(d->count);
	if (count > LOCATOR_PAIRS_MAX)
		return rules_fatal(item->rules, "LOCATOR_COUNT", item->at, err,
				   "parent locator has %u pairs, more than %d",
				   count, LOCATOR_PAIRS_MAX);
	item->taken =
		sizeof(*d) + count * sizeof(struct vhdx_locator_entry_disk);
	if (item->taken > item->len)
		return rules_fatal(item->rules, "LOCATOR_SIZE", item->at, err,
				   "parent locator of %zu bytes is too short "
				   "for %u pairs",
				   item->len, count);
	if (le16_get(d->reserved) != 0)
		return rules_warn(item->rules, "LOCATOR_RESERVED", item->at,
				  err,
				  "parent locator has data in its reserved "
				  "field");
	return SHVM_OK;
}

int locator_decode(const uint8_t *data, size_t len, uint64_t at,
		   struct rules *rules, struct locator *ret,
		   struct shvm_err *err)
{
	const struct vhdx_locator_disk *d = (const void *)data;
	struct item item = {
		.data = data, .len = len, .at = at, .rules = rules
	};
	AUTO_DONE(locator) l = { 0 };
	size_t count;

	TRY(check_start(&item, err));
	count = le16_get(d->count);
	l.pairs = calloc(count + 1, sizeof(*l.pairs));
	TRY(err_null(err, l.pairs, "parent locator"));
	for (size_t i = 0; i < count; i++)
		TRY(take_pair(&item, i, &l, err));
	TRY(check_pairs(&l, &item, err));

	*ret = MOVE(l);
	return SHVM_OK;
}

bool locator_is_linked(const struct locator *l, const struct shvm_guid *parent)
{
	for (size_t i = 0; i < ARRAY_SIZE(l->linkage); i++)
		if (!guid_is_zero(&l->linkage[i]) &&
		    guid_equal(&l->linkage[i], parent))
			return true;
	return false;
}
