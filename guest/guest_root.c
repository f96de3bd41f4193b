/* SPDX-License-Identifier: MIT */
/* Facts of a Linux root file system, from libguestfs. */
#include "guest/guest_root.h"

#include "guest/appliance.h"
#include "guest/cloud_init.h"

#include <stdio.h>
#include <string.h>

static void names_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}
AUTO_DEFINE(names_ptr, char **, names_free);

/* What cannot be asked is not there: is_file() fails for a missing folder, too. */
static bool is_file(guestfs_h *g, const char *path)
{
	return guestfs.is_file(g, path) == 1;
}

/* Also a link that leads nowhere. */
static bool is_there(guestfs_h *g, const char *path)
{
	return guestfs.exists(g, path) == 1 || guestfs.is_symlink(g, path) == 1;
}

static void look_config(guestfs_h *g, const char *path, const char *name,
			struct cloud_sources *s)
{
	AUTOFREE char *text = NULL;
	const int64_t size = is_file(g, path) ? guestfs.filesize(g, path) : -1;
	size_t len = 0;

	if (size >= 0 && size <= CLOUD_FILE_MAX)
		text = guestfs.read_file(g, path, &len);
	if (text && strcmp(path, CLOUD_IDENTIFY) == 0)
		cloud_add_identify(s, text, len);
	else if (text)
		cloud_add(s, name, text, len);
	else
		cloud_add_unread(s, name, "it cannot be read");
}

static void look_folder(guestfs_h *g, struct cloud_sources *s)
{
	AUTO(names_ptr) names = guestfs.ls(g, CLOUD_FOLDER); /* by name */
	size_t count = 0;

	if (!names || guestfs.is_dir(g, CLOUD_FOLDER) != 1) {
		cloud_add_unread(s, CLOUD_FOLDER, "it cannot be read");
		return;
	}
	for (size_t i = 0; names[i]; i++) {
		char path[512];

		if (!cloud_is_config(names[i]))
			continue;
		if (++count > CLOUD_FILES_MAX) {
			cloud_add_unread(s, CLOUD_FOLDER, "too many files");
			return;
		}
		(void)snprintf(path, sizeof(path), CLOUD_FOLDER "/%s",
			       names[i]);
		look_config(g, path, names[i], s);
	}
}

/* The root is mounted. */
static void look_cloud_init(guestfs_h *g, struct shvm_guest_facts *f)
{
	struct cloud_sources s = { 0 };

	f->cloud_init = SHVM_NO;
	for (size_t i = 0; cloud_programs[i]; i++) {
		if (is_there(g, cloud_programs[i]))
			f->cloud_init = SHVM_YES;
	}
	if (f->cloud_init == SHVM_YES && is_file(g, CLOUD_DISABLED))
		f->cloud_init = SHVM_NO;
	if (f->cloud_init != SHVM_YES)
		return;
	if (is_there(g, CLOUD_CONFIG))
		look_config(g, CLOUD_CONFIG, "cloud.cfg", &s);
	if (is_there(g, CLOUD_FOLDER))
		look_folder(g, &s);
	if (is_there(g, CLOUD_IDENTIFY))
		look_config(g, CLOUD_IDENTIFY, CLOUD_IDENTIFY, &s);
	cloud_give(&s, f);
}

/* Mount a device that has /etc; its default subvolume, or a usual one. */
static bool root_mount(guestfs_h *g, const char *device, const char *type)
{
	static const char *const options[] = { "ro", "ro,subvol=@",
					       "ro,subvol=root" };
	const size_t count =
		strcmp(type, "btrfs") == 0 ? ARRAY_SIZE(options) : 1;

	for (size_t i = 0; i < count; i++) {
		if (guestfs.mount_options(g, options[i], device, "/") < 0)
			continue;
		if (guestfs.is_dir(g, CLOUD_ETC) == 1)
			return true;
		(void)guestfs.umount_all(g); /* it was only read */
	}
	return false;
}

/* The first logical volume that is a root. */
static bool lvm_mount(guestfs_h *g)
{
	AUTO(names_ptr) names = NULL;

	if (guestfs.lvm_scan(g, 1) == 0)
		names = guestfs.lvs(g);
	for (size_t i = 0; names && names[i]; i++) {
		AUTOFREE char *type = guestfs.vfs_type(g, names[i]);

		if (type && root_mount(g, names[i], type))
			return true;
	}
	return false;
}

void guest_look_root(guestfs_h *g, const char *device, uint32_t number,
		     struct shvm_guest_facts *f)
{
	AUTOFREE char *type = guestfs.vfs_type(g, device);
	const char *name = type && *type ? type : "unknown";
	const bool lvm = strcmp(name, "LVM2_member") == 0;

	if (lvm)
		name = "lvm";
	else if (strlen(name) == 4 && strncmp(name, "ext", 3) == 0)
		name = "ext"; /* as the fast path says */
	facts_text(f->root_fs, sizeof(f->root_fs), name, strlen(name));
	if (lvm ? lvm_mount(g) : type && root_mount(g, device, type))
		look_cloud_init(g, f);
	else
		facts_root_trouble(f,
				   "partition %u: no root file system with "
				   "/etc could be mounted (%s)",
				   number, name);
	(void)guestfs.umount_all(g); /* as above */
	if (lvm)
		(void)guestfs.vg_activate_all(g, 0); /* its LUKS is closed */
}
