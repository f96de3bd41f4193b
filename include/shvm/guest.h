/* SPDX-License-Identifier: MIT */
/*
 * Content of the file systems of a disk, and whether the disk can be a shielded
 * template, rule by rule. C99 and C++ clean.
 */
#ifndef SHVM_GUEST_H
#define SHVM_GUEST_H

#include <shvm/disk.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which engine reads the file systems. */
enum shvm_engine {
	SHVM_ENGINE_FAST,      /* libtsk and libhivex, in shvm-guest-helper */
	SHVM_ENGINE_LIBGUESTFS /* an appliance in a VM */
};

/* Not every engine can find all facts on every disk. */
enum shvm_known {
	SHVM_UNKNOWN,
	SHVM_NO,
	SHVM_YES
};

#define SHVM_FREE_UNKNOWN UINT64_MAX

/*
 * The facts, each once: KNOWN(name, what) is an enum shvm_known, TEXT(name, size,
 * what) UTF-8 in an array of size, "" where nothing is known, NUMBER(name, what)
 * an uint64_t, or SHVM_FREE_UNKNOWN. what is a string that describes it.
 * Nothing here is trusted.
 */
/* clang-format off */
#define SHVM_GUEST_FACTS(KNOWN, TEXT, NUMBER)                                  \
	/* Windows: the OS volume */                                           \
	KNOWN(windows, "it contains \\Windows\\System32")                      \
	/* Of a Linux too: its PRETTY_NAME */                                  \
	TEXT(product, 128, "\"Windows Server 2022 Datacenter\"")               \
	TEXT(edition, 64, "\"ServerDatacenter\"")                              \
	TEXT(installation, 64, "\"Server Core\", \"Client\"")                  \
	TEXT(version, 32, "\"10.0\"")                                          \
	TEXT(build, 32, "\"20348\"")                                           \
	TEXT(architecture, 32, "\"x86_64\", \"aarch64\", \"i386\", ...")       \
	TEXT(hostname, 64, "the computer's name")                              \
	/* No: damaged, missing, or changes are only in its transaction log */ \
	KNOWN(software_hive, "the registry hive SOFTWARE could be read")       \
	KNOWN(system_hive, "the registry hive SYSTEM could be read")           \
	KNOWN(state_ini, "State.ini is there and was read")                    \
	TEXT(image_state, 64, "ImageState in the registry")                    \
	TEXT(image_state_file, 64, "ImageState in State.ini")                  \
	KNOWN(bitlocker_feature, "BitLocker's service is installed")           \
	KNOWN(pagefile, "there is a \\pagefile.sys")                           \
	KNOWN(hiberfil, "there is a \\hiberfil.sys")                           \
	KNOWN(swapfile, "there is a \\swapfile.sys")                           \
	KNOWN(ntfs_dirty, "NTFS is marked dirty: Windows wants chkdsk")        \
	NUMBER(free_bytes, "free bytes of the OS volume")                      \
	/* The EFI system partition */                                         \
	KNOWN(bootmgfw, "there is an \\EFI\\Microsoft\\Boot\\bootmgfw.efi")    \
	KNOWN(bootx64, "there is an \\EFI\\Boot\\bootx64.efi")                 \
	KNOWN(lsvmconf, "there is an \\EFI\\boot\\lsvmconf")                   \
	TEXT(lsvmprep, 32, "the version in the marker of lsvmprep")            \
	KNOWN(esp_kernel, "a Linux kernel is on it")                           \
	/* Linux: the root file system, in LUKS or not */                      \
	TEXT(root_fs, 16, "\"ext\", \"xfs\", ...")                             \
	KNOWN(os_release, "it has an os-release: it is the root of a Linux")   \
	KNOWN(kernel, "a kernel is in its /boot, or on another partition")     \
	KNOWN(fstab_device, "fstab names a device by an unstable name")        \
	TEXT(fstab_line, 128, "the first such line: \"line 3: /dev/sda1\"")    \
	KNOWN(machine_id, "it has a machine-id")                               \
	KNOWN(ssh_host_keys, "it has private SSH host keys")                   \
	KNOWN(ssh_user_keys, "a user has SSH keys, or accepts some")           \
	TEXT(ssh_user_key_files, 160, "in these files")                        \
	KNOWN(passwords, "accounts have a password, or need none")             \
	TEXT(password_names, 128, "these accounts")                            \
	KNOWN(leftovers, "shell history, logs or state of one machine")        \
	TEXT(leftover_files, 256, "these files")                               \
	KNOWN(cloud_init, "cloud-init is installed and not disabled")          \
	KNOWN(datasource_list, "it has a datasource_list")                     \
	TEXT(datasources, 128, "its datasource_list: \"NoCloud, None\"")       \
	TEXT(root_trouble, 512, "why one of these is not known")               \
	TEXT(trouble, 512, "why anything else is not known")

#define SHVM_FACT_KNOWN(name, what) enum shvm_known name;
#define SHVM_FACT_TEXT(name, size, what) char name[size];
#define SHVM_FACT_NUMBER(name, what) uint64_t name;
struct shvm_guest_facts {
	SHVM_GUEST_FACTS(SHVM_FACT_KNOWN, SHVM_FACT_TEXT, SHVM_FACT_NUMBER)
};
/* clang-format on */

/* Start as { 0 }. */
struct shvm_inspect_params {
	enum shvm_engine engine;
	const enum shvm_disk_type *type; /* NULL: detected */
	const char *const *ignore;	 /* rules whose errors are ignored */
	size_t ignore_count;
	bool force_tcg;	      /* libguestfs: no KVM */
	const char *catalog;  /* what the caller knows about the disk's
				catalog, for the text of already-protected;
				or NULL */
	uint64_t reserved[4]; /* zeros */
};

struct shvm_inspection;

/**
 * shvm_disk_inspect() - read the file systems and apply the rules
 * @disk: an open disk; it is only read
 * @params: how; NULL for the defaults
 * @ret: receives the result; release it with shvm_inspection_free(). It must
 *       not outlive the disk.
 *
 * What cannot be read is unknown, not a failure. The fast engine takes at
 * most 10 s and 512 MB, in a helper program that can only read.
 * Threads: forks; the child uses nothing of other threads.
 * Errors:  SHVM_E_ARG (an unknown rule to ignore), _IO, _NOMEM; with
 *          libguestfs also SHVM_E_UNSUPPORTED with what to install.
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_inspect(
	struct shvm_disk *disk, const struct shvm_inspect_params *params,
	struct shvm_inspection **ret, struct shvm_err *err);

/**
 * shvm_inspection_free() - release the results of an inspection
 * @inspection: of shvm_disk_inspect(); NULL is fine
 */
SHVM_API void shvm_inspection_free(struct shvm_inspection *inspection);

/* All results belong to the inspection. */

/**
 * shvm_inspection_facts() - what is inside the file systems
 * @inspection: of shvm_disk_inspect()
 */
SHVM_API const struct shvm_guest_facts *shvm_inspection_facts(
	const struct shvm_inspection *inspection);

/**
 * shvm_inspection_verdict() - is the disk ready to be a template?
 * @inspection: of shvm_disk_inspect()
 *
 * Return: yes if there are no errors except ignored ones, and the file systems
 *         could be read; a check for each rule.
 */
SHVM_API const struct shvm_verdict *shvm_inspection_verdict(
	const struct shvm_inspection *inspection);

/**
 * shvm_inspection_volumes() - the volumes that a template would have
 * @inspection: of shvm_disk_inspect()
 * @ret_count: receives how many were found
 */
SHVM_API const struct shvm_volume *shvm_inspection_volumes(
	const struct shvm_inspection *inspection, size_t *ret_count);

/**
 * shvm_inspection_type() - the type of template that was checked
 * @inspection: of shvm_disk_inspect()
 */
SHVM_API enum shvm_disk_type shvm_inspection_type(
	const struct shvm_inspection *inspection);

/**
 * shvm_inspection_engine() - "fast", "libguestfs (KVM)" or "libguestfs (TCG)"
 * @inspection: of shvm_disk_inspect()
 */
SHVM_API const char *shvm_inspection_engine(
	const struct shvm_inspection *inspection);

/* Called with the name of a fact and its value as text: "" for unknown, "yes"
 * or "no", a decimal number, or the text itself. */
typedef void (*shvm_fact_fn)(void *ctx, const char *name, const char *value);

/**
 * shvm_guest_facts_each() - all facts as text
 * @facts: of shvm_inspection_facts()
 * @put: called with each fact
 * @ctx: passed to @put
 */
SHVM_API void shvm_guest_facts_each(const struct shvm_guest_facts *facts,
				    shvm_fact_fn put, void *ctx);

#ifdef __cplusplus
}
#endif

#endif
