/* SPDX-License-Identifier: MIT */
/* What the files of a Linux root file system tell about a template. */
#include "guest/linux_root.h"

#include "base/match.h"
#include "guest/cloud_init.h"
#include "guest/etc.h"
#include "guest/kernel_file.h"

#include <stdio.h>
#include <string.h>

enum {
	ETC_MAX = 64 * 1024, /* bytes of a file that is parsed; ours */
	ID_MAX = 4096,	     /* bytes of a machine-id that are read */
	HOMES_MAX = 64,	     /* home folders that are looked into; ours */
	PATH_SIZE = 512
};

/* What is looked at, and what is found. */
struct look {
	const struct files *files;
	uint32_t number;
	struct shvm_guest_facts *f;
};

static void unread(const struct look *l, const char *path, const char *why)
{
	facts_root_trouble(l->f, "partition %u: %s %s", l->number, path, why);
}

/* Is there such a thing? What cannot be told is trouble. */
static enum shvm_known has(const struct look *l, const char *path,
			   enum files_kind kind)
{
	const enum shvm_known known = files_has(l->files, path, kind);

	if (known == SHVM_UNKNOWN)
		unread(l, path, "cannot be read");
	return known;
}

/* A file that is parsed. */
static enum shvm_known load(const struct look *l, const char *path, size_t max,
			    struct buf *ret)
{
	char why[FILES_WHY] = "cannot be read";
	const enum shvm_known known = files_load(l->files, path, max, ret, why);

	if (known == SHVM_UNKNOWN)
		unread(l, path, why);
	return known;
}

static const char *chars(const struct buf *b)
{
	return b->len ? (const char *)b->data : "";
}

/* No, and not known, become yes by one that is there. */
static void put_known(enum shvm_known *fact, enum shvm_known known)
{
	if (*fact != SHVM_YES && known != SHVM_NO)
		*fact = known;
}

static const char *const releases[] = { "/usr/lib/os-release",
					"/etc/os-release" };

enum shvm_known linux_has_release(const struct files *files)
{
	enum shvm_known ret = SHVM_NO;

	for (size_t i = 0; i < ARRAY_SIZE(releases); i++)
		put_known(&ret, files_has(files, releases[i], FILES_ANY));
	return ret;
}

/* Its name is of no weight: the link that the second one may be is not
 * followed. */
static void look_release(const struct look *l)
{
	struct shvm_guest_facts *f = l->f;
	char why[FILES_WHY];

	f->os_release = linux_has_release(l->files);
	if (f->os_release == SHVM_UNKNOWN)
		unread(l, releases[0], "cannot be read");
	for (size_t i = 0; i < ARRAY_SIZE(releases) && !*f->product; i++) {
		AUTO_DONE(buf) text = { 0 };

		if (files_load(l->files, releases[i], ETC_MAX, &text, why) ==
		    SHVM_YES)
			etc_release_name(chars(&text), text.len, f->product,
					 sizeof(f->product));
	}
}

static void look_fstab(const struct look *l)
{
	AUTO_DONE(buf) text = { 0 };
	struct shvm_guest_facts *f = l->f;

	f->fstab_device = load(l, "/etc/fstab", ETC_MAX, &text);
	if (f->fstab_device == SHVM_YES &&
	    !etc_fstab_device(chars(&text), text.len, f->fstab_line,
			      sizeof(f->fstab_line)))
		f->fstab_device = SHVM_NO;
}

static void look_passwords(const struct look *l)
{
	AUTO_DONE(buf) text = { 0 };
	struct shvm_guest_facts *f = l->f;

	f->passwords = load(l, "/etc/shadow", ETC_MAX, &text);
	if (f->passwords == SHVM_YES &&
	    !etc_shadow_passwords(chars(&text), text.len, f->password_names,
				  sizeof(f->password_names)))
		f->passwords = SHVM_NO;
}

/* A link leads to the one in /etc, or to where nothing is at the first start. */
static void look_machine_id(const struct look *l)
{
	AUTO_DONE(buf) text = { 0 };
	struct shvm_guest_facts *f = l->f;

	f->machine_id = load(l, "/etc/machine-id", ID_MAX, &text);
	if (f->machine_id == SHVM_YES &&
	    !etc_has_machine_id(chars(&text), text.len))
		f->machine_id = SHVM_NO;
	if (f->machine_id == SHVM_NO)
		f->machine_id = has(l, "/var/lib/dbus/machine-id", FILES_FILE);
}

/* The names in a folder, of which each is judged. */
typedef void (*name_fn)(const struct look *l, const char *folder,
			const char *name);
struct each {
	const struct look *l;
	const char *folder;
	name_fn put;
};

static void each_name(void *ctx, const char *name)
{
	const struct each *e = ctx;

	if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		e->put(e->l, e->folder, name);
}

/* False: it could not be read, which is said. A missing one has no names. */
static bool look_folder(const struct look *l, const char *folder, name_fn put)
{
	struct each e = { l, folder, put };
	const enum shvm_known there = has(l, folder, FILES_ANY);

	if (there != SHVM_YES)
		return there == SHVM_NO;
	if (files_has(l->files, folder, FILES_FOLDER) != SHVM_YES) {
		unread(l, folder, "is not a folder"); /* a link, say */
		return false;
	}
	if (l->files->ops->names(l->files->fs, folder, each_name, &e))
		return true;
	unread(l, folder, "cannot be read");
	return false;
}

/* Of a fact that begins as no: what was not read makes it unknown. */
static void put_unread(enum shvm_known *fact)
{
	if (*fact == SHVM_NO)
		*fact = SHVM_UNKNOWN;
}

static void host_key(const struct look *l, const char *folder, const char *name)
{
	(void)folder;
	if ((text_begins(name, strlen(name), "ssh_host_") ||
	     text_begins(name, strlen(name), "dropbear_")) &&
	    text_ends(name, "_key"))
		l->f->ssh_host_keys = SHVM_YES;
}

static void look_host_keys(const struct look *l)
{
	static const char *const folders[] = { "/etc/ssh", "/etc/dropbear" };

	l->f->ssh_host_keys = SHVM_NO;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (!look_folder(l, folders[i], host_key))
			put_unread(&l->f->ssh_host_keys);
}

static void leftover_add(const struct look *l, const char *path)
{
	struct shvm_guest_facts *f = l->f;

	f->leftovers = SHVM_YES;
	etc_list_add(f->leftover_files, sizeof(f->leftover_files), path,
		     strlen(path));
}

static void leftover(const struct look *l, const char *folder, const char *name)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	leftover_add(l, path);
}

static void lease(const struct look *l, const char *folder, const char *name)
{
	if (text_ends(name, ".lease") || text_ends(name, ".leases"))
		leftover(l, folder, name);
}

static void history(const struct look *l, const char *folder, const char *name)
{
	static const char *const others[] = { ".lesshst", ".viminfo",
					      ".wget-hsts" };
	bool is = *name == '.' && text_ends(name, "_history");

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		is = is || strcmp(name, others[i]) == 0;
	if (is)
		leftover(l, folder, name);
}

/* Keys that open other machines, or that open this one. */
static void user_key(const struct look *l, const char *folder, const char *name)
{
	struct shvm_guest_facts *f = l->f;
	AUTO_DONE(buf) first = { 0 };
	char path[PATH_SIZE], why[FILES_WHY];
	uint64_t size = 0;
	enum shvm_known known;

	if (!text_begins(name, strlen(name), "authorized_keys") &&
	    (!text_begins(name, strlen(name), "id_") ||
	     text_ends(name, ".pub")))
		return;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	known = l->files->ops->read(l->files->fs, path, 1, &first, &size, why);
	if (known == SHVM_YES && size == 0)
		return;
	if (known != SHVM_YES) {
		unread(l, path, why);
		put_unread(&f->ssh_user_keys);
		return;
	}
	f->ssh_user_keys = SHVM_YES;
	etc_list_add(f->ssh_user_key_files, sizeof(f->ssh_user_key_files), path,
		     strlen(path));
}

static void look_home(const struct look *l, const char *home)
{
	char path[PATH_SIZE];

	if (!look_folder(l, home, history))
		put_unread(&l->f->leftovers);
	(void)snprintf(path, sizeof(path), "%.400s/.ssh", home);
	if (!look_folder(l, path, user_key))
		put_unread(&l->f->ssh_user_keys);
}

struct homes {
	char *items[HOMES_MAX];
	size_t count;
	bool cut;
};

static void home_add(void *ctx, const char *name)
{
	struct homes *h = ctx;
	char path[PATH_SIZE];

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	(void)snprintf(path, sizeof(path), "/home/%s", name);
	if (strlen(name) > 256 || h->count == HOMES_MAX ||
	    !(h->items[h->count] = strdup(path)))
		h->cut = true;
	else
		h->count++;
}

static void look_homes(const struct look *l)
{
	const enum shvm_known there = has(l, "/home", FILES_ANY);
	struct homes homes = { 0 };
	size_t i;

	look_home(l, "/root");
	if (there == SHVM_YES &&
	    !l->files->ops->names(l->files->fs, "/home", home_add, &homes))
		homes.cut = true;
	for (i = 0; i < homes.count; i++) {
		if (files_has(l->files, homes.items[i], FILES_FOLDER) ==
		    SHVM_YES)
			look_home(l, homes.items[i]);
		free(homes.items[i]);
	}
	if (homes.cut)
		unread(l, "/home", "cannot be read, or not all of it");
	if (homes.cut || there == SHVM_UNKNOWN) {
		put_unread(&l->f->leftovers);
		put_unread(&l->f->ssh_user_keys);
	}
}

/* What installers, services and swapping leave in a file of its own. */
static void look_leftovers(const struct look *l)
{
	static const char *const files[] = {
		"/root/anaconda-ks.cfg",
		"/root/original-ks.cfg",
		"/root/preseed.cfg",
		"/swapfile",
		"/swap.img",
		"/etc/udev/rules.d/70-persistent-net.rules",
		"/var/lib/systemd/random-seed",
		"/var/lib/systemd/credential.secret",
		"/var/log/cloud-init.log",
		"/var/log/installer",
		"/var/log/anaconda",
	};
	static const struct {
		const char *folder;
		name_fn put;
	} folders[] = {
		{ "/var/lib/cloud/instances", leftover },
		{ "/var/log/journal", leftover },
		{ "/var/lib/dhcp", lease },
		{ "/var/lib/NetworkManager", lease },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const enum shvm_known known = has(l, files[i], FILES_ANY);

		if (known == SHVM_YES)
			leftover_add(l, files[i]);
		else if (known == SHVM_UNKNOWN)
			put_unread(&l->f->leftovers);
	}
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (!look_folder(l, folders[i].folder, folders[i].put))
			put_unread(&l->f->leftovers);
}

void linux_look(const struct files *files, uint32_t number,
		struct shvm_guest_facts *f)
{
	const struct look l = { files, number, f };

	look_release(&l);
	if (files_has(files, CLOUD_ETC, FILES_FOLDER) == SHVM_YES)
		cloud_look(files, number, f);
	else
		facts_root_trouble(f, "partition %u: there is no /etc", number);
	if (f->os_release != SHVM_YES)
		return;
	f->leftovers = f->ssh_user_keys = SHVM_NO; /* until they are found */
	look_fstab(&l);
	look_machine_id(&l);
	look_passwords(&l);
	look_host_keys(&l);
	look_homes(&l);
	look_leftovers(&l);
	f->kernel = kernel_file_look(files, "/boot");
	if (f->kernel == SHVM_UNKNOWN)
		unread(&l, "/boot", "cannot be read, or not all of it");
}
