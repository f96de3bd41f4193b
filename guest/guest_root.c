/* SPDX-License-Identifier: MIT */
/* Facts of a Linux root file system, from libguestfs. */
#include "guest/guest_root.h"

#include "guest/appliance.h"
#include "guest/cloud_init.h"
#include "guest/files_guest.h"
#include "guest/kernel_file.h"
#include "guest/linux_root.h"

#include <stdio.h>
#include <string.h>

static void names_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}
AUTO_DEFINE(names_ptr, char **, names_free);

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
	struct files_guest of = { .g = g, .exact = true };
	const struct files files = files_of_guest(&of);

	if (lvm)
		name = "lvm";
	else if (strlen(name) == 4 && strncmp(name, "ext", 3) == 0)
		name = "ext"; /* the same text as in the fast path */
	facts_text(f->root_fs, sizeof(f->root_fs), name, strlen(name));
	if (lvm ? lvm_mount(g) : type && root_mount(g, device, type))
		linux_look(&files, number, f);
	else
		facts_root_trouble(f,
				   "partition %u: no root file system with "
				   "/etc could be mounted (%s)",
				   number, name);
	(void)guestfs.umount_all(g); /* as above */
	if (lvm)
		(void)guestfs.vg_activate_all(g, 0); /* its LUKS is closed */
}

void guest_look_kernel(guestfs_h *g, const char *device, uint32_t number,
		       struct shvm_guest_facts *f)
{
	struct files_guest of = { .g = g, .exact = true };
	const struct files files = files_of_guest(&of);
	enum shvm_known known = SHVM_UNKNOWN;

	if (guestfs.mount_ro(g, device, "/") == 0)
		known = kernel_file_look(&files, "");
	(void)guestfs.umount_all(g); /* it was only read */
	if (known != SHVM_NO)
		f->kernel = known;
	if (known == SHVM_UNKNOWN)
		facts_root_trouble(f,
				   "partition %u: not all folders can be read",
				   number);
}
