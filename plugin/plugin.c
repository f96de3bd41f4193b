/* SPDX-License-Identifier: MIT */
/*
 * nbdkit's plugin: serves a disk as it is, or the verified view of a template.
 * See nbdkit-plugin(3) for what calls these functions, and when.
 */
#include "plugin/config.h"

#include <shvm/version.h>

#include <errno.h>
#include <string.h>

#define NBDKIT_API_VERSION 2
#define THREAD_MODEL NBDKIT_THREAD_MODEL_PARALLEL
#include <nbdkit-plugin.h>

enum {
	BLOCK_MIN = 4096 /* bytes that clients are advised to read at least */
};

/* Written before the first connection, and only read then. */
static struct config config;
static struct config_opened opened;

static void unload(void)
{
	config_close(&opened);
	config_done(&config);
}

static int set(const char *key, const char *value)
{
	return config_set(&config, key, value);
}

static int config_complete(void)
{
	return config_check(&config);
}

/* In the foreground: a failure is the end of nbdkit, with this line. */
static int get_ready(void)
{
	struct shvm_err err = { 0 };

	if (config_open(&config, &opened, &err) == SHVM_OK)
		return 0;
	nbdkit_error("%s%s", err.msg,
		     err.reason && strcmp(err.reason, "no-tree") == 0
			     ? "; 'shvm template tree' makes it, or give "
			       "tree=FILE"
			     : "");
	return -1;
}

static void *open_connection(int readonly)
{
	(void)readonly; /* there is no other way */
	return NBDKIT_HANDLE_NOT_NEEDED;
}

static int64_t get_size(void *handle)
{
	(void)handle;
	return (int64_t)shvm_disk_info(opened.disk)->virtual_size;
}

/* Every connection reads the same bytes. */
static int can_multi_conn(void *handle)
{
	(void)handle;
	return 1;
}

/* A client that reads ahead fills the page cache, and proves tree nodes. */
static int can_cache(void *handle)
{
	(void)handle;
	return NBDKIT_CACHE_EMULATE;
}

static int block_size(void *handle, uint32_t *minimum, uint32_t *preferred,
		      uint32_t *maximum)
{
	const uint32_t size =
		opened.view ? shvm_view_block_size(opened.view) : BLOCK_MIN;

	(void)handle;
	*minimum = 1;
	*preferred = size < BLOCK_MIN ? BLOCK_MIN : size;
	*maximum = UINT32_MAX; /* nbdkit's own limit */
	return 0;
}

/* A log line; what the client receives is a number. */
static int failed(const struct shvm_err *err)
{
	nbdkit_error("%s", err->msg);
	nbdkit_set_error(err->code == SHVM_E_NOMEM ? ENOMEM : EIO);
	return -1;
}

static int pread_at(void *handle, void *buf, uint32_t count, uint64_t offset,
		    uint32_t flags)
{
	struct shvm_err err = { 0 };
	int r;

	(void)handle;
	(void)flags;
	r = opened.view ? shvm_view_read(opened.view, offset, buf, count, &err)
			: shvm_disk_read(opened.disk, offset, buf, count, &err);
	return r < 0 ? failed(&err) : 0;
}

static int extent_at(uint64_t at, uint64_t max, struct shvm_extent *ret,
		     struct shvm_err *err)
{
	return opened.view ? shvm_view_extent(opened.view, at, max, ret, err)
			   : shvm_disk_extent(opened.disk, at, max, ret, err);
}

/* nbdkit joins neighbours of one type. */
static int extents(void *handle, uint32_t count, uint64_t offset,
		   uint32_t flags, struct nbdkit_extents *ret)
{
	static const uint32_t types[] = {
		[SHVM_EXTENT_DATA] = 0,
		[SHVM_EXTENT_ZERO] = NBDKIT_EXTENT_ZERO,
		[SHVM_EXTENT_HOLE] = NBDKIT_EXTENT_HOLE | NBDKIT_EXTENT_ZERO,
	};
	const uint64_t end = offset + count;
	struct shvm_err err = { 0 };
	struct shvm_extent e;
	enum shvm_extent_state first = SHVM_EXTENT_DATA;

	(void)handle;
	for (uint64_t at = offset; at < end; at += e.size) {
		if (extent_at(at, end - at, &e, &err) < 0)
			return failed(&err);
		if (nbdkit_add_extent(ret, e.offset, e.size, types[e.state]) <
		    0)
			return -1;
		if (at == offset)
			first = e.state;
		else if ((flags & NBDKIT_FLAG_REQ_ONE) && e.state != first)
			break; /* one extent is asked for */
	}
	return 0;
}

static struct nbdkit_plugin plugin = {
	.name = "shvm",
	.longname = "shielded VM disks and templates",
	.version = SHVM_LIBRARY_VERSION,
	.description = "serves a VHDX, VHD or raw disk read-only, or the "
		       "verified view of a template",
	.unload = unload,
	.config = set,
	.config_complete = config_complete,
	.config_help = CONFIG_HELP,
	.magic_config_key = "file",
	.get_ready = get_ready,
	.open = open_connection,
	.get_size = get_size,
	.can_multi_conn = can_multi_conn,
	.can_cache = can_cache,
	.block_size = block_size,
	.pread = pread_at,
	.extents = extents,
};

struct nbdkit_plugin *plugin_init(void); /* what the next line defines */
NBDKIT_REGISTER_PLUGIN(plugin)
