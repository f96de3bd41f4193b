/* SPDX-License-Identifier: MIT */
/* Facts from libguestfs: its appliance reads the disk, in a VM of its own. */
#include "guest/guest.h"

#include "base/clock.h"
#include "base/le.h"
#include "guest/appliance.h"
#include "guest/guest_root.h"
#include "guest/luks.h"
#include "guest/nbd_export.h"

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

/* A hive that libguestfs has open, and whether it was found damaged. */
struct hive {
	guestfs_h *g;
	bool damaged;
};

/* 0: not there; less: what leads there is damaged. */
static int64_t checked(struct hive *hive, int64_t found)
{
	if (found < 0)
		hive->damaged = true;
	return found > 0 ? found : 0;
}

/* The key at this path below the root, parts ended by NULL; 0 when absent. */
static int64_t key_find(struct hive *hive, const char *const *path)
{
	int64_t node = checked(hive, guestfs.hivex_root(hive->g));

	for (; node && *path; path++)
		node = checked(hive, guestfs.hivex_node_get_child(hive->g, node,
								  *path));
	return node;
}

static int64_t value_find(struct hive *hive, int64_t key, const char *name)
{
	return key ? checked(hive,
			     guestfs.hivex_node_get_value(hive->g, key, name))
		   : 0;
}

static void value_text(struct hive *hive, int64_t key, const char *name,
		       char *ret, size_t size)
{
	const int64_t v = value_find(hive, key, name);
	AUTOFREE char *text = v ? guestfs.hivex_value_string(hive->g, v) : NULL;

	if (text)
		facts_text(ret, size, text, strlen(text));
}

static bool value_number(struct hive *hive, int64_t key, const char *name,
			 uint32_t *ret)
{
	const int64_t v = value_find(hive, key, name);
	AUTOFREE char *data = NULL;
	size_t len = 0;

	if (v)
		data = guestfs.hivex_value_value(hive->g, v, &len);
	if (!data || len != 4)
		return false;
	*ret = le32_get((const uint8_t *)data);
	return true;
}

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

/* After all looks: what was missing may have been in the damaged part. */
static enum shvm_known hive_close(struct hive *hive, const char *name,
				  struct shvm_guest_facts *f)
{
	(void)guestfs.hivex_close(hive->g); /* read-only: nothing can be lost */
	if (!hive->damaged)
		return SHVM_YES;
	facts_trouble(f, "registry hive %s is damaged", name);
	return SHVM_NO;
}

static void look_software(guestfs_h *g, struct shvm_guest_facts *f)
{
	static const char *const nt[] = { "Microsoft", "Windows NT",
					  "CurrentVersion", NULL };
	static const char *const setup[] = { "Microsoft",      "Windows",
					     "CurrentVersion", "Setup",
					     "State",	       NULL };
	struct hive hive = { .g = g };
	uint32_t major, minor;
	int64_t key;

	f->software_hive = SHVM_NO;
	if (!hive_open(g, "SOFTWARE", f))
		return;
	key = key_find(&hive, nt);
	value_text(&hive, key, "ProductName", f->product, sizeof(f->product));
	value_text(&hive, key, "EditionID", f->edition, sizeof(f->edition));
	value_text(&hive, key, "InstallationType", f->installation,
		   sizeof(f->installation));
	value_text(&hive, key, "CurrentBuildNumber", f->build,
		   sizeof(f->build));
	if (value_number(&hive, key, "CurrentMajorVersionNumber", &major) &&
	    value_number(&hive, key, "CurrentMinorVersionNumber", &minor))
		(void)snprintf(f->version, sizeof(f->version), "%u.%u", major,
			       minor);
	else
		value_text(&hive, key, "CurrentVersion", f->version,
			   sizeof(f->version));
	value_text(&hive, key_find(&hive, setup), "ImageState", f->image_state,
		   sizeof(f->image_state));
	f->software_hive = hive_close(&hive, "SOFTWARE", f);
}

static void look_system(guestfs_h *g, struct shvm_guest_facts *f)
{
	static const char *const select[] = { "Select", NULL };
	char set[32];
	const char *name[] = { set, "Control", "ComputerName", "ComputerName",
			       NULL };
	const char *service[] = { set, "Services", "BDESVC", NULL };
	const char *environment[] = { set, "Control", "Session Manager",
				      "Environment", NULL };
	struct hive hive = { .g = g };
	char machine[16] = "";
	uint32_t current;

	f->system_hive = SHVM_NO;
	if (!hive_open(g, "SYSTEM", f))
		return;
	if (!value_number(&hive, key_find(&hive, select), "Current",
			  &current) ||
	    current > 999)
		current = 1;
	(void)snprintf(set, sizeof(set), "ControlSet%03u", current);
	value_text(&hive, key_find(&hive, name), "ComputerName", f->hostname,
		   sizeof(f->hostname));
	value_text(&hive, key_find(&hive, environment),
		   "PROCESSOR_ARCHITECTURE", machine, sizeof(machine));
	if (*facts_registry_machine(machine))
		(void)snprintf(f->architecture, sizeof(f->architecture), "%s",
			       facts_registry_machine(machine));
	f->bitlocker_feature = key_find(&hive, service) ? SHVM_YES
			       : hive.damaged		? SHVM_UNKNOWN
							: SHVM_NO;
	f->system_hive = hive_close(&hive, "SYSTEM", f);
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
	look_software(g, f);
	look_system(g, f);
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
