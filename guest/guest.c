/* SPDX-License-Identifier: MIT */
/* Facts from libguestfs: its appliance reads the disk, in a VM of its own. */
#include "guest/guest.h"

#include "base/clock.h"
#include "base/le.h"
#include "guest/appliance.h"
#include "guest/guest_root.h"
#include "guest/luks.h"
#include "guest/nbd_export.h"
#include "guest/registry.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	SMALL_MAX = 4096
};

AUTO_DEFINE(statvfs_ptr, struct guestfs_statvfs *, guestfs.free_statvfs);

static const char *device(const struct shvm_partition *p, char buf[32])
{
	(void)snprintf(buf, 32, "/dev/sda%u", p->number);
	return buf;
}

/* The path as it is spelt there; NULL when it is not. Caller frees. */
static char *spelt(guestfs_h *g, const char *path)
{
	return guestfs.case_sensitive_path(g, path);
}

static enum shvm_known has_file(guestfs_h *g, const char *path)
{
	AUTOFREE char *real = spelt(g, path);

	return real && guestfs.is_file(g, real) == 1 ? SHVM_YES : SHVM_NO;
}

/* At most max bytes; NULL when it is not there or too long. Caller frees. */
static char *file_load(guestfs_h *g, const char *path, int64_t max,
		       size_t *ret_len)
{
	AUTOFREE char *real = spelt(g, path);
	int64_t size;

	if (!real || guestfs.is_file(g, real) != 1)
		return NULL;
	size = guestfs.filesize(g, real);
	if (size < 0 || size > max)
		return NULL;
	return guestfs.read_file(g, real, ret_len);
}

/*
 * Why the bytes of a file cannot be read, in words that follow its name; false
 * for a plain file. ntfs-3g shows reparse points that it does not know as
 * symbolic links.
 */
static bool is_special(guestfs_h *g, const char *real, char *why, size_t size)
{
	size_t len = 0;
	AUTOFREE char *data =
		guestfs.lgetxattr(g, real, "system.ntfs_reparse_data", &len);

	if (!data || len < 4)
		return false;
	facts_reparse(le32_get((const uint8_t *)data), why, size);
	return true;
}

static int64_t key_root(void *g)
{
	return guestfs.hivex_root(g);
}

static int64_t key_child(void *g, int64_t key, const char *name)
{
	return guestfs.hivex_node_get_child(g, key, name);
}

static int64_t key_value(void *g, int64_t key, const char *name)
{
	return guestfs.hivex_node_get_value(g, key, name);
}

static int value_text(void *g, int64_t value, char **ret)
{
	*ret = guestfs.hivex_value_string(g, value);
	return 0; /* libguestfs does not tell why there is none */
}

static bool value_number(void *g, int64_t value, uint32_t *ret)
{
	size_t len = 0;
	AUTOFREE char *data = guestfs.hivex_value_value(g, value, &len);

	if (!data || len != 4)
		return false;
	*ret = le32_get((const uint8_t *)data);
	return true;
}

/* Of the one hive that libguestfs has open. */
static const struct registry_ops registry = { key_root, key_child, key_value,
					      value_text, value_number };

/* False: trouble says why not. */
static bool hive_open(guestfs_h *g, const char *name,
		      struct shvm_guest_facts *f)
{
	char path[64], why[128];
	AUTOFREE char *real = NULL, *head = NULL;
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "/Windows/System32/config/%s", name);
	real = spelt(g, path);
	if (!real) {
		facts_trouble(f, "registry hive %s is not there", name);
		return false;
	}
	if (is_special(g, real, why, sizeof(why))) {
		facts_trouble(f, "registry hive %s %s", name, why);
		return false;
	}
	head = guestfs.pread(g, real, FACTS_HIVE_HEAD, 0, &len);
	if (head && len == FACTS_HIVE_HEAD &&
	    !facts_hive_is_clean((const uint8_t *)head, name, f))
		return false;
	if (guestfs.hivex_open(g, real, -1) == 0)
		return true;
	facts_trouble(f, "registry hive %s: %s", name, appliance_reason(g));
	return false;
}

static void look_hive(guestfs_h *g, const char *name,
		      void (*look)(const struct registry_ops *ops, void *h,
				   struct shvm_guest_facts *f),
		      struct shvm_guest_facts *f)
{
	if (!hive_open(g, name, f))
		return;
	look(&registry, g, f);
	(void)guestfs.hivex_close(g); /* read-only: nothing can be lost */
}

/* True where the program tells what it runs on. */
static bool look_program(guestfs_h *g, const char *path,
			 struct shvm_guest_facts *f, char *why, size_t size)
{
	AUTOFREE char *real = spelt(g, path), *head = NULL;
	const char *machine;
	size_t len = 0;

	if (!real || is_special(g, real, why, size))
		return false;
	head = guestfs.pread(g, real, SMALL_MAX, 0, &len);
	machine = head ? facts_pe_machine((const uint8_t *)head, len) : "";
	if (*machine)
		facts_text(f->architecture, sizeof(f->architecture), machine,
			   strlen(machine));
	return *machine;
}

/* As in the fast path: the programs, else the registry or the boot loader. */
static void look_architecture(guestfs_h *g, struct shvm_guest_facts *f)
{
	char why[128] = "";

	for (size_t i = 0; facts_programs[i]; i++) {
		if (look_program(g, facts_programs[i], f, why, sizeof(why)))
			return;
	}
	if (!*f->architecture)
		facts_no_architecture(f, why);
}

static void look_state_ini(guestfs_h *g, struct shvm_guest_facts *f)
{
	AUTOFREE char *real = spelt(g, "/Windows/Setup/State/State.ini");
	AUTOFREE char *text = NULL;
	char why[128] = "cannot be read";
	size_t len = 0;

	f->state_ini = SHVM_NO;
	if (!real)
		return;
	if (!is_special(g, real, why, sizeof(why)))
		text = file_load(g, real, SMALL_MAX, &len);
	f->state_ini = text ? SHVM_YES : SHVM_UNKNOWN;
	if (text)
		facts_state_ini((const uint8_t *)text, len, f->image_state_file,
				sizeof(f->image_state_file));
	else
		facts_trouble(f, "State.ini %s", why);
}

static void look_files(guestfs_h *g, struct shvm_guest_facts *f)
{
	AUTO(statvfs_ptr) room = guestfs.statvfs(g, "/");
	AUTOFREE char *folder = spelt(g, "/Windows/System32");

	if (room)
		f->free_bytes = (uint64_t)room->bfree * (uint64_t)room->bsize;
	f->windows =
		folder && guestfs.is_dir(g, folder) == 1 ? SHVM_YES : SHVM_NO;
	f->pagefile = has_file(g, "/pagefile.sys");
	f->hiberfil = has_file(g, "/hiberfil.sys");
	f->swapfile = has_file(g, "/swapfile.sys");
	if (f->windows != SHVM_YES)
		return;
	look_state_ini(g, f);
	f->software_hive = f->system_hive = SHVM_NO;
	look_hive(g, "SOFTWARE", registry_software, f);
	look_hive(g, "SYSTEM", registry_system, f);
	look_architecture(g, f);
}

/* Was the appliance built with the programs of this group? */
static bool has_feature(guestfs_h *g, const char *group)
{
	AUTOFREE char *name = strdup(group);
	char *names[] = { name, NULL };

	return name && guestfs.feature_available(g, names) == 1;
}

static void look_windows(guestfs_h *g, const struct shvm_partition *os,
			 struct shvm_guest_facts *f)
{
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
	look_files(g, f);
	(void)guestfs.umount_all(g); /* the appliance ends soon anyway */
	/* 15: the journal is not closed. Of the flag no answer tells. */
	if (guestfs.ntfs_3g_probe(g, 1, device(os, dev)) == 15)
		f->ntfs_dirty = SHVM_YES;
}

static void look_esp(guestfs_h *g, const struct shvm_partition *esp,
		     struct shvm_guest_facts *f, struct buf *conf)
{
	AUTOFREE char *text = NULL, *marker = NULL;
	size_t len = 0;
	char dev[32], why[128];
	int r;

	if (guestfs.mount_ro(g, device(esp, dev), "/") < 0) {
		facts_trouble(f, "partition %u: %s", esp->number,
			      appliance_reason(g));
		return;
	}
	f->bootmgfw = has_file(g, FACTS_BOOTMGFW);
	(void)look_program(g, FACTS_BOOTMGFW, f, why, sizeof(why));
	f->bootx64 = has_file(g, "/EFI/Boot/bootx64.efi");
	f->lsvmconf = has_file(g, "/EFI/boot/lsvmconf");
	text = file_load(g, "/EFI/boot/lsvmconf", FACTS_CONF_MAX, &len);
	if (text)
		buf_add(conf, text, len);
	marker = file_load(g, "/EFI/boot/lsvmprep", 64, &len);
	while (marker && len > 0 &&
	       (marker[len - 1] == '\n' || marker[len - 1] == '\r'))
		len--;
	if (marker)
		facts_text(f->lsvmprep, sizeof(f->lsvmprep), marker, len);
	(void)guestfs.umount_all(g); /* as above */

	r = guestfs.fsck(g, "vfat", device(esp, dev));
	if (r < 0 || (r & 4))
		facts_trouble(f, "partition %u: fsck finds the FAT damaged",
			      esp->number);
}

/* False where a header asks for more work than anybody should wait for. */
static bool luks_is_quick(struct source *disk, const struct shvm_volume *v,
			  struct shvm_err *err)
{
	const int64_t until = clock_ms() + GUEST_LUKS_SECONDS * 1000;
	AUTO(source_ptr) window = NULL;
	struct luks_header h;

	/* Of what cannot be read there is more to say, but not here. */
	return source_window(disk, v->offset, v->size, &window, NULL) < 0 ||
	       luks_header_load(window, &h, NULL) < 0 ||
	       luks_check_work(&h, until, err) == 0 || !err->reason ||
	       strcmp(err->reason, "luks-slow") != 0;
}

/* What only a device mapper can do: open, and see a file system inside. */
static void look_luks(guestfs_h *g, const struct facts_input *in,
		      const struct shvm_volume *v, struct shvm_guest_facts *f)
{
	char dev[32], name[32], mapped[48];
	AUTOFREE char *type = NULL;
	struct shvm_err err = { 0 };

	(void)snprintf(dev, sizeof(dev), "/dev/sda%u", v->partition);
	if (v->role == SHVM_ROLE_ROOT) {
		type = guestfs.vfs_type(g, dev);
		if (type && strcmp(type, "crypto_LUKS") != 0)
			guest_look_root(g, dev, v->partition, f);
		free(STEAL(type));
	}
	if (!has_feature(g, "luks")) {
		facts_trouble(f, "this libguestfs cannot open LUKS; install "
				 "cryptsetup-bin and remove the cached "
				 "appliance");
		return;
	}
	/* Nothing ends a call that the appliance is busy with. */
	if (!luks_is_quick(in->disk, v, &err)) {
		facts_trouble(f, "partition %u: %s", v->partition, err.msg);
		return;
	}

	(void)snprintf(name, sizeof(name), "shvm%u", v->partition);
	(void)snprintf(mapped, sizeof(mapped), "/dev/mapper/%s", name);
	if (guestfs.cryptsetup_open(g, dev, LUKS_WELL_KNOWN, name,
				    GUESTFS_CRYPTSETUP_OPEN_READONLY, 1,
				    -1) < 0) {
		facts_trouble(f, "partition %u: LUKS does not open: %s",
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

int guest_gather(const struct facts_input *in, bool force_tcg,
		 struct shvm_guest_facts *ret, struct buf *conf,
		 const char **engine, struct shvm_err *err)
{
	struct appliance_drive drive = { .sector_size =
						 (int)in->disk->sector_size };
	AUTO(nbd_export_ptr) export = NULL;
	AUTO(guestfs_ptr) g = NULL;

	TRY(nbd_export_open(in->disk, &export, err));
	drive.socket = nbd_export_socket(export);
	TRY(appliance_start(&drive, force_tcg, &g, engine, err));

	facts_init(ret);
	if (in->esp)
		look_esp(g, in->esp, ret, conf);
	if (in->os)
		look_windows(g, in->os, ret);
	for (size_t i = 0; i < in->volume_count; i++) {
		if (in->volumes[i].role != SHVM_ROLE_OS)
			look_luks(g, in, &in->volumes[i], ret);
	}
	return buf_check(conf, "lsvmconf", err);
}

int guest_try(bool force_tcg, const char **engine, struct shvm_err *err)
{
	AUTO(guestfs_ptr) g = NULL;

	return appliance_start(&(struct appliance_drive){ 0 }, force_tcg, &g,
			       engine, err);
}
