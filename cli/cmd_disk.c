/* SPDX-License-Identifier: MIT */
/* The noun disk: its table, and the commands that only describe. */
#include "cli/cmd_disk.h"
#include "cli/result.h"

#include <inttypes.h>
#include <string.h>

enum {
	MAP_JSON_MAX = 1000000
}; /* our limit: runs in one JSON object */

struct map_args {
	struct disk_args disk;
};

#define ARGS struct map_args
static const struct cli_opt map_opts[] = {
	DISK_OPEN_OPTS(disk),
	DISK_PARTITION_OPT(disk, "number of the only partition to list"),
	OPT_END,
};
#undef ARGS

static int map_put(struct out *out, json_t **extents,
		   const struct shvm_extent *e, struct shvm_err *err)
{
	out_text(out, "%16" PRIu64 " %16" PRIu64 " %s", e->offset, e->size,
		 shvm_extent_name(e->state));
	if (!out_is_json(out))
		return SHVM_OK;
	if (json_array_size(*extents) >= MAP_JSON_MAX)
		return err_set(
			err, SHVM_E_UNSUPPORTED,
			"the disk has more than %d runs, the limit of --json",
			MAP_JSON_MAX);
	out_list_add(extents, OBJECT(M("offset", e->offset), M("size", e->size),
				     M("state", shvm_extent_name(e->state))));
	return *extents ? SHVM_OK : err_nomem(err, "json result");
}

static int map_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err)
{
	const struct map_args *a = args;
	AUTO(disk_ptr) disk = NULL;
	AUTO(json_ptr) extents = NULL;
	uint64_t at, size, end;
	struct shvm_extent e;

	TRY(disk_open(operands[0], &a->disk, &disk, err));
	TRY(disk_range(disk, a->disk.partition, &at, &size, err));
	extents = json_array();
	TRY(err_null(err, extents, "json result"));

	out_text(out, "%16s %16s %s", "offset", "size", "state");
	for (end = at + size; at < end; at += e.size) {
		TRY(shvm_disk_extent(disk, at, UINT64_MAX, &e, err));
		if (e.size > end - at)
			e.size = end - at;
		TRY(map_put(out, &extents, &e, err));
	}
	return out_json(out, OBJECT(M("extents", STEAL(extents))), err);
}

const struct cli_cmd disk_cmds[] = {
	{ "disk info", "DISK",
	  "describe a disk and check its readiness as a template", NULL,
	  disk_info_opts, sizeof(struct disk_info_args), disk_info_run },
	{ "disk map", "DISK", "list which parts of a disk are stored", NULL,
	  map_opts, sizeof(struct map_args), map_run },
	{ "disk digest", "DISK|PART...", "compute the digest of a volume", NULL,
	  disk_digest_opts, sizeof(struct disk_digest_args), disk_digest_run },
	{ "disk read", "DISK", "copy bytes of a disk or partition", NULL,
	  disk_read_opts, sizeof(struct disk_read_args), disk_read_run },
	{ "disk check", "DISK", "check a VHDX or VHD against its specification",
	  NULL, disk_check_opts, sizeof(struct disk_check_args),
	  disk_check_run },
	{ 0 },
};
