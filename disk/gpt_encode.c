/* SPDX-License-Identifier: MIT */
/* The canonical bytes of a GPT, and where a disk's bytes differ from them. */
#include "disk/gpt_encode.h"

#include "base/bytes.h"
#include "base/guid.h"
#include "base/le.h"
#include "base/utf16.h"
#include "disk/gpt_disk.h"

#include <stdio.h>
#include <string.h>

enum {
	NAME_SIZE = sizeof(((struct gpt_entry_disk *)0)->name)
};

/* Of one array of entries. */
static uint64_t array_sectors(const struct gpt_values *v)
{
	return ((uint64_t)v->entry_count * GPT_ENTRY_SIZE_MIN + v->sector_size -
		1) /
	       v->sector_size;
}

bool gpt_values_fit(const struct gpt_values *v, const char **ret_what)
{
	const uint64_t array = array_sectors(v);

	if (v->entry_count == 0 || v->entry_count > GPT_ENTRY_COUNT_MAX)
		*ret_what = "number of entries";
	else if (v->first_usable_lba < 2 + array ||
		 v->first_usable_lba > v->last_usable_lba)
		*ret_what = "first usable LBA";
	else if (v->sectors < 2 + array ||
		 v->last_usable_lba > v->sectors - 2 - array)
		*ret_what = "last usable LBA";
	else
		return true;
	return false;
}

uint64_t gpt_copy_at(const struct gpt_values *v, enum gpt_copy copy)
{
	return v->sector_size *
	       (copy == GPT_PRIMARY ? 1 : v->sectors - 1 - array_sectors(v));
}

size_t gpt_copy_size(const struct gpt_values *v)
{
	return (size_t)((1 + array_sectors(v)) * v->sector_size);
}

/* Where header and entries are in the bytes of a copy. */
static size_t header_at(const struct gpt_values *v, enum gpt_copy copy)
{
	return copy == GPT_PRIMARY ? 0 : gpt_copy_size(v) - v->sector_size;
}

static size_t entries_at(const struct gpt_values *v, enum gpt_copy copy)
{
	return copy == GPT_PRIMARY ? v->sector_size : 0;
}

static int encode_entry(const struct gpt_entry *e, struct gpt_entry_disk *d,
			struct shvm_err *err)
{
	AUTO_DONE(buf) name = { 0 };

	if (!utf16_from_utf8(e->name, strlen(e->name), &name) ||
	    name.len > NAME_SIZE)
		return err_set(err, SHVM_E_ARG,
			       "gpt: partition %u: its name does not fit in "
			       "%d UTF-16 units",
			       e->number, NAME_SIZE / 2);
	TRY(buf_check(&name, "gpt: partition name", err));
	memcpy(d->type_guid, e->type_guid.bytes, sizeof(d->type_guid));
	memcpy(d->guid, e->guid.bytes, sizeof(d->guid));
	le64_put(d->first_lba, e->first_lba);
	le64_put(d->last_lba, e->last_lba);
	le64_put(d->attributes, e->attributes);
	if (name.len > 0)
		memcpy(d->name, name.data, name.len);
	return SHVM_OK;
}

int gpt_encode(const struct gpt_values *v, enum gpt_copy copy, uint8_t *ret,
	       struct shvm_err *err)
{
	const bool primary = copy == GPT_PRIMARY;
	struct gpt_header_disk *h = (void *)(ret + header_at(v, copy));
	uint8_t *entries = ret + entries_at(v, copy);

	memset(ret, 0, gpt_copy_size(v));
	for (size_t i = 0; i < v->count; i++) {
		const size_t at =
			(size_t)(v->entries[i].number - 1) * GPT_ENTRY_SIZE_MIN;

		TRY(encode_entry(&v->entries[i], (void *)(entries + at), err));
	}
	memcpy(h->signature, GPT_SIGNATURE, sizeof(h->signature));
	le32_put(h->revision, GPT_REVISION_1_0);
	le32_put(h->header_size, sizeof(*h));
	le64_put(h->my_lba, primary ? 1 : v->sectors - 1);
	le64_put(h->alternate_lba, primary ? v->sectors - 1 : 1);
	le64_put(h->first_usable_lba, v->first_usable_lba);
	le64_put(h->last_usable_lba, v->last_usable_lba);
	memcpy(h->disk_guid, v->disk_guid.bytes, sizeof(h->disk_guid));
	le64_put(h->entries_lba,
		 primary ? 2 : v->sectors - 1 - array_sectors(v));
	le32_put(h->entry_count, v->entry_count);
	le32_put(h->entry_size, GPT_ENTRY_SIZE_MIN);
	le32_put(h->entries_crc32,
		 gpt_crc(entries, (size_t)v->entry_count * GPT_ENTRY_SIZE_MIN));
	le32_put(h->header_crc32,
		 gpt_header_crc((const uint8_t *)h, sizeof(*h)));
	return SHVM_OK;
}

/* ---- what differs ---- */

enum field_kind {
	FIELD_NUMBER, /* little-endian, of 4 or 8 bytes */
	FIELD_HEX,    /* the same, printed as hexadecimal */
	FIELD_GUID,
	FIELD_NAME /* UTF-16 */
};

struct field {
	const char *name;
	uint16_t at, size;
	enum field_kind kind;
};

#define FIELD(type, member, kind, text)                                        \
	{                                                                      \
		text, offsetof(struct type, member),                           \
			sizeof(((struct type *)0)->member), kind               \
	}
#define HEADER(member, kind, text) FIELD(gpt_header_disk, member, kind, text)
#define ENTRY(member, kind, text) FIELD(gpt_entry_disk, member, kind, text)

static const struct field header_fields[] = {
	HEADER(revision, FIELD_HEX, "revision"),
	HEADER(header_size, FIELD_NUMBER, "header size"),
	HEADER(reserved, FIELD_HEX, "reserved field"),
	HEADER(my_lba, FIELD_NUMBER, "own LBA"),
	HEADER(alternate_lba, FIELD_NUMBER, "LBA of the other copy"),
	HEADER(first_usable_lba, FIELD_NUMBER, "first usable LBA"),
	HEADER(last_usable_lba, FIELD_NUMBER, "last usable LBA"),
	HEADER(disk_guid, FIELD_GUID, "disk GUID"),
	HEADER(entries_lba, FIELD_NUMBER, "LBA of the entries"),
	HEADER(entry_count, FIELD_NUMBER, "number of entries"),
	HEADER(entry_size, FIELD_NUMBER, "size of an entry"),
};
/* Values that follow from other fields, which are reported first. */
static const struct field crc_fields[] = {
	HEADER(header_crc32, FIELD_HEX, "CRC of the header"),
	HEADER(entries_crc32, FIELD_HEX, "CRC of the entries"),
};
static const struct field entry_fields[] = {
	ENTRY(type_guid, FIELD_GUID, "type"),
	ENTRY(guid, FIELD_GUID, "GUID"),
	ENTRY(first_lba, FIELD_NUMBER, "first LBA"),
	ENTRY(last_lba, FIELD_NUMBER, "last LBA"),
	ENTRY(attributes, FIELD_HEX, "attributes"),
	ENTRY(name, FIELD_NAME, "name"),
};

/* A copy that is compared, and where differences are reported. */
struct comparison {
	const struct gpt_values *v;
	enum gpt_copy copy;
	const uint8_t *found, *expected; /* of the copy */
	const char *id;
	struct checks *ret;
	size_t count;
};

enum {
	VALUE_MAX = 128
};

static void name_text(const uint8_t *name, char ret[VALUE_MAX])
{
	AUTO_DONE(buf) text = { 0 };

	utf16_to_display(name, NAME_SIZE, &text);
	(void)snprintf(ret, VALUE_MAX, "\"%.*s\"", (int)text.len,
		       text.len > 0 ? (const char *)text.data : "");
}

static void value_text(const struct field *f, const uint8_t *p,
		       char ret[VALUE_MAX])
{
	const uint64_t number = f->size == 4   ? le32_get(p)
				: f->size == 8 ? le64_get(p)
					       : 0;
	struct shvm_guid guid;

	switch (f->kind) {
	case FIELD_NUMBER:
		(void)snprintf(ret, VALUE_MAX, "%ju", (uintmax_t)number);
		break;
	case FIELD_HEX:
		(void)snprintf(ret, VALUE_MAX, "0x%0*jx", 2 * f->size,
			       (uintmax_t)number);
		break;
	case FIELD_GUID:
		guid = guid_load(p);
		(void)shvm_guid_format(&guid, ret);
		break;
	case FIELD_NAME:
		name_text(p, ret);
		break;
	}
}

static int differs(struct comparison *c, const struct field *f, size_t at,
		   uint32_t number, struct shvm_err *err)
{
	char found[VALUE_MAX], expected[VALUE_MAX], where[32] = "";
	const char *copy = c->copy == GPT_PRIMARY ? "primary" : "backup";
	const uint64_t byte = gpt_copy_at(c->v, c->copy) + at + f->at;

	value_text(f, c->found + at + f->at, found);
	value_text(f, c->expected + at + f->at, expected);
	if (number > 0)
		(void)snprintf(where, sizeof(where), "entry %u: ", number);
	c->count++;
	if (strcmp(found, expected) == 0) /* for a name only */
		return checks_add(c->ret, c->id, SHVM_LEVEL_ERROR, byte, NULL,
				  err,
				  "%s GPT: %s%s is not UTF-16 without control "
				  "characters, filled with zeros",
				  copy, where, f->name);
	return checks_add(c->ret, c->id, SHVM_LEVEL_ERROR, byte, NULL, err,
			  "%s GPT: %s%s is %s, not %s", copy, where, f->name,
			  found, expected);
}

static int compare_fields(struct comparison *c, const struct field *fields,
			  size_t count, size_t at, uint32_t number,
			  struct shvm_err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct field *f = &fields[i];

		if (memcmp(c->found + at + f->at, c->expected + at + f->at,
			   f->size) != 0)
			TRY(differs(c, f, at, number, err));
	}
	return SHVM_OK;
}

/* Bytes outside of all fields must be zeros. */
static int compare_rest(struct comparison *c, const char *what, size_t at,
			size_t end, struct shvm_err *err)
{
	const char *copy = c->copy == GPT_PRIMARY ? "primary" : "backup";

	while (at < end && c->found[at] == 0)
		at++;
	if (at == end)
		return SHVM_OK;
	c->count++;
	return checks_add(c->ret, c->id, SHVM_LEVEL_ERROR,
			  gpt_copy_at(c->v, c->copy) + at, NULL, err,
			  "%s GPT: byte 0x%02x at byte %ju of the disk, after "
			  "%s, is not zero",
			  copy, c->found[at],
			  (uintmax_t)(gpt_copy_at(c->v, c->copy) + at), what);
}

static int compare_copy(const struct gpt_values *v, enum gpt_copy copy,
			const uint8_t *found, const uint8_t *expected,
			const char *id, struct checks *ret,
			struct shvm_err *err)
{
	struct comparison c = { v, copy, found, expected, id, ret, 0 };
	const size_t header = header_at(v, copy);
	const size_t first = entries_at(v, copy);
	const size_t end = first + (size_t)v->entry_count * GPT_ENTRY_SIZE_MIN;

	if (memcmp(found, expected, gpt_copy_size(v)) == 0)
		return SHVM_OK;
	if (memcmp(found + header, GPT_SIGNATURE, 8) != 0)
		return checks_add(ret, id, SHVM_LEVEL_ERROR,
				  gpt_copy_at(v, copy) + header, NULL, err,
				  "%s GPT: no header in LBA %ju",
				  copy == GPT_PRIMARY ? "primary" : "backup",
				  (uintmax_t)(gpt_copy_at(v, copy) + header) /
					  v->sector_size);
	TRY(compare_fields(&c, header_fields, ARRAY_SIZE(header_fields), header,
			   0, err));
	TRY(compare_rest(&c, "the header",
			 header + sizeof(struct gpt_header_disk),
			 header + v->sector_size, err));
	for (uint32_t i = 0; i < v->entry_count; i++)
		TRY(compare_fields(&c, entry_fields, ARRAY_SIZE(entry_fields),
				   first + (size_t)i * GPT_ENTRY_SIZE_MIN,
				   i + 1, err));
	TRY(compare_rest(&c, "the entries", end,
			 first + gpt_copy_size(v) - v->sector_size, err));
	if (c.count > 0)
		return SHVM_OK;
	return compare_fields(&c, crc_fields, ARRAY_SIZE(crc_fields), header, 0,
			      err);
}

static int check_copy(struct source *disk, const struct gpt_values *v,
		      enum gpt_copy copy, const char *id, struct checks *ret,
		      struct shvm_err *err)
{
	const size_t size = gpt_copy_size(v);
	AUTOFREE uint8_t *expected = malloc(size);
	AUTOFREE uint8_t *found = malloc(size);

	if (!expected || !found)
		return err_nomem(err, "gpt: copy");
	TRY(gpt_encode(v, copy, expected, err));
	TRY(source_read(disk, gpt_copy_at(v, copy), found, size, err));
	return compare_copy(v, copy, found, expected, id, ret, err);
}

int gpt_check_copies(struct source *disk, const struct gpt_values *v,
		     const char *id, struct checks *ret, struct shvm_err *err)
{
	TRY(check_copy(disk, v, GPT_PRIMARY, id, ret, err));
	return check_copy(disk, v, GPT_BACKUP, id, ret, err);
}

bool gpt_lba0_canonical(uint8_t *sector, uint64_t sectors)
{
	const uint32_t whole =
		sectors - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(sectors - 1);
	struct mbr_record_disk *records = (void *)(sector + MBR_RECORDS_AT);
	struct mbr_record_disk *protective = NULL;

	if (le16_get(sector + MBR_SIGNATURE_AT) != MBR_SIGNATURE)
		return false;
	for (size_t i = 0; i < 4; i++) {
		if (records[i].os_type == MBR_PROTECTIVE && !protective)
			protective = &records[i];
		else if (!bytes_are_zero((const uint8_t *)&records[i],
					 sizeof(records[i])))
			return false;
	}
	if (!protective || le32_get(protective->start_lba) != 1)
		return false;
	if (le32_get(protective->sectors) == UINT32_MAX)
		le32_put(protective->sectors, whole);
	return true;
}
