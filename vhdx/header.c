/* SPDX-License-Identifier: MIT */
/* Decodes the header section: identifier, headers and region tables. */
#include "vhdx/header.h"

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/le.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static const struct shvm_guid bat_guid = VHDX_REGION_BAT;
static const struct shvm_guid metadata_guid = VHDX_REGION_METADATA;

/* The CRC of a structure, its CRC field at +4 taken as zero. */
static bool crc_is_right(const uint8_t *buf, size_t len)
{
	static const uint8_t zero[4];
	uint32_t crc = crc32c(0, buf, 4);

	crc = crc32c(crc, zero, sizeof(zero));
	return crc32c(crc, buf + 8, len - 8) == le32_get(buf + 4);
}

bool header_is_vhdx(const void *data, size_t len)
{
	return len >= 8 && memcmp(data, "vhdxfile", 8) == 0;
}

bool header_decode(const uint8_t buf[VHDX_HEADER_SIZE], struct vhdx_header *ret)
{
	const struct vhdx_header_disk *d = (const void *)buf;

	if (memcmp(d->signature, "head", 4) != 0 ||
	    !crc_is_right(buf, VHDX_HEADER_SIZE))
		return false;

	*ret = (struct vhdx_header){
		.sequence = le64_get(d->sequence),
		.file_write = guid_load(d->file_write),
		.data_write = guid_load(d->data_write),
		.log_guid = guid_load(d->log_guid),
		.log_version = le16_get(d->log_version),
		.version = le16_get(d->version),
		.log_length = le32_get(d->log_length),
		.log_offset = le64_get(d->log_offset),
	};
	return true;
}

/* Equal numbers are unambiguous only if both headers have the same bytes. */
static int judge_tie(const uint8_t *first, const uint8_t *second,
		     uint64_t sequence, struct rules *rules,
		     struct shvm_err *err)
{
	if (memcmp(first, second, VHDX_HEADER_SIZE) != 0)
		return rules_error(rules, "HEADER_TIE", VHDX_HEADER2_AT, err,
				   "both headers have sequence number %" PRIu64
				   " but differ",
				   sequence);
	/*
	 * Disk2vhd (creator "d2v", of any version) writes the same header
	 * twice.
	 */
	return rules_warn(rules, "HEADER_TIE", VHDX_HEADER2_AT, err,
			  "both headers are the same, with sequence number "
			  "%" PRIu64,
			  sequence);
}

static int choose(const uint8_t *const copy[2], const struct vhdx_header h[2],
		  struct vhdx_headers *ret, struct rules *rules,
		  struct shvm_err *err)
{
	if (ret->valid[0] && ret->valid[1]) {
		ret->index = h[1].sequence > h[0].sequence;
		if (h[0].sequence == h[1].sequence)
			return judge_tie(copy[0], copy[1], h[0].sequence, rules,
					 err);
		return SHVM_OK;
	}
	ret->index = ret->valid[1];
	return rules_warn(rules, "HEADER_COPY",
			  ret->index ? VHDX_HEADER1_AT : VHDX_HEADER2_AT, err,
			  "header %d has an invalid signature or CRC; header "
			  "%d is used",
			  ret->index ? 1 : 2, ret->index ? 2 : 1);
}

int header_choose(const uint8_t first[VHDX_HEADER_SIZE],
		  const uint8_t second[VHDX_HEADER_SIZE], struct rules *rules,
		  struct vhdx_headers *ret, struct shvm_err *err)
{
	const uint8_t *const copy[2] = { first, second };
	const struct vhdx_header_disk *d;
	struct vhdx_header h[2] = { { 0 }, { 0 } };
	struct vhdx_headers n = { 0 };
	uint64_t at;

	n.valid[0] = header_decode(first, &h[0]);
	n.valid[1] = header_decode(second, &h[1]);
	if (!n.valid[0] && !n.valid[1])
		return rules_fatal(rules, "NO_VALID_HEADER", VHDX_HEADER1_AT,
				   err,
				   "neither header has a valid signature and "
				   "CRC");
	TRY(choose(copy, h, &n, rules, err));

	n.current = h[n.index];
	at = n.index ? VHDX_HEADER2_AT : VHDX_HEADER1_AT;
	if (n.current.version != 1)
		return rules_fatal_as(rules, SHVM_E_UNSUPPORTED, "BAD_VERSION",
				      at, err, "header has version %u, not 1",
				      n.current.version);
	d = (const void *)copy[n.index];
	if (!bytes_are_zero(d->reserved, sizeof(d->reserved)))
		TRY(rules_warn(rules, "HDR_RESERVED", at, err,
			       "header has data in reserved fields"));

	*ret = n;
	return SHVM_OK;
}

int header_check_log_place(const struct vhdx_header *h, uint64_t file_size,
			   struct rules *rules, struct shvm_err *err)
{
	const uint64_t at = h->log_offset, len = h->log_length;

	if (len == 0 && !guid_is_zero(&h->log_guid))
		return rules_fatal(rules, "LOG_MISSING", at, err,
				   "the log is in use but 0 bytes long");
	if (len == 0)
		return SHVM_OK;
	if (at % VHDX_MIB != 0 || len % VHDX_MIB != 0)
		return rules_fatal(rules, "LOG_ALIGN", at, err,
				   "the log at %#" PRIx64 ", %#" PRIx64
				   " bytes long, is not aligned to 1 MiB",
				   at, len);
	if (at < VHDX_BODY_AT)
		return rules_fatal(rules, "LOG_IN_HEADER", at, err,
				   "the log at %#" PRIx64 " overlaps the "
				   "header section",
				   at);
	if (len > LOG_SIZE_MAX)
		return rules_fatal_as(rules, SHVM_E_UNSUPPORTED, "LOG_TOO_BIG",
				      at, err,
				      "the log is %" PRIu64 " bytes long, more "
				      "than 1 GiB",
				      len);
	if (at > file_size || len > file_size - at)
		return rules_fatal(rules, "LOG_EOF", at, err,
				   "the log at %#" PRIx64 ", %#" PRIx64
				   " bytes long, ends after the end of the "
				   "file at %#" PRIx64,
				   at, len, file_size);
	return SHVM_OK;
}

bool header_is_region_table(const uint8_t buf[VHDX_TABLE_SIZE])
{
	return memcmp(buf, "regi", 4) == 0 &&
	       crc_is_right(buf, VHDX_TABLE_SIZE);
}

void vhdx_regions_done(struct vhdx_regions *r)
{
	free(r->items);
	*r = (struct vhdx_regions){ 0 };
}

/*
 * Is its place allowed? false when the region was left out for a broken rule.
 */
static int check_region(const struct vhdx_region *g, uint64_t at,
			uint64_t file_size, const char *name, bool *ok,
			struct rules *rules, struct shvm_err *err)
{
	*ok = false;
	if (g->at % VHDX_MIB != 0 || g->len % VHDX_MIB != 0 ||
	    g->at < VHDX_BODY_AT)
		return rules_error(rules, "REGION_ALIGN", at, err,
				   "region %s at %#" PRIx64 ", %#" PRIx64
				   " bytes long, is not aligned to 1 MiB or "
				   "is in the first MiB",
				   name, g->at, g->len);
	if (g->at > file_size || g->len > file_size - g->at)
		return rules_error(rules, "REGION_EOF", at, err,
				   "region %s at %#" PRIx64 ", %#" PRIx64
				   " bytes long, ends after the end of the "
				   "file at %#" PRIx64,
				   name, g->at, g->len, file_size);
	*ok = true;
	return SHVM_OK;
}

/* Is it a known region? Of an unknown one only the space is claimed. */
static int note_region(const struct vhdx_region *g, uint64_t at,
		       const char *name, struct vhdx_regions *ret,
		       struct rules *rules, struct shvm_err *err)
{
	const bool bat = guid_equal(&g->guid, &bat_guid);
	const bool metadata = guid_equal(&g->guid, &metadata_guid);

	if (bat)
		ret->bat = *g;
	else if (metadata)
		ret->metadata = *g;
	else if (g->required)
		return rules_error_as(rules, SHVM_E_UNSUPPORTED,
				      "REGION_UNKNOWN_REQUIRED", at, err,
				      "region %s is required but unknown",
				      name);
	/*
	 * qemu (checked: 1.6, 5.2 and 7.2.22) never sets the bit. It only
	 * matters to readers that do not know the region, and we know these
	 * two. So it is a note and no warning, which every image made with
	 * qemu-img would get and which no tool could fix.
	 */
	if ((bat || metadata) && !g->required)
		return rules_note(rules, "REGION_FLAGS", at, err,
				  "region %s is not marked required", name);
	return SHVM_OK;
}

static bool is_double(const struct vhdx_regions *set, const struct shvm_guid *g)
{
	for (size_t i = 0; i < set->count; i++)
		if (guid_equal(&set->items[i].guid, g))
			return true;
	return false;
}

static int add_region(const uint8_t *entry, uint64_t at, uint64_t file_size,
		      struct rules *rules, struct vhdx_regions *ret,
		      struct shvm_err *err)
{
	const struct vhdx_region_entry_disk *d = (const void *)entry;
	const uint32_t flags = le32_get(d->flags);
	const struct vhdx_region g = {
		.guid = guid_load(d->guid),
		.at = le64_get(d->offset),
		.len = le32_get(d->length),
		.required = (flags & 1) != 0,
	};
	char name[SHVM_GUID_TEXT];
	bool ok = false;
	int r;

	(void)shvm_guid_format(&g.guid, name); /* returns name */
	if ((flags & ~1u) != 0)
		TRY(rules_warn(rules, "REGION_FLAGS", at, err,
			       "region %s has reserved flags %#x", name,
			       flags));
	if (is_double(ret, &g.guid))
		return rules_error(rules, "REGION_DUP", at, err,
				   "region %s is listed twice", name);
	r = check_region(&g, at, file_size, name, &ok, rules, err);
	if (r < 0 || !ok)
		return r;

	ret->items[ret->count++] = g;
	return note_region(&g, at, name, ret, rules, err);
}

int header_regions_decode(const uint8_t buf[VHDX_TABLE_SIZE], uint64_t table_at,
			  uint64_t file_size, struct rules *rules,
			  struct vhdx_regions *ret, struct shvm_err *err)
{
	const struct vhdx_region_table_disk *d = (const void *)buf;
	const uint32_t count = le32_get(d->count);
	AUTO_DONE(vhdx_regions) n = { 0 };

	if (count > VHDX_REGION_COUNT_MAX)
		return rules_fatal(rules, "REGION_COUNT", table_at, err,
				   "region table has %u entries, more than %d",
				   count, VHDX_REGION_COUNT_MAX);
	if (!bytes_are_zero(d->reserved, sizeof(d->reserved)))
		TRY(rules_warn(rules, "REGION_RESERVED", table_at, err,
			       "region table has data in its reserved field"));

	n.items = calloc(count + 1, sizeof(*n.items));
	TRY(err_null(err, n.items, "region table"));
	for (uint32_t i = 0; i < count; i++) {
		const size_t at = sizeof(*d) + (size_t)i * 32;

		TRY(add_region(buf + at, table_at + at, file_size, rules, &n,
			       err));
	}
	if (n.bat.at == 0 || n.metadata.len == 0)
		return rules_fatal(rules, "REGION_MISSING", table_at, err,
				   "region table has no usable %s region",
				   n.bat.at == 0 ? "BAT" : "metadata");

	*ret = MOVE(n);
	return SHVM_OK;
}

/*
 * Do the two copies agree? Compares 16 bytes of header and the entries, not the
 * CRC.
 */
static bool same_tables(const uint8_t *a, const uint8_t *b)
{
	const uint32_t count = le32_get(a + 8);
	const size_t len = count <= VHDX_REGION_COUNT_MAX
				   ? 8 + (size_t)count * 32
				   : VHDX_TABLE_SIZE - 8;

	return memcmp(a + 8, b + 8, len) == 0;
}

/* Both through the view: region tables are updated through the log (2.3.3). */
int header_regions_load(const struct view *view, struct rules *rules,
			struct vhdx_regions *ret, struct shvm_err *err)
{
	static const uint64_t at[2] = { VHDX_REGIONS1_AT, VHDX_REGIONS2_AT };
	AUTOFREE uint8_t *buf = malloc(2 * VHDX_TABLE_SIZE);
	bool valid[2];
	unsigned int use;

	TRY(err_null(err, buf, "region tables"));
	TRY(view_read(view, VHDX_REGIONS1_AT, buf, 2 * VHDX_TABLE_SIZE, err));

	valid[0] = header_is_region_table(buf);
	valid[1] = header_is_region_table(buf + VHDX_TABLE_SIZE);
	use = !valid[0];
	if (!valid[0] && !valid[1])
		return rules_fatal(rules, "NO_VALID_REGION_TABLE", at[0], err,
				   "neither region table has a valid "
				   "signature and CRC");
	if (valid[0] && valid[1] && !same_tables(buf, buf + VHDX_TABLE_SIZE))
		TRY(rules_error(rules, "REGION_TABLES_DIFFER", at[1], err,
				"the two region tables are valid but differ"));
	else if (!valid[0] || !valid[1])
		TRY(rules_warn(rules, "REGION_COPY", at[!use], err,
			       "region table %u has an invalid signature or "
			       "CRC; table %u is used",
			       2 - use, use + 1));

	TRY(header_regions_decode(buf + (size_t)use * VHDX_TABLE_SIZE, at[use],
				  view->size, rules, ret, err));

	ret->valid[0] = valid[0];
	ret->valid[1] = valid[1];
	return SHVM_OK;
}
