/* SPDX-License-Identifier: MIT */
/* Programs, kernel and room that libguestfs' appliance is made of. */
#include "guest/appliance_parts.h"

#include "base/auto.h"
#include "base/err.h"
#include "base/line.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdint.h>
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
#define ROOM (400ull << 20) /* what building the appliance takes there */

static void dir_close(DIR *dir)
{
	(void)closedir(dir); /* it was only read */
}
AUTO_DEFINE(dir_ptr, DIR *, dir_close);

static void set(struct appliance_part *p, bool works, const char *fix,
		const char *fmt, ...) PRINTF_LIKE(4, 5);

static void set(struct appliance_part *p, bool works, const char *fix,
		const char *fmt, ...)
{
	va_list ap;

	p->works = works;
	p->fix = works ? NULL : fix;
	va_start(ap, fmt);
	line_vput(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
}

/* The first of the paths that can be used so. */
static void look_path(struct appliance_part *p, const char *const *paths,
		      int mode, const char *fix, const char *without)
{
	for (size_t i = 0; paths[i]; i++) {
		if (access(paths[i], mode) == 0) {
			set(p, true, NULL, "%s", paths[i]);
			return;
		}
	}
	set(p, false, fix, "%s cannot be %s: %s", paths[0],
	    mode == X_OK ? "run" : "read", without);
}

/* supermin takes a kernel of /boot that has its modules and can be read. */
static void look_kernel(struct appliance_part *p)
{
	AUTO(dir_ptr) dir = opendir("/boot");
	const size_t prefix = strlen(KERNEL_PREFIX);

	set(p, false, KERNEL_FIX, "no kernel in /boot for the appliance");
	for (struct dirent *e = dir ? readdir(dir) : NULL; e;
	     e = readdir(dir)) {
		char modules[300], kernel[300];

		if (strncmp(e->d_name, KERNEL_PREFIX, prefix) != 0)
			continue;
		(void)snprintf(kernel, sizeof(kernel), "/boot/%s", e->d_name);
		(void)snprintf(modules, sizeof(modules), "/lib/modules/%s",
			       e->d_name + prefix);
		if (access(kernel, R_OK) != 0) {
			set(p, false, NULL, "%.200s cannot be read: chmod 0644",
			    kernel);
		} else if (access(modules, X_OK) != 0) {
			set(p, false, KERNEL_FIX,
			    "%.200s is not there, the modules of its kernel",
			    modules);
		} else {
			set(p, true, NULL, "%.200s", kernel);
			return;
		}
	}
}

/* An appliance that was built already needs no more room. */
static void look_room(struct appliance_part *p)
{
	const unsigned int uid = (unsigned int)geteuid();
	struct statvfs room;
	char root[64];

	(void)snprintf(root, sizeof(root),
		       CACHE "/.guestfs-%u/appliance.d/root", uid);
	if (access(root, R_OK) == 0)
		set(p, true, NULL, "%s is built", root);
	else if (statvfs(CACHE, &room) != 0 ||
		 (uint64_t)room.f_bavail * room.f_frsize < ROOM)
		set(p, false, NULL,
		    CACHE " has no %llu MB for the appliance: make room",
		    ROOM >> 20);
	else
		set(p, true, NULL, CACHE " has room for the appliance");
}

void appliance_parts(struct appliance_part ret[APPLIANCE_PARTS_MAX],
		     size_t *ret_count)
{
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
	struct appliance_part *p = ret;

	p->name = "appliance-files";
	look_path(p++, appliance, R_OK, "install libguestfs0",
		  "there is nothing to build the appliance from");
	p->name = "supermin";
	look_path(p++, supermin, X_OK, "install supermin",
		  "the appliance cannot be built");
	p->name = "kernel-image";
	look_kernel(p++);
	p->name = "ntfs-driver";
	look_path(p++, ntfs, X_OK, "install ntfs-3g",
		  "the appliance cannot read NTFS");
	p->name = "luks-driver";
	look_path(p++, luks, X_OK, "install cryptsetup-bin",
		  "the appliance cannot open LUKS");
	p->name = "appliance-room";
	look_room(p++);
	p->name = "qemu";
	look_path(p++, qemu, X_OK, QEMU_FIX,
		  "the appliance's VM cannot be started");
	p->name = "qemu-img";
	look_path(p++, img, X_OK, "install qemu-utils",
		  "the disk cannot be protected from writes");
	*ret_count = (size_t)(p - ret);
}
