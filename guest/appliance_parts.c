/* SPDX-License-Identifier: MIT */
/* Programs, kernel and disk space that libguestfs' appliance needs. */
#include "guest/appliance_parts.h"

#include "base/auto.h"
#include "base/err.h"
#include "base/line.h"
#include "guest/nbd_server.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#if defined(__aarch64__)
#define QEMU "/usr/bin/qemu-system-aarch64"
#define QEMU_FIX "install qemu-system-arm"
#define KERNEL_FIX "install linux-image-arm64"
#define TRIPLET "aarch64-linux-gnu"
#else
#define QEMU "/usr/bin/qemu-system-x86_64"
#define QEMU_FIX "install qemu-system-x86"
#define KERNEL_FIX "install linux-image-amd64"
#define TRIPLET "x86_64-linux-gnu"
#endif

#define KERNEL_PREFIX "vmlinuz-"
#define CACHE "/var/tmp"
#define ROOM (400ull << 20) /* space that building the appliance needs there */

static void dir_close(DIR *dir)
{
	(void)closedir(dir); /* it was only read */
}
AUTO_DEFINE(dir_ptr, DIR *, dir_close);

/* What works, or what is missing. */
PRINTF_LIKE(6, 7)
static int put(struct checks *c, const char *id, bool works, const char *fix,
	       struct shvm_err *err, const char *fmt, ...)
{
	const struct shvm_check check = {
		.id = id,
		.outcome = works ? SHVM_CHECK_PASSED : SHVM_CHECK_FAILED,
		.level = SHVM_LEVEL_WARNING,
		.offset = UINT64_MAX,
		.fix = works ? NULL : fix,
	};
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	line_vput(text, sizeof(text), fmt, ap);
	va_end(ap);
	return checks_put(c, &check, err, "%s", text);
}

/* supermin uses a kernel in /boot that is readable and whose modules exist. */
static int look_kernel(struct checks *c, struct shvm_err *err)
{
	static const char id[] = "kernel-image";
	const size_t prefix = strlen(KERNEL_PREFIX);
	char modules[300] = "", kernel[300] = "";
	AUTO(dir_ptr) dir = opendir("/boot");
	bool readable = false;

	for (struct dirent *e = dir ? readdir(dir) : NULL; e;
	     e = readdir(dir)) {
		if (strncmp(e->d_name, KERNEL_PREFIX, prefix) != 0)
			continue;
		(void)snprintf(kernel, sizeof(kernel), "/boot/%s", e->d_name);
		(void)snprintf(modules, sizeof(modules), "/lib/modules/%s",
			       e->d_name + prefix);
		readable = access(kernel, R_OK) == 0;
		if (readable && access(modules, X_OK) == 0)
			return put(c, id, true, NULL, err, "%.200s", kernel);
	}
	if (!*kernel)
		return put(c, id, false, KERNEL_FIX, err,
			   "no kernel in /boot for the appliance");
	if (!readable)
		return put(c, id, false, NULL, err,
			   "%.200s cannot be read: chmod 0644", kernel);
	return put(c, id, false, KERNEL_FIX, err,
		   "%.200s is missing, the modules of its kernel", modules);
}

/* An appliance that is already built needs no more space. */
static int look_room(struct checks *c, struct shvm_err *err)
{
	static const char id[] = "appliance-room";
	const unsigned int uid = (unsigned int)geteuid();
	struct statvfs room;
	char root[64];

	(void)snprintf(root, sizeof(root),
		       CACHE "/.guestfs-%u/appliance.d/root", uid);
	if (access(root, R_OK) == 0)
		return put(c, id, true, NULL, err, "%s is built", root);
	if (statvfs(CACHE, &room) == 0 &&
	    (uint64_t)room.f_bavail * room.f_frsize >= ROOM)
		return put(c, id, true, NULL, err,
			   CACHE " has space for the appliance");
	return put(c, id, false, NULL, err,
		   CACHE " has less than the %llu MB for the appliance: free "
			 "some space",
		   ROOM >> 20);
}

/* The first of the paths that can be used in this way. */
static int look_path(struct checks *c, const char *id, const char *const *paths,
		     int mode, const char *fix, const char *without,
		     struct shvm_err *err)
{
	for (size_t i = 0; paths[i]; i++)
		if (access(paths[i], mode) == 0)
			return put(c, id, true, NULL, err, "%s", paths[i]);
	return put(c, id, false, fix, err, "%s cannot be %s: %s", paths[0],
		   mode == X_OK ? "run" : "read", without);
}

int appliance_parts(struct checks *ret, const char *plugin,
		    struct shvm_err *err)
{
	const char *const plugins[] = { plugin ? plugin : plugin_installed,
					NULL };
	static const char *const nbdkit[] = { NBD_SERVER_PROGRAM, NULL };
	static const char *const qemu[] = { QEMU, NULL };
	static const char *const img[] = { "/usr/bin/qemu-img", NULL };
	static const char *const supermin[] = { "/usr/bin/supermin", NULL };
	static const char *const ntfs[] = { "/usr/bin/ntfs-3g.probe",
					    "/bin/ntfs-3g.probe", NULL };
	static const char *const luks[] = { "/usr/sbin/cryptsetup",
					    "/sbin/cryptsetup", NULL };
	static const char *const appliance[] = {
		"/usr/lib/" TRIPLET "/guestfs/supermin.d/packages",
		"/usr/lib64/guestfs/supermin.d/packages",
		"/usr/lib/guestfs/supermin.d/packages", NULL
	};

	TRY(look_path(ret, "appliance-files", appliance, R_OK,
		      "install libguestfs0",
		      "the files to build the appliance from are missing",
		      err));
	TRY(look_path(ret, "supermin", supermin, X_OK, "install supermin",
		      "the appliance cannot be built", err));
	TRY(look_kernel(ret, err));
	TRY(look_path(ret, "ntfs-driver", ntfs, X_OK, "install ntfs-3g",
		      "the appliance cannot read NTFS", err));
	TRY(look_path(ret, "luks-driver", luks, X_OK, "install cryptsetup-bin",
		      "the appliance cannot open LUKS", err));
	TRY(look_room(ret, err));
	TRY(look_path(ret, "qemu", qemu, X_OK, QEMU_FIX,
		      "the appliance's VM cannot be started", err));
	TRY(look_path(ret, "qemu-img", img, X_OK, "install qemu-utils",
		      "the disk cannot be write-protected", err));
	TRY(look_path(ret, "nbdkit", nbdkit, X_OK, "install nbdkit",
		      "the appliance cannot read the disk", err));
	return look_path(
		ret, "nbdkit-plugin", plugins, R_OK,
		"install nbdkit-plugin-shvm, or build with nbdkit-plugin-dev",
		"the appliance cannot read the disk", err);
}
