/* SPDX-License-Identifier: MIT */
/* The content of a shielding data file: its options for pdk create and pdk edit,
 * loading the data, and printing it. */
#ifndef CLI_PDK_CONTENT_H
#define CLI_PDK_CONTENT_H

#include "cli/answer_opts.h"
#include "cli/disk_opts.h"
#include "cli/guardian_view.h"
#include "cli/trust_opts.h"

#include <shvm/pdk.h>

/* The values of the options. */
struct content_args {
	const char *policy, *answer_file, *answer, *eku, *require;
	const char *ssh_host_key;
	struct answer_args a;
	struct cli_list templates, signers, ca, tsa_ca, files, substitute;
	bool trust_on_first_use, pin_catalog, no_size_limit;
};
extern const struct cli_opt pdk_content_opts[];
#define PDK_CONTENT_OPTS(m) OPT_GROUP(m, struct content_args, pdk_content_opts)

/* Files of "[NAME=]PATH" options, in memory that is wiped. */
struct pdk_files {
	struct shvm_file *items;
	struct buf *data;
	char **names;
	size_t count;
};

/* Start as { 0 }. The first member points into the others. */
struct pdk_content {
	struct shvm_pdk_content content;
	enum shvm_policy policy;
	enum shvm_coverage require;
	struct shvm_file answer_file, host_key;
	struct shvm_file *all; /* additional files, the answer file's first */
	struct answer_build answer;
	struct buf answer_data, host_key_data;
	struct pdk_files files;
	struct shvm_pdk_template *templates;
	struct shvm_catalog **catalogs; /* one per template */
	char **paths;			/* the same */
	struct shvm_trust *trust;
};

void pdk_content_done(struct pdk_content *in);

/* args must outlive in; to is the file that will be written, NULL: none. */
int pdk_content_load(const struct content_args *args, const char *to,
		     struct out *out, struct pdk_content *in,
		     struct shvm_err *err);

/* The content of a file, or of one that would be written, as members of an
 * object; and the result that contains them. Takes ownership of the latter. */
json_t *pdk_json_content(const struct shvm_pdk_info *info);
int pdk_put_content(struct out *out, const struct shvm_pdk_info *info,
		    json_t *object, struct shvm_err *err);
/* The text of the member guardians. */
extern const struct row pdk_guardian_rows[];
#define PDK_GUARDIANS_ROW                                                      \
	FIELD("{role}", "{signing.subject}", .each = "guardians",              \
	      .rows = pdk_guardian_rows)

/* The SSH host key, or null; and the text of the member ssh_host_key. */
json_t *pdk_json_host_key(const struct shvm_pdk_info *info);
#define PDK_HOST_KEY_ROW                                                       \
	FIELD("SSH host key", "{fingerprint} ({public_key})",                  \
	      .each = "ssh_host_key?")

/* Print who signed the last count templates, which are trusted now; returns a
 * list of them. */
json_t *pdk_trusted(struct out *out, const struct shvm_pdk_info *info,
		    size_t count);

#endif
