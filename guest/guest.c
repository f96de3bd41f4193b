/* SPDX-License-Identifier: MIT */
/* Facts from libguestfs: its appliance reads the disk, in a VM of its own. */
#include "guest/guest.h"

#include "base/clock.h"
#include "guest/appliance.h"
#include "guest/files_guest.h"
#include "guest/guest_root.h"
#include "guest/look.h"
#include "guest/luks.h"
#include "guest/nbd_server.h"

#include <stdio.h>
#include <string.h>

AUTO_DEFINE(statvfs_ptr, struct guestfs_statvfs *, guestfs.free_statvfs);

static const char *device(const struct shvm_partition *p, char buf[32])
{
	(void)snprintf(buf, 32, "/dev/sda%u", p->number);
	return buf;
}

/* Was the appliance built with the programs of this group? */
static bool has_feature(guestfs_h *g, const char *group)
{
	AUTOFREE char *name = strdup(group);
	char *names[] = { name, NULL };

	return name && guestfs.feature_available(g, names) == 1;
}

static void look_os(guestfs_h *g, const struct shvm_partition *os,
		    struct shvm_guest_facts *f)
{
	struct files_guest of = { .g = g };
	const struct files files = files_of_guest(&of);
	AUTO(statvfs_ptr) room = NULL;
	char dev[32];

	if (!has_feature(g, "ntfs3g")) {
		facts_trouble(f, "this libguestfs cannot read NTFS; install "
				 "ntfs-3g and remove the cached appliance");
		return;
	}
	if (guestfs.mount_ro(g, device(os, dev), "/") < 0) {
		facts_trouble(f, "partition %u: %s", os->number,
			      appliance_reason(g));
		return;
	}
	room = guestfs.statvfs(g, "/");
	if (room)
		f->free_bytes = (uint64_t)room->bfree * (uint64_t)room->bsize;
	look_windows(&files, os->number, f);
	(void)guestfs.umount_all(g); /* the appliance ends soon anyway */
	/* 15: the journal is not closed. No answer reports the flag. */
	if (guestfs.ntfs_3g_probe(g, 1, device(os, dev)) == 15)
		f->ntfs_dirty = SHVM_YES;
}

static void look_boot(guestfs_h *g, const struct shvm_partition *esp,
		      bool kernel, struct shvm_guest_facts *f, struct buf *conf)
{
	struct files_guest of = { .g = g };
	const struct files files = files_of_guest(&of);
	char dev[32];
	int r;

	if (guestfs.mount_ro(g, device(esp, dev), "/") < 0) {
		facts_trouble(f, "partition %u: %s", esp->number,
			      appliance_reason(g));
		return;
	}
	look_esp(&files, esp->number, kernel, f, conf);
	(void)guestfs.umount_all(g); /* as above */

	r = guestfs.fsck(g, "vfat", device(esp, dev));
	if (r < 0 || (r & 4))
		facts_trouble(f, "partition %u: fsck reports a damaged FAT",
			      esp->number);
}

/* False if a header demands an unreasonable amount of work. */
static bool luks_is_quick(struct source *disk, const struct shvm_volume *v,
			  struct shvm_err *err)
{
	const int64_t until = clock_ms() + GUEST_LUKS_SECONDS * 1000;
	AUTO(source_ptr) window = NULL;
	struct luks_header h;

	/* The reasons for unread facts are more detailed, but not here. */
	return source_window(disk, v->offset, v->size, &window, NULL) < 0 ||
	       luks_header_load(window, &h, NULL) < 0 ||
	       luks_check_work(&h, until, err) == 0 || !err->reason ||
	       strcmp(err->reason, "luks-slow") != 0;
}

/*
 * Only the device mapper can do this: open LUKS and see a file system inside.
 */
static void look_luks(guestfs_h *g, const struct facts_input *in,
		      const struct shvm_volume *v, struct shvm_guest_facts *f)
{
	char dev[32], name[32], mapped[48];
	AUTOFREE char *type = NULL;
	struct shvm_err err = { 0 };

	(void)snprintf(dev, sizeof(dev), "/dev/sda%u", v->partition);
	type = guestfs.vfs_type(g, dev);
	if (!type || strcmp(type, "crypto_LUKS") != 0) {
		if (v->role == SHVM_ROLE_ROOT)
			guest_look_root(g, dev, v->partition, f);
		return;
	}
	free(STEAL(type));
	if (!has_feature(g, "luks")) {
		facts_trouble(f, "this libguestfs cannot open LUKS; install "
				 "cryptsetup-bin and remove the cached "
				 "appliance");
		return;
	}
	/* Nothing can interrupt a call while the appliance works on it. */
	if (!luks_is_quick(in->disk, v, &err)) {
		facts_trouble(f, "partition %u: %s", v->partition, err.msg);
		return;
	}

	(void)snprintf(name, sizeof(name), "shvm%u", v->partition);
	(void)snprintf(mapped, sizeof(mapped), "/dev/mapper/%s", name);
	if (guestfs.cryptsetup_open(g, dev, LUKS_WELL_KNOWN, name,
				    GUESTFS_CRYPTSETUP_OPEN_READONLY, 1,
				    -1) < 0) {
		facts_trouble(f, "partition %u: LUKS cannot be opened: %s",
			      v->partition, appliance_reason(g));
		return;
	}
	type = guestfs.vfs_type(g, mapped);
	if (!type || !*type)
		facts_trouble(f, "partition %u: no file system inside LUKS",
			      v->partition);
	else if (v->role == SHVM_ROLE_ROOT)
		guest_look_root(g, mapped, v->partition, f);
	(void)guestfs.cryptsetup_close(g, mapped); /* as above */
}

/* The same as facts_gather_kernel() does with file systems that it can read. */
static void look_kernel(guestfs_h *g, const struct facts_input *in,
			struct shvm_guest_facts *f)
{
	char dev[32];

	for (size_t i = 0; i < in->partition_count && f->kernel != SHVM_YES &&
			   f->esp_kernel != SHVM_YES;
	     i++) {
		const struct shvm_partition *p = &in->partitions[i];

		if (facts_may_be_boot(in, p))
			guest_look_kernel(g, device(p, dev), p->number, f);
	}
}

int guest_gather(const struct facts_input *in, bool force_tcg,
		 struct shvm_guest_facts *ret, struct buf *conf,
		 const char **engine, struct shvm_err *err)
{
	struct appliance_drive drive = { .sector_size =
						 (int)in->disk->sector_size };
	AUTO(nbd_server_ptr) server = NULL;
	AUTO(guestfs_ptr) g = NULL;

	TRY(nbd_server_open(in->path, in->how, &server, err));
	drive.socket = nbd_server_socket(server);
	TRY(appliance_start(&drive, force_tcg, &g, engine, err));

	facts_init(ret);
	if (in->esp)
		look_boot(g, in->esp, !in->os, ret, conf);
	if (in->os)
		look_os(g, in->os, ret);
	for (size_t i = 0; i < in->volume_count; i++) {
		if (in->volumes[i].role != SHVM_ROLE_OS)
			look_luks(g, in, &in->volumes[i], ret);
	}
	if (*ret->root_fs)
		look_kernel(g, in, ret);
	return buf_check(conf, "lsvmconf", err);
}

int guest_try(struct shvm_err *say)
{
	const char *engine = "";
	AUTO(guestfs_ptr) g = NULL;

	TRY(appliance_start(&(struct appliance_drive){ 0 }, false, &g, &engine,
			    say));
	return err_set(say, SHVM_OK, "%s", engine);
}
