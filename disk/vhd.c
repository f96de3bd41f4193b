/* SPDX-License-Identifier: MIT */
/*
 * VHD images and their row in the table of formats: the bytes of the disk,
 * followed by a footer of 512 bytes. Only fixed ones are read, as Azure uses
 * them. Virtual Hard Disk Image Format Specification 1.0 (Microsoft, 2006), and
 * docs/FORMAT-VHD.md.
 */
#include "base/be.h"
#include "base/bytes.h"
#include "base/guid.h"
#include "base/rules.h"
#include "disk/format.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define COOKIE "conectix"
#define VERSION_1_0 UINT32_C(0x00010000)
#define MIB (UINT64_C(1) << 20)
#define SIZE_MAX_HYPERV (UINT64_C(2040) << 30)

enum {
	FOOTER_SIZE = 512,
	OLD_FOOTER_SIZE = 511, /* before Virtual PC 2004 */
	COOKIE_SIZE = 8,
	SECTOR = 512,
	TYPE_FIXED = 2,
	TYPE_DYNAMIC = 3,
	TYPE_DIFFERENCING = 4,
	FEATURE_TEMPORARY = 1,
	FEATURE_ALWAYS = 2, /* reserved, and always 1 */
	CYLINDERS_MAX = 65535,
	HEADS_MAX = 16,
	TRACK_MAX = 255, /* sectors */
};

/* "Hard Disk Footer Format"; all numbers are big-endian. */
struct footer_disk {
	uint8_t cookie[COOKIE_SIZE];
	uint8_t features[4];	  /* 8 */
	uint8_t version[4];	  /* 12 */
	uint8_t data_offset[8];	  /* 16 */
	uint8_t time_stamp[4];	  /* 24, seconds from 2000-01-01 UTC */
	uint8_t creator[4];	  /* 28, ASCII */
	uint8_t creator_ver[4];	  /* 32 */
	uint8_t creator_os[4];	  /* 36 */
	uint8_t original_size[8]; /* 40 */
	uint8_t current_size[8];  /* 48 */
	uint8_t cylinders[2];	  /* 56 */
	uint8_t heads;		  /* 58 */
	uint8_t track;		  /* 59, sectors */
	uint8_t type[4];	  /* 60 */
	uint8_t checksum[4];	  /* 64 */
	uint8_t unique_id[16];	  /* 68 */
	uint8_t saved_state;	  /* 84 */
	uint8_t reserved[427];	  /* 85 */
};
static_assert(sizeof(struct footer_disk) == FOOTER_SIZE, "specification");

#define FIELD_AT(f, member) ((f)->at + offsetof(struct footer_disk, member))

struct footer {
	uint64_t at; /* bytes of the file */
	uint64_t size;
	uint32_t features, version, type, checksum, sum;
	uint64_t data_offset;
	uint16_t cylinders;
	uint8_t heads, track, saved_state;
	bool reserved; /* data where zeros should be */
	struct shvm_guid unique_id;
	char creator[5]; /* "" when it is not text */
};

struct vhd {
	struct source source;
	struct source *file;
	uint8_t footer[FOOTER_SIZE]; /* unchanged */
	struct shvm_guid unique_id;
	char creator[5];
};

static struct vhd *vhd_of(const struct source *s)
{
	union {
		const struct source *source;
		struct vhd *vhd;
	} u = { .source = s };

	return u.vhd;
}

/*
 * "One's complement of the sum of all the bytes", without those of the
 * checksum.
 */
static uint32_t sum_of(const uint8_t footer[FOOTER_SIZE])
{
	uint32_t sum = 0;

	for (size_t i = 0; i < FOOTER_SIZE; i++)
		if (i < offsetof(struct footer_disk, checksum) ||
		    i >= offsetof(struct footer_disk, unique_id))
			sum += footer[i];
	return ~sum;
}

static struct footer footer_decode(const uint8_t raw[FOOTER_SIZE], uint64_t at)
{
	const struct footer_disk *d = (const void *)raw;
	struct footer f = {
		.at = at,
		.size = be64_get(d->current_size),
		.features = be32_get(d->features),
		.version = be32_get(d->version),
		.type = be32_get(d->type),
		.checksum = be32_get(d->checksum),
		.sum = sum_of(raw),
		.data_offset = be64_get(d->data_offset),
		.cylinders = be16_get(d->cylinders),
		.heads = d->heads,
		.track = d->track,
		.saved_state = d->saved_state,
		.reserved = !bytes_are_zero(d->reserved, sizeof(d->reserved)),
		.unique_id = guid_load(d->unique_id),
	};

	memcpy(f.creator, d->creator, sizeof(d->creator));
	for (size_t i = 0; i < sizeof(d->creator); i++)
		if (f.creator[i] < ' ' || f.creator[i] > '~')
			f.creator[0] = '\0';
	for (size_t n = strlen(f.creator); n > 0 && f.creator[n - 1] == ' ';)
		f.creator[--n] = '\0';
	return f;
}

static bool has_cookie(struct source *file, uint64_t at, int *r,
		       struct shvm_err *err)
{
	char cookie[COOKIE_SIZE];

	if (*r < 0 || file->size < COOKIE_SIZE || at > file->size - COOKIE_SIZE)
		return false;
	*r = source_read(file, at, cookie, sizeof(cookie), err);
	return *r == SHVM_OK && memcmp(cookie, COOKIE, COOKIE_SIZE) == 0;
}

/* Where a file may have cookies; in a short file the offset wraps around. */
struct cookies {
	bool end, old_end, start;
};

static int cookies_find(struct source *file, struct cookies *ret,
			struct shvm_err *err)
{
	int r = SHVM_OK;

	ret->end = has_cookie(file, file->size - FOOTER_SIZE, &r, err);
	ret->old_end = has_cookie(file, file->size - OLD_FOOTER_SIZE, &r, err);
	ret->start = has_cookie(file, 0, &r, err);
	return r;
}

static int vhd_probe(struct source *file, bool *ret, struct shvm_err *err)
{
	struct cookies c;
	int r = cookies_find(file, &c, err);

	*ret = r == SHVM_OK && (c.end || c.old_end || c.start);
	return r;
}

/* The footer at the end; a dynamic disk has a copy at the start. */
static int footer_read(struct source *file, uint8_t ret[FOOTER_SIZE],
		       struct rules *rules, struct shvm_err *err)
{
	struct cookies c;

	TRY(cookies_find(file, &c, err));
	if (c.end)
		return source_read(file, file->size - FOOTER_SIZE, ret,
				   FOOTER_SIZE, err);
	if (c.old_end)
		return rules_fatal_as(rules, SHVM_E_UNSUPPORTED, "VHD_FOOTER",
				      file->size - OLD_FOOTER_SIZE, err,
				      "the VHD footer has 511 bytes, a format "
				      "from before Virtual PC 2004; convert "
				      "it to VHDX");
	if (c.start)
		return rules_fatal(rules, "VHD_FOOTER", 0, err,
				   "the file begins like a dynamic VHD, but "
				   "has no footer at its end");
	return rules_fatal(rules, "VHD_FOOTER",
			   file->size < FOOTER_SIZE ? 0
						    : file->size - FOOTER_SIZE,
			   err,
			   "not a VHD: the last 512 bytes do not begin with "
			   "\"conectix\"");
}

/* Is the footer valid, and are its version and type supported? */
static int judge_kind(const struct footer *f, struct rules *rules,
		      struct shvm_err *err)
{
	if (f->checksum != f->sum)
		TRY(rules_error(rules, "VHD_CHECKSUM", FIELD_AT(f, checksum),
				err,
				"the footer has the checksum %#" PRIx32
				", but the checksum of its bytes is %#" PRIx32,
				f->checksum, f->sum));
	if (f->version != VERSION_1_0)
		return rules_fatal_as(rules, SHVM_E_UNSUPPORTED, "VHD_VERSION",
				      FIELD_AT(f, version), err,
				      "the VHD has the format version %#" PRIx32
				      ", not 0x10000",
				      f->version);
	if (f->type == TYPE_DYNAMIC || f->type == TYPE_DIFFERENCING)
		return rules_fatal_as(
			rules, SHVM_E_UNSUPPORTED, "VHD_TYPE",
			FIELD_AT(f, type), err,
			"this is a %s VHD, and of VHD only fixed "
			"images are supported; convert it to VHDX",
			f->type == TYPE_DYNAMIC ? "dynamic" : "differencing");
	if (f->type != TYPE_FIXED)
		return rules_fatal(rules, "VHD_TYPE", FIELD_AT(f, type), err,
				   "the VHD has the disk type %" PRIu32
				   ", not 2 (fixed)",
				   f->type);
	return SHVM_OK;
}

/* Are the bytes of the disk exactly those before the footer? */
static int judge_size(const struct footer *f, struct rules *rules,
		      struct shvm_err *err)
{
	const uint64_t at = FIELD_AT(f, current_size);

	/* The specification gives 32 bits; writers set all 64. */
	if (f->data_offset != UINT64_MAX && f->data_offset != UINT32_MAX)
		TRY(rules_error(rules, "VHD_DATA_OFFSET",
				FIELD_AT(f, data_offset), err,
				"a fixed VHD has no dynamic header, but the "
				"footer refers to one at %#" PRIx64,
				f->data_offset));
	if (f->size != f->at)
		TRY(rules_error(rules, "VHD_SIZE", at, err,
				"the footer says that the disk has %" PRIu64
				" bytes, but the file has %" PRIu64 " before "
				"it",
				f->size, f->at));
	if (f->size == 0 || f->size % SECTOR != 0)
		TRY(rules_error(rules, "VHD_SECTORS", at, err,
				"the disk has %" PRIu64 " bytes, not one or "
				"more sectors of 512",
				f->size));
	if (f->size > SIZE_MAX_HYPERV)
		TRY(rules_warn(rules, "VHD_SIZE_MAX", at, err,
			       "the disk has %" PRIu64 " bytes, and Hyper-V "
			       "opens no VHD of more than 2040 GiB",
			       f->size));
	if (f->size % MIB != 0)
		TRY(rules_note(rules, "VHD_ALIGN", at, err,
			       "the disk has %" PRIu64 " bytes, not a multiple "
			       "of 1 MiB as Azure requires",
			       f->size));
	return SHVM_OK;
}

/* Appendix "CHS Calculation": the geometry for the disk's size. */
static bool is_calculated(const struct footer *f)
{
	const uint64_t most = CYLINDERS_MAX * HEADS_MAX * TRACK_MAX;
	uint64_t sectors = f->size / SECTOR, tracks, track, heads;

	if (sectors > most)
		sectors = most;
	if (sectors >= CYLINDERS_MAX * HEADS_MAX * 63) {
		track = TRACK_MAX;
		heads = HEADS_MAX;
		tracks = sectors / track;
	} else {
		track = 17;
		tracks = sectors / track;
		heads = (tracks + 1023) / 1024;
		if (heads < 4)
			heads = 4;
		if (tracks >= heads * 1024 || heads > HEADS_MAX) {
			track = 31;
			heads = HEADS_MAX;
			tracks = sectors / track;
		}
		if (tracks >= heads * 1024) {
			track = 63;
			heads = HEADS_MAX;
			tracks = sectors / track;
		}
	}
	return f->cylinders == tracks / heads && f->heads == heads &&
	       f->track == track;
}

/*
 * The size is used, not the geometry; a reader that uses the geometry must see
 * the same disk, or know that it is meaningless (the largest one).
 */
static int judge_geometry(const struct footer *f, struct rules *rules,
			  struct shvm_err *err)
{
	const uint64_t bytes =
		(uint64_t)f->cylinders * f->heads * f->track * SECTOR;

	if (bytes == 0)
		return rules_error(rules, "VHD_NO_GEOMETRY",
				   FIELD_AT(f, cylinders), err,
				   "the geometry %u/%u/%u contains a zero",
				   f->cylinders, f->heads, f->track);
	if (bytes == f->size || is_calculated(f) ||
	    (f->cylinders == CYLINDERS_MAX && f->heads == HEADS_MAX &&
	     f->track == TRACK_MAX))
		return SHVM_OK;
	return rules_warn(rules, "VHD_GEOMETRY", FIELD_AT(f, cylinders), err,
			  "the geometry %u/%u/%u is of %" PRIu64
			  " bytes, but the disk has %" PRIu64,
			  f->cylinders, f->heads, f->track, bytes, f->size);
}

/* Fields that do not affect the bytes of the disk. */
static int judge_rest(const struct footer *f, struct rules *rules,
		      struct shvm_err *err)
{
	if ((f->features & ~(uint32_t)FEATURE_TEMPORARY) != FEATURE_ALWAYS)
		TRY(rules_warn(rules, "VHD_FEATURES", FIELD_AT(f, features),
			       err,
			       "the footer has the features %#" PRIx32
			       ", not 2",
			       f->features));
	else if (f->features & FEATURE_TEMPORARY)
		TRY(rules_warn(rules, "VHD_TEMPORARY", FIELD_AT(f, features),
			       err,
			       "the footer says that the disk is temporary and "
			       "may be deleted"));
	if (f->saved_state != 0)
		TRY(rules_warn(rules, "VHD_SAVED_STATE",
			       FIELD_AT(f, saved_state), err,
			       "the disk belongs to a VM whose state was saved "
			       "(%u), and may be unfinished",
			       f->saved_state));
	if (guid_is_zero(&f->unique_id))
		TRY(rules_warn(rules, "VHD_UNIQUE_ID", FIELD_AT(f, unique_id),
			       err, "the unique id is zero"));
	if (f->reserved)
		TRY(rules_warn(rules, "VHD_RESERVED", FIELD_AT(f, reserved),
			       err, "the footer has data in reserved bytes"));
	return SHVM_OK;
}

/* Read and judge the footer; raw has its bytes. */
static int footer_load(struct source *file, struct rules *rules,
		       uint8_t raw[FOOTER_SIZE], struct footer *ret,
		       struct shvm_err *err)
{
	TRY(footer_read(file, raw, rules, err));
	*ret = footer_decode(raw, file->size - FOOTER_SIZE);
	TRY(judge_kind(ret, rules, err));
	TRY(judge_size(ret, rules, err));
	TRY(judge_geometry(ret, rules, err));
	return judge_rest(ret, rules, err);
}

static int vhd_read_at(struct source *s, uint64_t at, void *buf, size_t len,
		       struct shvm_err *err)
{
	return source_read(vhd_of(s)->file, at, buf, len, err);
}

static int vhd_extent_at(struct source *s, uint64_t at, uint64_t max,
			 struct extent *ret, struct shvm_err *err)
{
	return source_extent(vhd_of(s)->file, at, max, ret, err);
}

static uint64_t vhd_next_data(struct source *s, uint64_t at, uint64_t end)
{
	return source_next_data(vhd_of(s)->file, at, end);
}

static int vhd_write_time(struct source *s, struct timespec *ret,
			  struct shvm_err *err)
{
	return source_write_time(vhd_of(s)->file, ret, err);
}

static int vhd_check_unchanged(struct source *s, struct shvm_err *err)
{
	const struct vhd *v = vhd_of(s);
	uint8_t now[FOOTER_SIZE];

	TRY(source_check_unchanged(v->file, err));
	TRY(source_read(v->file, s->size, now, sizeof(now), err));
	if (memcmp(now, v->footer, sizeof(now)) != 0)
		return err_reason(err, SHVM_E_IO, "changed",
				  "the VHD footer changed while it was in use");
	return SHVM_OK;
}

static void vhd_free(struct source *s)
{
	source_free(vhd_of(s)->file);
	free(vhd_of(s));
}

static int vhd_open(struct source *file, const char *path,
		    const struct shvm_disk_params *params,
		    struct disk_opened *ret, struct shvm_err *err)
{
	static const struct source_ops ops = {
		.kind = "vhd",
		.read_at = vhd_read_at,
		.extent_at = vhd_extent_at,
		.next_data = vhd_next_data,
		.write_time = vhd_write_time,
		.check_unchanged = vhd_check_unchanged,
		.free = vhd_free,
	};
	struct rules rules = { .checks = &ret->checks };
	AUTO(source_ptr) own = file;
	struct vhd *v = calloc(1, sizeof(*v));
	struct footer f;

	(void)params; /* no parents, no log */
	TRY(err_null(err, v, path));
	v->source.ops = &ops;
	v->file = STEAL(own);
	ret->source = &v->source;
	TRY(err_name(err, footer_load(v->file, &rules, v->footer, &f, err),
		     path));

	v->source.size = f.size;
	v->source.sector_size = SECTOR;
	v->unique_id = f.unique_id;
	memcpy(v->creator, f.creator, sizeof(v->creator));
	ret->info.variant = "fixed";
	ret->info.creator = v->creator;
	ret->info.logical_sector_size = SECTOR;
	ret->info.physical_sector_size = SECTOR;
	return SHVM_OK;
}

/* It has no id for its contents: the time of the last change is used. */
static int vhd_identity(struct source *disk, char ret[SHVM_IDENTITY_MAX],
			struct shvm_err *err)
{
	char id[SHVM_GUID_TEXT];
	struct timespec t;

	TRY(source_write_time(disk, &t, err));
	(void)snprintf(ret, SHVM_IDENTITY_MAX, "vhd:%s:%" PRIu64 ":%jd.%09ld",
		       shvm_guid_format(&vhd_of(disk)->unique_id, id),
		       disk->size, (intmax_t)t.tv_sec, t.tv_nsec);
	return SHVM_OK;
}

static int vhd_check(struct source *file, const char *path,
		     const struct shvm_disk_params *params,
		     struct checks *found, struct shvm_disk_check *ret,
		     struct shvm_err *err)
{
	struct rules rules = { .checks = found, .collect = true };
	AUTO(source_ptr) own = file;
	struct shvm_err why = { 0 };
	uint8_t raw[FOOTER_SIZE];
	struct footer f = { 0 };
	int r = footer_load(own, &rules, raw, &f, &why);

	(void)path;
	(void)params;
	ret->complete = r == SHVM_OK;
	if (r == SHVM_E_FORMAT)
		r = checks_add(found, why.reason, SHVM_LEVEL_ERROR,
			       rules.fatal_at, NULL, err, "%s", why.msg);
	else
		r = err_take(err, &why);
	TRY(r);
	return source_check_unchanged(file, err);
}

const struct disk_format format_vhd = {
	.name = "vhd",
	.endings = { ".vhd", NULL },
	.probe = vhd_probe,
	.open = vhd_open,
	.identity = vhd_identity,
	.check = vhd_check,
};
