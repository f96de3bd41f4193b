/* SPDX-License-Identifier: MIT */
/* What the files of the noun pdk share. */
#ifndef CLI_PDK_CMDS_H
#define CLI_PDK_CMDS_H

#include "cli/answer_opts.h"
#include "cli/disk_opts.h"
#include "cli/kps.h"

AUTO_DEFINE(pdk_ptr, struct shvm_pdk *, shvm_pdk_free);
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

/* What goes into a file, for pdk create and pdk edit; see pdk_content.h. */
struct content_args {
	const char *policy, *answer_file, *answer;
	struct answer_args a;
	struct cli_list trust, signers, ca, tsa_ca, files, substitute;
	bool trust_on_first_use, pin_digest, no_size_limit;
};

/* Which guardians may run the machines, for pdk create and pdk grant. */
struct fabric_args {
	struct cli_list guardians, fingerprints;
	const char *ca, *tls_ca;
	bool allow_untrusted_root, allow_expired;
};
struct shvm_pdk_fabrics pdk_fabrics(const struct fabric_args *a);

/* Rows of option tables; T is the argument struct. Which signers of templates
 * are trusted, and how far: */
#define PDK_SIGNER_OPTS(T)                                                               \
	{ "signer",                                                                      \
	  CLI_PATHS,                                                                     \
	  offsetof(T, c.signers),                                                        \
	  false,                                                                         \
	  0,                                                                             \
	  0,                                                                             \
	  "CERT",                                                                        \
	  "certificate that the catalogs must be signed with" },                         \
		{ "ca",                                                                  \
		  CLI_PATHS,                                                             \
		  offsetof(T, c.ca),                                                     \
		  false,                                                                 \
		  0,                                                                     \
		  0,                                                                     \
		  "FILE",                                                                \
		  "or that their signers must chain to" },                               \
		{ "tsa-ca",                                                              \
		  CLI_PATHS,                                                             \
		  offsetof(T, c.tsa_ca),                                                 \
		  false,                                                                 \
		  0,                                                                     \
		  0,                                                                     \
		  "FILE",                                                                \
		  "trust timestamps of this authority, for signers that have expired" }, \
		{ "trust-on-first-use",                                                  \
		  CLI_FLAG,                                                              \
		  offsetof(T, c.trust_on_first_use),                                     \
		  false,                                                                 \
		  0,                                                                     \
		  0,                                                                     \
		  NULL,                                                                  \
		  "take the catalogs' signers as they are" },                            \
	{                                                                                \
		"pin-digest", CLI_FLAG, offsetof(T, c.pin_digest), false, 0,             \
			0, NULL, "trust only the very disks that were signed"            \
	}

/* Which files the fabric's values go into, besides the answer file: */
#define PDK_SUBSTITUTE_OPT(T)                                                  \
	{                                                                      \
		"substitute", CLI_STRINGS, offsetof(T, c.substitute), false,   \
			0, 0, "NAME",                                          \
			"put the fabric's values into this file, too"          \
	}

/* And which guardians are, besides --guardian-ca: */
#define PDK_GUARDIAN_OPTS(T)                                                   \
	{ "guardian-fingerprint",                                              \
	  CLI_STRINGS,                                                         \
	  offsetof(T, fabrics.fingerprints),                                   \
	  false,                                                               \
	  0,                                                                   \
	  0,                                                                   \
	  "SHA256",                                                            \
	  "or be this signing certificate, of any guardian" },                 \
		{ "allow-untrusted-root",                                      \
		  CLI_FLAG,                                                    \
		  offsetof(T, fabrics.allow_untrusted_root),                   \
		  false,                                                       \
		  0,                                                           \
		  0,                                                           \
		  NULL,                                                        \
		  "accept self-signed guardians and unknown issuers" },        \
		KPS_TLS_OPT(offsetof(T, fabrics.tls_ca)),                      \
	{                                                                      \
		"allow-expired", CLI_FLAG, offsetof(T, fabrics.allow_expired), \
			false, 0, 0, NULL,                                     \
			"accept expired certificates of guardians and owner"   \
	}

/* The row of whose the file must be; at is the field's offset. */
#define PDK_OWNER_OPT(at)                                                      \
	{                                                                      \
		"owner", CLI_STRING, at, false, 0, 0, "SHA256",                \
			"the owner must have this signing certificate"         \
	}

/* Arguments of pdk create; a specification fills those that are not set. */
struct create_args {
	struct content_args c;
	const char *owner, *owner_signing_key, *owner_signing_key_pass_file;
	struct fabric_args fabrics;
	const char *spec;
	bool existing_vm, publish_qualifiers, print_spec, print_plan;
};

/* Of pdk edit, grant and revoke; each table uses the fields it needs. */
struct edit_args {
	struct content_args c;
	const char *owner_signing_key, *owner_signing_key_pass_file;
	const char *owner_encryption_key, *owner_encryption_key_pass_file;
	const char *out;
	const char *publish, *account;
	struct cli_list untrust, remove_files;
	struct fabric_args fabrics;   /* of grant; of revoke the guardians that
					     go, by document */
	struct cli_list fingerprints; /* of revoke: the same by certificate */
};

struct check_args {
	const char *disk, *catalog, *owner, *fsk, *at;
	struct cli_list keys, key_pass_files, tsa_ca;
	struct disk_args how; /* to open the disk */
	bool allow_differencing;
};

struct specialize_args {
	const char *key, *key_pass_file, *fsk, *out, *format, *volume_key;
	const char *owner, *disk;
	struct cli_list tsa_ca;
	struct disk_args how;
};

/* A specification: JSON, the strings taken from it, and the merged lists. */
struct pdk_spec {
	json_t *root;
	char **strings;
	size_t count;
};
void pdk_spec_done(struct pdk_spec *spec);

/*
 * Read a specification and fill args with what it says. A scalar that is set
 * already stays; lists become longer. Relative paths begin at the file's
 * folder. spec must outlive args.
 */
int pdk_spec_load(const char *path, struct pdk_spec *spec,
		  struct create_args *args, struct shvm_err *err);
/* A start for people, with remarks in members whose names begin with "//". */
extern const char pdk_spec_example[];

/* "PATH:RULE" strings into entries; storage has room for count of each. */
int pdk_trust_entries(const struct cli_list *list, char **storage,
		      struct shvm_trust_entry *entries, struct shvm_err *err);
enum {
	PDK_LIST_MAX = 1000
}; /* templates or files on one command line */

/* Files of "[NAME=]PATH" options, read into memory that is wiped. */
struct pdk_files {
	struct shvm_file *items;
	struct buf *data;
	char **names;
	size_t count;
};
void pdk_files_done(struct pdk_files *f);
int pdk_files_load(const struct cli_list *list, struct pdk_files *ret,
		   struct shvm_err *err);

/* JSON and text of parts of a description. */
json_t *pdk_json_guardian(const struct shvm_pdk_guardian *g);
json_t *pdk_json_guardians(const struct shvm_pdk_guardian *g, size_t count);
json_t *pdk_json_qualifiers(const struct shvm_qualifier_info *q, size_t count);
json_t *pdk_json_strings(const char *const *items, size_t count);
void pdk_text_guardians(struct out *out, const struct shvm_pdk_guardian *g,
			size_t count);
void pdk_text_qualifiers(struct out *out, const struct shvm_qualifier_info *q,
			 size_t count);

#endif
