/* SPDX-License-Identifier: MIT */
/* Decodes and checks GPT headers, and finds the valid copy. */
#include "disk/gpt.h"

#include "base/bytes.h"
#include "base/guid.h"
#include "base/le.h"
#include "disk/gpt_disk.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define LBA_PRIMARY 1u

/* One of the two copies on a disk. */
#define ALTERNATE_LBA_AT offsetof(struct gpt_header_disk, alternate_lba)

struct copy {
	struct gpt_header header;
	uint8_t *table; /* malloc()ed; NULL when the copy is not valid */
	size_t table_len;
	bool has_signature;
	uint64_t alternate_lba; /* as stored, also when no copy is valid */
	struct shvm_err why;	/* why a copy is not valid */
};

/* The content of LBA 0. */
struct mbr {
	bool has_signature;
	unsigned int protective, others;
	unsigned int unclear;	     /* not used, and not zeros */
	uint32_t start_lba, sectors; /* of the first protective record */
};

uint32_t gpt_crc(const uint8_t *buf, size_t len)
{
	return (uint32_t)crc32_z(0, buf, len);
}

uint32_t gpt_header_crc(const uint8_t *buf, uint32_t size)
{
	const uint32_t at = offsetof(struct gpt_header_disk, header_crc32);
	static const uint8_t zero[4];
	uLong crc = crc32_z(0, buf, at);

	crc = crc32_z(crc, zero, sizeof(zero));
	return (uint32_t)crc32_z(crc, buf + at + 4, size - at - 4);
}

/* The table's place: on the disk, off the headers and the usable range. */
static int table_place_check(const struct gpt_header *h, size_t len,
			     uint64_t sectors, struct shvm_err *err)
{
	/* At most 4 MiB by the limits on both, so the product cannot wrap. */
	const uint64_t table =
		((uint64_t)h->entry_count * h->entry_size + len - 1) / len;
	uint64_t end;

	if (h->entries_lba < 2 || h->entries_lba >= sectors ||
	    table > sectors - h->entries_lba)
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: header at LBA %ju: table at LBA %ju "
				  "is beyond the end of the disk",
				  (uintmax_t)h->my_lba,
				  (uintmax_t)h->entries_lba);

	end = h->entries_lba + table; /* at most sectors */
	if ((h->my_lba >= h->entries_lba && h->my_lba < end) ||
	    (h->entries_lba <= h->last_usable_lba && end > h->first_usable_lba))
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: header at LBA %ju: table at LBA %ju "
				  "overlaps the header or the usable range",
				  (uintmax_t)h->my_lba,
				  (uintmax_t)h->entries_lba);
	return SHVM_OK;
}

static int entry_shape_check(const struct gpt_header *h, struct shvm_err *err)
{
	if (h->entry_size < GPT_ENTRY_SIZE_MIN ||
	    (h->entry_size & (h->entry_size - 1)) != 0)
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: header at LBA %ju: entry size is %u",
				  (uintmax_t)h->my_lba, h->entry_size);
	if (h->entry_count == 0)
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: header at LBA %ju: no entries",
				  (uintmax_t)h->my_lba);
	if (h->entry_size > GPT_ENTRY_SIZE_MAX ||
	    h->entry_count > GPT_ENTRY_COUNT_MAX)
		return err_reason(err, SHVM_E_UNSUPPORTED, "gpt-header",
				  "gpt: header at LBA %ju: table of %u entries "
				  "of %u bytes is too large",
				  (uintmax_t)h->my_lba, h->entry_count,
				  h->entry_size);
	return SHVM_OK;
}

static int header_place_check(const struct gpt_header *h, uint64_t lba,
			      uint64_t sectors, struct shvm_err *err)
{
	if (h->my_lba != lba)
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: header at LBA %ju is misplaced: it "
				  "says LBA %ju",
				  (uintmax_t)lba, (uintmax_t)h->my_lba);
	if (h->alternate_lba == lba || h->alternate_lba == 0 ||
	    h->alternate_lba >= sectors)
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: header at LBA %ju: other copy at the "
				  "impossible LBA %ju",
				  (uintmax_t)lba, (uintmax_t)h->alternate_lba);
	if (h->first_usable_lba < 2 ||
	    h->first_usable_lba > h->last_usable_lba ||
	    h->last_usable_lba >= sectors ||
	    (lba >= h->first_usable_lba && lba <= h->last_usable_lba))
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: header at LBA %ju: usable range LBA "
				  "%ju to %ju is wrong",
				  (uintmax_t)lba,
				  (uintmax_t)h->first_usable_lba,
				  (uintmax_t)h->last_usable_lba);
	return SHVM_OK;
}

/* Form and checksum: can the other fields be used? */
static int header_seal_check(const uint8_t *buf, size_t len, uint64_t lba,
			     struct shvm_err *err)
{
	const struct gpt_header_disk *d = (const void *)buf;
	uint32_t size;

	if (len < sizeof(*d) || memcmp(d->signature, GPT_SIGNATURE, 8) != 0)
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: no header at LBA %ju", (uintmax_t)lba);
	size = le32_get(d->header_size);
	if (size < sizeof(*d) || size > len)
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: header at LBA %ju: header size is %u",
				  (uintmax_t)lba, size);
	if (le32_get(d->header_crc32) != gpt_header_crc(buf, size))
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: header at LBA %ju: CRC is 0x%08x, not "
				  "0x%08x",
				  (uintmax_t)lba, gpt_header_crc(buf, size),
				  le32_get(d->header_crc32));
	if (le32_get(d->revision) != GPT_REVISION_1_0)
		return err_reason(err, SHVM_E_UNSUPPORTED, "gpt-header",
				  "gpt: header at LBA %ju: revision is 0x%08x",
				  (uintmax_t)lba, le32_get(d->revision));
	if (le32_get(d->reserved) != 0)
		return err_reason(err, SHVM_E_FORMAT, "gpt-header",
				  "gpt: header at LBA %ju: reserved field is "
				  "0x%08x",
				  (uintmax_t)lba, le32_get(d->reserved));
	return SHVM_OK;
}

int gpt_header_decode(const uint8_t *buf, size_t len, uint64_t lba,
		      uint64_t sectors, struct gpt_header *ret,
		      struct shvm_err *err)
{
	const struct gpt_header_disk *d = (const void *)buf;
	struct gpt_header h = { 0 };

	TRY(header_seal_check(buf, len, lba, err));

	h.my_lba = le64_get(d->my_lba);
	h.alternate_lba = le64_get(d->alternate_lba);
	h.first_usable_lba = le64_get(d->first_usable_lba);
	h.last_usable_lba = le64_get(d->last_usable_lba);
	TRY(header_place_check(&h, lba, sectors, err));

	h.entry_count = le32_get(d->entry_count);
	h.entry_size = le32_get(d->entry_size);
	TRY(entry_shape_check(&h, err));

	h.entries_lba = le64_get(d->entries_lba);
	TRY(table_place_check(&h, len, sectors, err));

	h.entries_crc32 = le32_get(d->entries_crc32);
	h.disk_guid = guid_load(d->disk_guid);
	*ret = h;
	return SHVM_OK;
}

/*
 * Read the copy whose header is at lba. A copy that is not valid is no failure
 * and has the reason in ret->why; only a disk that cannot be read is a failure.
 * sectors is the number that the disk has, or had.
 */
static int copy_load(struct source *disk, uint64_t lba, uint64_t sectors,
		     struct copy *ret, struct shvm_err *err)
{
	const uint32_t ss = disk->sector_size;
	uint8_t sector[4096];
	AUTOFREE uint8_t *table = NULL;
	size_t len;

	TRY(source_read(disk, lba * ss, sector, ss, err));
	ret->has_signature = memcmp(sector, GPT_SIGNATURE, 8) == 0;
	ret->alternate_lba = le64_get(sector + ALTERNATE_LBA_AT);
	if (gpt_header_decode(sector, ss, lba, sectors, &ret->header,
			      &ret->why) < 0)
		return SHVM_OK;

	len = (size_t)ret->header.entry_count * ret->header.entry_size;
	if (len > disk->size ||
	    ret->header.entries_lba * ss > disk->size - len) {
		err_reason(&ret->why, SHVM_E_FORMAT, "gpt-header",
			   "gpt: table at LBA %ju is beyond the end of the "
			   "disk",
			   (uintmax_t)ret->header.entries_lba);
		return SHVM_OK;
	}
	table = malloc(len);
	TRY(err_null(err, table, "gpt: table"));
	TRY(source_read(disk, ret->header.entries_lba * ss, table, len, err));
	if (gpt_crc(table, len) != ret->header.entries_crc32) {
		err_reason(&ret->why, SHVM_E_FORMAT, "gpt-header",
			   "gpt: table at LBA %ju: CRC is 0x%08x, not 0x%08x",
			   (uintmax_t)ret->header.entries_lba,
			   gpt_crc(table, len), ret->header.entries_crc32);
		return SHVM_OK;
	}
	ret->table = STEAL(table);
	ret->table_len = len;
	return SHVM_OK;
}

static void copy_done(struct copy *c)
{
	free(c->table);
}

struct copies {
	struct copy primary, backup;
};

static void copies_done(struct copies *c)
{
	copy_done(&c->primary);
	copy_done(&c->backup);
}

/*
 * Do both have the same partitions? A CRC does not protect from manipulation.
 */
static bool copies_agree(const struct copy *a, const struct copy *b)
{
	const struct gpt_header *x = &a->header, *y = &b->header;

	return guid_equal(&x->disk_guid, &y->disk_guid) &&
	       x->first_usable_lba == y->first_usable_lba &&
	       x->last_usable_lba == y->last_usable_lba &&
	       x->entry_count == y->entry_count &&
	       x->entry_size == y->entry_size &&
	       memcmp(a->table, b->table, a->table_len) == 0;
}

static int copies_compare(const struct copy *a, const struct copy *b,
			  struct shvm_err *err)
{
	if (copies_agree(a, b) && b->header.alternate_lba == a->header.my_lba)
		return SHVM_OK;
	return err_reason(err, SHVM_E_FORMAT, "gpt-copies-differ",
			  "gpt: the copies at LBA %ju and LBA %ju are both "
			  "valid but differ",
			  (uintmax_t)a->header.my_lba,
			  (uintmax_t)b->header.my_lba);
}

/* Would an operating system interpret this record as a partition? */
static bool record_is_used(const struct mbr_record_disk *d, uint64_t sectors)
{
	return (d->boot_indicator & 0x7f) == 0 && d->os_type != 0 &&
	       le32_get(d->start_lba) != 0 && le32_get(d->sectors) != 0 &&
	       le32_get(d->start_lba) < sectors;
}

static struct mbr mbr_decode(const uint8_t *buf, uint64_t sectors)
{
	struct mbr m = { .has_signature = le16_get(buf + MBR_SIGNATURE_AT) ==
					  MBR_SIGNATURE };

	if (!m.has_signature)
		return m;
	for (size_t i = 0; i < 4; i++) {
		const struct mbr_record_disk *d =
			(const void *)(buf + MBR_RECORDS_AT + 16 * i);

		if (d->os_type == MBR_PROTECTIVE) {
			if (m.protective++ > 0)
				continue;
			m.start_lba = le32_get(d->start_lba);
			m.sectors = le32_get(d->sectors);
		} else if (record_is_used(d, sectors)) {
			m.others++;
		} else if (!bytes_are_zero((const uint8_t *)d, sizeof(*d))) {
			m.unclear++;
		}
	}
	return m;
}

/*
 * UEFI 2.10, 5.2.3: firmware accepts a GPT only with a protective MBR. How to
 * fix the findings, here and below, is in the readiness rules.
 */
static int mbr_check(const struct mbr *m, uint64_t sectors, struct checks *f,
		     struct shvm_err *err)
{
	const uint64_t want =
		sectors - 1 > UINT32_MAX ? UINT32_MAX : sectors - 1;

	if (m->protective == 0)
		return checks_add(f, GPT_RULE_NO_MBR, UINT64_MAX, NULL, err,
				  GPT_NO_MBR);
	if (m->others > 0 || m->protective > 1)
		return checks_add(f, GPT_RULE_HYBRID, UINT64_MAX, NULL, err,
				  "%s",
				  FOUND_TEXT(GPT_HYBRID, FOUND(m->protective),
					     FOUND(m->others)));
	if (m->unclear > 0)
		return checks_add(f, GPT_RULE_HYBRID, UINT64_MAX, NULL, err,
				  "%s",
				  FOUND_TEXT(GPT_UNCLEAR, FOUND(m->unclear)));
	if (m->start_lba != LBA_PRIMARY)
		return checks_add(f, GPT_RULE_NO_MBR, UINT64_MAX, NULL, err,
				  "%s",
				  FOUND_TEXT(GPT_MBR_START,
					     FOUND(m->start_lba)));
	if (m->sectors != want && m->sectors != UINT32_MAX)
		return checks_add(f, GPT_RULE_MBR_SIZE, UINT64_MAX, NULL, err,
				  "%s",
				  FOUND_TEXT(GPT_MBR_SIZE, FOUND(m->sectors),
					     FOUND(want)));
	return SHVM_OK;
}

/*
 * Compare with the copy that primary refers to, or find out why that one is not
 * valid.
 */
static int backup_check(struct source *disk, const struct copy *primary,
			uint64_t lba, struct checks *f, struct shvm_err *err)
{
	AUTO_DONE(copy) backup = { 0 };

	TRY(copy_load(disk, lba, disk->size / disk->sector_size, &backup, err));
	if (backup.table)
		return copies_compare(primary, &backup, err);
	if (lba != primary->header.alternate_lba)
		return SHVM_OK; /* nothing is guaranteed there */
	return checks_add(f, GPT_RULE_BACKUP_BAD, lba * disk->sector_size, NULL,
			  err, "%s",
			  FOUND_TEXT(GPT_BACKUP_BAD, FOUND(backup.why.msg)));
}

static int with_primary(struct source *disk, const struct copy *primary,
			struct checks *f, struct shvm_err *err)
{
	const uint64_t last = disk->size / disk->sector_size - 1;

	TRY(backup_check(disk, primary, primary->header.alternate_lba, f, err));
	if (primary->header.alternate_lba == last)
		return SHVM_OK;

	/*
	 * Grown disks: a reader that only looks at the end must not see another
	 * table.
	 */
	TRY(checks_add(f, GPT_RULE_BACKUP_PLACE,
		       primary->header.alternate_lba * disk->sector_size, NULL,
		       err, "%s",
		       FOUND_TEXT(GPT_BACKUP_PLACE,
				  FOUND(primary->header.alternate_lba),
				  FOUND(last))));
	return backup_check(disk, primary, last, f, err);
}

/*
 * The primary copy. If the disk was truncated, and the backup with it, the copy
 * is valid for the original disk.
 */
static int primary_load(struct source *disk, struct copy *ret,
			struct shvm_err *err)
{
	const uint64_t sectors = disk->size / disk->sector_size;
	const uint64_t most = INT64_MAX / disk->sector_size;

	TRY(copy_load(disk, LBA_PRIMARY, sectors, ret, err));
	if (ret->table || !ret->has_signature || ret->alternate_lba < sectors ||
	    ret->alternate_lba >= most)
		return SHVM_OK;
	return copy_load(disk, LBA_PRIMARY, ret->alternate_lba + 1, ret, err);
}

static int with_cut_primary(struct source *disk, const struct copy *primary,
			    struct checks *f, struct shvm_err *err)
{
	const uint32_t ss = disk->sector_size;
	const uint64_t was = (primary->header.alternate_lba + 1) * ss;

	TRY(checks_add(f, GPT_RULE_CUT_OFF, disk->size, NULL, err, "%s",
		       FOUND_TEXT(GPT_CUT_OFF, FOUND(was), FOUND(disk->size),
				  FOUND(was - disk->size))));
	return backup_check(disk, primary, disk->size / ss - 1, f, err);
}

/* No valid primary: is there a copy at the end of the disk? */
static int with_backup(struct source *disk, const struct copy *primary,
		       struct copy *backup, struct checks *f,
		       struct shvm_err *err)
{
	const uint64_t last = disk->size / disk->sector_size - 1;

	TRY(copy_load(disk, last, last + 1, backup, err));
	if (!backup->table)
		return SHVM_OK;
	if (backup->header.alternate_lba != LBA_PRIMARY)
		return err_reason(err, SHVM_E_FORMAT, "gpt-damaged",
				  "gpt: the primary copy is not valid (%s), "
				  "and the backup refers to LBA %ju as its "
				  "other copy",
				  primary->why.msg,
				  (uintmax_t)backup->header.alternate_lba);
	return checks_add(f, GPT_RULE_PRIMARY_BAD, disk->sector_size, NULL, err,
			  "%s",
			  FOUND_TEXT(GPT_PRIMARY_BAD, FOUND(primary->why.msg)));
}

/*
 * Neither copy is valid: is the disk empty, does it have an MBR, or is the
 * table damaged?
 */
static int without_gpt(const struct copy *primary, const struct copy *backup,
		       const struct mbr *m, enum shvm_table *kind,
		       struct shvm_err *err)
{
	if (m->protective > 0 || primary->has_signature)
		return err_reason(err, primary->why.code, "gpt-damaged",
				  "gpt: no valid copy: %s; %s",
				  primary->why.msg, backup->why.msg);
	*kind = m->others > 0 ? SHVM_TABLE_MBR : SHVM_TABLE_NONE;
	return SHVM_OK;
}

/* Choose the copy and compare it with the other; NULL when there is none. */
static int copy_choose(struct source *disk, const struct mbr *m,
		       struct copies *c, const struct copy **ret,
		       enum shvm_table *kind, struct checks *findings,
		       struct shvm_err *err)
{
	const uint64_t sectors = disk->size / disk->sector_size;

	TRY(primary_load(disk, &c->primary, err));
	if (m->others > 0 && m->protective == 0) {
		*kind = SHVM_TABLE_MBR;
		if (!c->primary.table)
			return SHVM_OK;
		return checks_add(findings, GPT_RULE_HIDDEN, disk->sector_size,
				  NULL, err, "%s",
				  FOUND_TEXT(GPT_HIDDEN, FOUND(m->others)));
	}

	if (c->primary.table) {
		*ret = &c->primary;
		TRY(c->primary.alternate_lba >= sectors
			    ? with_cut_primary(disk, *ret, findings, err)
			    : with_primary(disk, *ret, findings, err));
	} else {
		TRY(with_backup(disk, &c->primary, &c->backup, findings, err));
		if (!c->backup.table)
			return without_gpt(&c->primary, &c->backup, m, kind,
					   err);
		*ret = &c->backup;
	}
	*kind = SHVM_TABLE_GPT;
	return mbr_check(m, sectors, findings, err);
}

int gpt_read(struct source *disk, enum shvm_table *kind, struct gpt *ret,
	     struct checks *findings, struct shvm_err *err)
{
	AUTO_DONE(copies) copies = { 0 };
	const struct copy *used = NULL;
	const uint32_t ss = disk->sector_size;
	enum shvm_table found = SHVM_TABLE_NONE;
	uint8_t sector[4096];
	AUTO_DONE(gpt) gpt = { 0 };
	struct mbr m;

	if (ss != 512 && ss != 4096)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "gpt: sector size is %u", ss);
	if (disk->size / ss < 2) {
		*kind = SHVM_TABLE_NONE;
		return SHVM_OK;
	}
	TRY(source_read(disk, 0, sector, ss, err));
	m = mbr_decode(sector, disk->size / ss);

	TRY(copy_choose(disk, &m, &copies, &used, &found, findings, err));

	if (used && found == SHVM_TABLE_GPT) {
		gpt.header = used->header;
		TRY(gpt_entries_decode(used->table, &used->header, ss,
				       &gpt.entries, &gpt.count, err));
		TRY(gpt_check_end(disk, &gpt, findings, err));
		*ret = MOVE(gpt);
	}
	*kind = found;
	return SHVM_OK;
}

void gpt_done(struct gpt *gpt)
{
	free(gpt->entries);
	gpt->entries = NULL;
	gpt->count = 0;
}
