/* SPDX-License-Identifier: MIT */
/* Facts from files, with either engine. */
#include "guest/look.h"

#include "guest/kernel_file.h"

#include <stdio.h>
#include <string.h>

#define BOOTMGFW "/EFI/Microsoft/Boot/bootmgfw.efi"
#define LSVMCONF "/EFI/boot/lsvmconf"

enum {
	SMALL_MAX = 4096,
	MARKER_MAX = 64
};

static void look_hive(const struct files *files, const char *name,
		      void (*look)(const struct registry_ops *ops, void *h,
				   struct shvm_guest_facts *f),
		      struct shvm_guest_facts *f)
{
	AUTO_DONE(buf) head = { 0 };
	char path[64], why[FILES_WHY];
	void *hive;

	(void)snprintf(path, sizeof(path), "/Windows/System32/config/%s", name);
	hive = files->ops->hive_open(files->fs, path, &head, why);
	if (head.failed) /* no memory to check whether it is clean */
		facts_trouble(f, "registry hive %s cannot be read", name);
	else if (head.len == FACTS_HIVE_HEAD &&
		 !facts_hive_is_clean(head.data, name, f))
		; /* the engine reported it */
	else if (hive)
		look(files->ops->registry, hive, f);
	else
		facts_trouble(f, "registry hive %s %s", name, why);
	if (hive)
		files->ops->hive_close(hive);
}

/* True if the first bytes of the program show its architecture. */
static bool look_program(const struct files *files, const char *path,
			 struct shvm_guest_facts *f, char why[FILES_WHY])
{
	AUTO_DONE(buf) head = { 0 };
	const char *machine;
	uint64_t size;

	if (files->ops->read(files->fs, path, SMALL_MAX, &head, &size, why) !=
	    SHVM_YES)
		return false;
	machine = facts_pe_machine(head.data, head.len);
	if (*machine)
		facts_text(f->architecture, sizeof(f->architecture), machine,
			   strlen(machine));
	return *machine;
}

/*
 * If no program can be read, the answer of the registry or the boot loader
 * stays.
 */
static void look_architecture(const struct files *files,
			      struct shvm_guest_facts *f)
{
	static const char *const programs[] = {
		"/Windows/System32/cmd.exe",   "/Windows/System32/ntoskrnl.exe",
		"/Windows/System32/ntdll.dll", "/Windows/System32/winload.efi",
		"/Windows/explorer.exe",       "/Windows/Boot/EFI/bootmgfw.efi",
	};
	char why[FILES_WHY] = "";

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (look_program(files, programs[i], f, why))
			return;
	}
	if (!*f->architecture)
		facts_trouble(f,
			      "neither a program of Windows nor the registry "
			      "gives the architecture%s%s",
			      *why ? ": the last one " : "", why);
}

static void look_state_ini(const struct files *files,
			   struct shvm_guest_facts *f)
{
	AUTO_DONE(buf) text = { 0 };
	char why[FILES_WHY];

	f->state_ini = files_load(files, "/Windows/Setup/State/State.ini",
				  SMALL_MAX, &text, why);
	if (f->state_ini == SHVM_YES)
		facts_state_ini(text.data, text.len, f->image_state_file,
				sizeof(f->image_state_file));
	else if (f->state_ini == SHVM_UNKNOWN)
		facts_trouble(f, "State.ini %s", why);
}

void look_windows(const struct files *files, uint32_t number,
		  struct shvm_guest_facts *f)
{
	f->windows = files_has(files, "/Windows/System32", FILES_FOLDER);
	if (f->windows == SHVM_UNKNOWN) {
		facts_trouble(f,
			      "partition %u: ntfs: the folders on the way to "
			      "Windows cannot be read",
			      number);
		return;
	}
	f->pagefile = files_has(files, "/pagefile.sys", FILES_FILE);
	f->hiberfil = files_has(files, "/hiberfil.sys", FILES_FILE);
	f->swapfile = files_has(files, "/swapfile.sys", FILES_FILE);
	if (f->windows != SHVM_YES)
		return;
	look_state_ini(files, f);
	f->software_hive = f->system_hive = SHVM_NO; /* unknown until it is
							read */
	look_hive(files, "SOFTWARE", registry_software, f);
	look_hive(files, "SYSTEM", registry_system, f);
	look_architecture(files, f);
}

static void look_conf(const struct files *files, struct shvm_guest_facts *f,
		      struct buf *conf)
{
	AUTO_DONE(buf) text = { 0 };
	char why[FILES_WHY];

	f->lsvmconf = files_has(files, LSVMCONF, FILES_FILE);
	if (f->lsvmconf != SHVM_YES)
		return;
	if (files_load(files, LSVMCONF, FACTS_CONF_MAX, &text, why) == SHVM_YES)
		buf_add(conf, text.data, text.len);
	else
		facts_trouble(f, "lsvmconf %s", why);
}

static void look_marker(const struct files *files, struct shvm_guest_facts *f)
{
	AUTO_DONE(buf) text = { 0 };
	char why[FILES_WHY] = "is empty";
	const enum shvm_known known =
		files_load(files, "/EFI/boot/lsvmprep", MARKER_MAX, &text, why);
	size_t n = known == SHVM_YES ? text.len : 0;

	while (n > 0 && (text.data[n - 1] == '\n' || text.data[n - 1] == '\r'))
		n--;
	if (n > 0)
		facts_text(f->lsvmprep, sizeof(f->lsvmprep), (char *)text.data,
			   n);
	else if (known != SHVM_NO)
		facts_trouble(f, "the lsvmprep marker %s", why);
}

void look_esp(const struct files *files, uint32_t number, bool kernel,
	      struct shvm_guest_facts *f, struct buf *conf)
{
	char why[FILES_WHY];

	f->bootmgfw = files_has(files, BOOTMGFW, FILES_FILE);
	f->bootx64 = files_has(files, "/EFI/Boot/bootx64.efi", FILES_FILE);
	if (f->bootx64 == SHVM_UNKNOWN || f->bootmgfw == SHVM_UNKNOWN)
		facts_trouble(f,
			      "partition %u: fat: its folders cannot be read",
			      number);
	/* The boot manager is for the same machine as Windows. */
	if (f->bootmgfw == SHVM_YES)
		(void)look_program(files, BOOTMGFW, f, why); /* else Windows */
	if (kernel)
		f->esp_kernel = kernel_file_look(files, "");
	look_conf(files, f, conf);
	look_marker(files, f);
}
