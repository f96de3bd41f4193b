/* SPDX-License-Identifier: MIT */
/* Shared by the files of the noun pdk. */
#ifndef CLI_PDK_CMDS_H
#define CLI_PDK_CMDS_H

#include "cli/disk_opts.h"
#include "cli/guardian_opts.h"
#include "cli/pdk_content.h"

AUTO_DEFINE(pdk_ptr, struct shvm_pdk *, shvm_pdk_free);
AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);
AUTO_DEFINE(fabric_ptr, struct shvm_fabric *, shvm_fabric_free);

/* Tables and functions of cmd_pdk_*.c; the list of them is in cmd_pdk.c. */
extern const struct cli_opt pdk_create_opts[], pdk_edit_opts[],
	pdk_grant_opts[], pdk_revoke_opts[], pdk_check_opts[],
	pdk_specialize_opts[];
int pdk_create_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err);
int pdk_edit_run(const void *args, char *const *operands, struct out *out,
		 struct shvm_err *err);
int pdk_grant_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err);
int pdk_revoke_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err);
int pdk_check_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err);
int pdk_specialize_run(const void *args, char *const *operands, struct out *out,
		       struct shvm_err *err);

/* The guardians whose hosts may run the VMs, for pdk create and pdk grant. */
struct fabric_args {
	struct cli_list guardians;
	struct guardian_trust trust;
};

/* The key that opens a file, and the required owner. */
struct opening_args {
	const char *key, *key_pass_file;
	const char *owner_fingerprint; /* SHA-256 of the required owner */
};
extern const struct cli_opt pdk_opening_opts[];
#define PDK_OPENING_OPTS(m, ...)                                               \
	OPT_GROUP(m, struct opening_args, pdk_opening_opts, __VA_ARGS__)
/* Loads the file, checks its owner and, with a key, opens it. */
int pdk_opening_load(const char *path, const struct opening_args *a,
		     struct shvm_pdk **ret, struct shvm_err *err);

/* The row of the required owner. */
#define PDK_OWNER_OPT(m)                                                       \
	OPT(m, CLI_FINGERPRINT,                                                \
	    .help = "signing certificate that the owner must have")

/* The row that makes the qualifiers readable without a key. */
#define PDK_PUBLISH_OPT(m)                                                     \
	OPT(m, CLI_FLAG, .example = "true",                                    \
	    .help = "store the list of trusted templates unencrypted, so that anyone can read it")

/* Arguments of pdk create; a specification fills those that are not set. */
struct create_args {
	struct content_args c;
	struct guardian_owner owner;
	struct fabric_args fabrics;
	const char *spec;
	bool existing_vm, publish_qualifiers, print_spec, print_plan;
};

/* Of pdk edit, grant and revoke; each table uses the fields it needs. */
struct edit_args {
	struct content_args c;
	struct guardian_owner owner; /* only keys */
	const char *out;
	const char *account;
	bool publish_qualifiers, no_publish_qualifiers;
	struct cli_list untrust, remove_files;
	struct fabric_args fabrics;   /* for grant; for revoke the guardians
				    to remove, by document */
	struct cli_list fingerprints; /* for revoke: the same, by certificate */
};

struct check_args {
	const char *disk, *catalog, *owner_fingerprint, *fsk;
	int64_t at;
	struct cli_list keys, key_pass_files, tsa_ca;
	struct disk_args how; /* how to open the disk */
	bool allow_differencing;
};

struct specialize_args {
	struct opening_args opening;
	const char *fsk, *out, *out_dir, *volume_key;
	const char *format, *instance_id;
	const char *disk;
	struct cli_list tsa_ca;
	struct disk_args how;
};

enum {
	PDK_SPEC_VERSION = 2
}; /* "schema" of a specification */

/* A specification: JSON, the strings taken from it, and the merged lists. */
struct pdk_spec {
	json_t *root;
	char **strings;
	size_t count;
};
void pdk_spec_done(struct pdk_spec *spec);

/*
 * Read a specification and fill the struct of these rows. A scalar that is already
 * set is kept; lists are appended to. Relative paths start at the folder of the
 * file. spec must outlive args.
 */
int pdk_spec_load(const char *path, const struct opt_table *rows, void *args,
		  struct pdk_spec *spec, struct shvm_err *err);
/*
 * An example specification: the rows that have an example, each with its help as
 * a comment, which is a member whose name begins with "//".
 */
int pdk_spec_example(const struct opt_table *rows, struct buf *ret,
		     struct shvm_err *err);

#endif
