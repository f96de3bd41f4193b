/* SPDX-License-Identifier: MIT */
/* Checks the rules for the file, for Windows and for Linux templates. */
#include "signer/readiness.h"

#include "base/version.h"
#include "disk/disk.h"
#include "guest/luks.h"
#include "signer/catalog.h"

#include <string.h>

#define NOWHERE UINT64_MAX
#define DEPLOYABLE "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"
#define BUILD_MIN 9200u	 /* Windows 8, Windows Server 2012 */
#define ROOM (64u << 10) /* our choice: ten times a usual catalog */
#define FREE_MIN                                                               \
	(100ull << 20) /* our choice: enough for BitLocker's metadata */

static bool is_checkpoint(const char *path)
{
	const size_t n = strlen(path);

	return n >= 6 && strcasecmp(path + n - 6, ".avhdx") == 0;
}

/* Rules about an existing catalog, and about room for a new one. */
static int judge_metadata(const struct readiness_input *in, struct readiness *f,
			  struct shvm_err *err)
{
	AUTO_DONE(buf) item = { 0 };
	struct shvm_err why = { 0 };
	bool found = false;

	TRY(disk_user_item(in->disk, &catalog_item_id, &item, &found, err));
	if (found && in->catalog)
		TRY(RULE_BROKEN(&f->checks, "already-protected", NOWHERE, err,
				FOUND(in->catalog)));
	else if (found)
		TRY(RULE_BROKEN_AS(&f->checks, "already-protected",
				   CATALOG_UNREAD, NOWHERE, err));
	if (!disk_has_items(in->disk) || in->info->parent)
		return SHVM_OK;
	f->has[NEEDS_VHDX] = true;
	if (disk_check_room(in->disk, &catalog_item_id, ROOM, &why) == 0)
		return SHVM_OK;
	return RULE_BROKEN(&f->checks, "no-room", NOWHERE, err, FOUND(why.msg));
}

/* Signed bytes must be the same for every reader of the format. */
static int judge_undefined(const struct readiness_input *in,
			   struct readiness *f, struct shvm_err *err)
{
	f->has[NEEDS_VOLUMES] = in->volume_count > 0;
	for (size_t i = 0; i < in->volume_count; i++) {
		const struct shvm_volume *v = &in->volumes[i];
		uint64_t at = 0, bytes = 0;

		TRY(disk_undefined(in->disk, v->offset, v->size, &at, &bytes,
				   err));
		if (bytes > 0)
			TRY(RULE_BROKEN(&f->checks, "undefined-blocks", at, err,
					FOUND(v->partition), FOUND(bytes),
					FOUND(at)));
	}
	return SHVM_OK;
}

int readiness_file(const struct readiness_input *in, struct readiness *f,
		   struct shvm_err *err)
{
	f->has[NEEDS_NOTHING] = true;
	f->has[NEEDS_TABLE] = in->info->table == SHVM_TABLE_GPT;
	if (!disk_has_items(in->disk))
		TRY(RULE_BROKEN(&f->checks, "not-vhdx", NOWHERE, err,
				FOUND(in->info->format)));
	if (in->info->parent)
		TRY(RULE_BROKEN(&f->checks, "differencing", NOWHERE, err,
				FOUND(in->info->parent)));
	if (is_checkpoint(disk_path(in->disk)))
		TRY(RULE_BROKEN(&f->checks, "checkpoint", NOWHERE, err));
	if (in->info->logical_sector_size != 512)
		TRY(RULE_BROKEN(&f->checks, "sector-size", NOWHERE, err,
				FOUND(in->info->logical_sector_size)));
	TRY(judge_undefined(in, f, err));
	return judge_metadata(in, f, err);
}

static int judge_state(const struct shvm_guest_facts *facts,
		       struct readiness *f, struct shvm_err *err)
{
	const char *registry = facts->image_state;
	const char *file = facts->image_state_file;
	/* A missing value is "unknown" if its source could not be read. */
	const bool has_registry = facts->software_hive == SHVM_YES;
	const bool has_file = facts->state_ini != SHVM_UNKNOWN;

	if ((has_registry && strcmp(registry, DEPLOYABLE) != 0) ||
	    (has_file && strcmp(file, DEPLOYABLE) != 0))
		TRY(RULE_BROKEN(&f->checks, "not-generalized", NOWHERE, err,
				FOUND(!has_registry ? "unknown"
				      : *registry   ? registry
						    : "missing"),
				FOUND(!has_file ? "unknown"
				      : *file	? file
						: "missing")));
	else if (!has_registry || !has_file)
		return readiness_add_unknown(
			f, "not-generalized",
			!has_registry && !has_file
				? "sysprep's state could not be read"
			: !has_registry
				? "sysprep's state in the registry could not "
				  "be read"
				: "State.ini could not be read",
			err);
	if (has_registry && has_file && strcmp(registry, file) != 0)
		TRY(RULE_BROKEN(&f->checks, "state-disagrees", NOWHERE, err,
				FOUND(*registry ? registry : "nothing"),
				FOUND(*file ? file : "nothing")));
	return SHVM_OK;
}

static int judge_release(const struct shvm_guest_facts *facts,
			 struct readiness *f, struct shvm_err *err)
{
	uint64_t build = 0;

	if (facts->software_hive != SHVM_YES)
		TRY(readiness_add_unknown(
			f, "os-too-old",
			"the Windows release could not be read", err));
	else if (number_parse(facts->build, 0, UINT32_MAX, &build, NULL) < 0 ||
		 build < BUILD_MIN)
		TRY(RULE_BROKEN(
			&f->checks, "os-too-old", NOWHERE, err,
			FOUND(facts->product),
			FOUND(*facts->version ? facts->version : "unknown"),
			FOUND(*facts->build ? facts->build : "unknown")));
	if (!*facts->architecture)
		TRY(readiness_add_unknown(f, "not-x64",
					  "the architecture could not be read",
					  err));
	else if (strcmp(facts->architecture, "x86_64") != 0)
		TRY(RULE_BROKEN(&f->checks, "not-x64", NOWHERE, err,
				FOUND(facts->architecture)));
	return SHVM_OK;
}

static int judge_leftovers(const struct readiness_input *in,
			   struct readiness *f, struct shvm_err *err)
{
	const struct shvm_guest_facts *facts = in->facts;
	const uint64_t at = in->os->offset;

	if (facts->ntfs_dirty == SHVM_YES)
		TRY(RULE_BROKEN(&f->checks, "ntfs-dirty", at, err,
				FOUND(in->os->number)));
	if (facts->hiberfil == SHVM_YES)
		TRY(RULE_BROKEN(&f->checks, "hibernated", at, err));
	if (facts->pagefile == SHVM_YES || facts->swapfile == SHVM_YES)
		TRY(RULE_BROKEN(&f->checks, "pagefile", at, err,
				FOUND(facts->pagefile == SHVM_YES
					      ? "pagefile.sys"
					      : "swapfile.sys")));
	if (facts->free_bytes != SHVM_FREE_UNKNOWN &&
	    facts->free_bytes < FREE_MIN)
		TRY(RULE_BROKEN(&f->checks, "low-space", at, err,
				FOUND(facts->free_bytes)));
	return SHVM_OK;
}

int readiness_esp(const struct readiness_input *in, struct readiness *f,
		  struct shvm_err *err)
{
	f->has[NEEDS_ESP] = in->facts->bootx64 != SHVM_UNKNOWN;
	if (in->facts->bootx64 != SHVM_NO)
		return SHVM_OK;
	return RULE_BROKEN(&f->checks, "no-bootx64", in->esp->offset, err,
			   FOUND(in->esp->number));
}

int readiness_windows(const struct readiness_input *in, struct readiness *f,
		      struct shvm_err *err)
{
	const struct shvm_guest_facts *facts = in->facts;

	TRY(readiness_esp(in, f, err));
	if (facts->bootmgfw == SHVM_NO)
		TRY(RULE_BROKEN(&f->checks, "no-bootmgr", in->esp->offset, err,
				FOUND(in->esp->number)));
	if (facts->windows == SHVM_UNKNOWN)
		return SHVM_OK;
	f->has[NEEDS_OS] = true;
	f->has[NEEDS_FLAG] = facts->ntfs_dirty != SHVM_UNKNOWN;
	TRY(judge_leftovers(in, f, err));
	if (facts->windows == SHVM_NO)
		return RULE_BROKEN(&f->checks, "no-windows", in->os->offset,
				   err, FOUND(in->os->number));
	f->has[NEEDS_WINDOWS] = true;
	TRY(judge_state(facts, f, err));
	return judge_release(facts, f, err);
}

/* The start of the messages about one of the two partitions. */
struct luks_rules {
	enum shvm_role role;
	enum readiness_needs needs;
	const char *not_luks1, *passphrase, *name;
};

/* Passes the root to the inspection. */
static void give_root(const struct shvm_volume *v, struct source **content,
		      struct readiness *f)
{
	if (v->role != SHVM_ROLE_ROOT || f->root)
		return;
	f->root = STEAL(*content);
	f->root_partition = v->partition;
}

static int judge_luks(const struct readiness_input *in,
		      const struct shvm_volume *v,
		      const struct luks_rules *rules, struct readiness *f,
		      struct shvm_err *err)
{
	AUTO(source_ptr) window = NULL;
	AUTO(source_ptr) content = NULL;
	AUTO(secret_ptr) key = NULL;
	struct shvm_err why = { 0 };
	struct luks_header h;
	int r;

	TRY(source_window(disk_source(in->disk), v->offset, v->size, &window,
			  err));
	r = luks_header_load(window, &h, &why);
	if (r == SHVM_E_FORMAT) {
		give_root(v, &window, f); /* it may exist, not encrypted */
		return RULE_BROKEN(&f->checks, rules->not_luks1, v->offset, err,
				   FOUND(v->partition), FOUND(why.msg));
	}
	if (r == 0)
		r = luks_open(window, &h, LUKS_WELL_KNOWN, in->until, &key,
			      &why);
	if (r < 0 && r != SHVM_E_UNSUPPORTED)
		return err_take(err, &why);
	f->has[rules->needs] = true;
	if (r == 0 && key) {
		TRY(luks_source(disk_source(in->disk), v->offset, v->size, &h,
				key, &content, err));
		give_root(v, &content, f);
		return SHVM_OK;
	}
	return RULE_BROKEN(
		&f->checks, rules->passphrase, v->offset, err,
		FOUND(v->partition),
		FOUND(r < 0 ? why.msg
			    : "the well-known passphrase does not open "
			      "it"));
}

static int judge_conf(const struct readiness_input *in, struct readiness *f,
		      struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	struct lsvmconf conf;

	if (in->facts->lsvmconf != SHVM_YES)
		return RULE_BROKEN(&f->checks, "no-lsvmconf", in->esp->offset,
				   err, FOUND(in->esp->number));
	f->has[NEEDS_CONF] = true;
	if (!readiness_has(
		    f, "bad-lsvmconf") && /* already reported by the search */
	    lsvmconf_decode((const char *)in->conf->data, in->conf->len, &conf,
			    &why) < 0)
		return readiness_add_err(f, in->esp->offset, &why, err);
	return SHVM_OK; /* volumes_find() checks that the partitions exist */
}

int readiness_linux(const struct readiness_input *in, struct readiness *f,
		    struct shvm_err *err)
{
	static const struct luks_rules rules[] = {
		{ SHVM_ROLE_BOOT, NEEDS_BOOT, "boot-not-luks1",
		  "boot-passphrase", "boot" },
		{ SHVM_ROLE_ROOT, NEEDS_ROOT, "root-not-luks1",
		  "root-passphrase", "root" },
	};

	TRY(readiness_esp(in, f, err));
	if (f->has[NEEDS_ESP])
		TRY(judge_conf(in, f, err));
	if (f->has[NEEDS_ESP] && !*in->facts->lsvmprep)
		TRY(RULE_BROKEN(&f->checks, "no-lsvmprep", in->esp->offset, err,
				FOUND(in->esp->number)));
	for (size_t i = 0; i < in->volume_count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(rules); k++)
			if (rules[k].role == in->volumes[i].role)
				TRY(judge_luks(in, &in->volumes[i], &rules[k],
					       f, err));
	return SHVM_OK;
}
