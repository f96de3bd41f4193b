/* SPDX-License-Identifier: MIT */
/* What pdk create and pdk edit put into a file: read, built and kept alive. */
#ifndef CLI_PDK_CONTENT_H
#define CLI_PDK_CONTENT_H

#include "cli/pdk_cmds.h"

/* Start as { 0 }. The first member points into the others. */
struct pdk_content {
	struct shvm_pdk_content content;
	enum shvm_policy policy;
	struct shvm_file answer_file;
	struct shvm_file *all; /* further files, the answer's first */
	struct answer_build answer;
	struct buf answer_data;
	struct pdk_files files;
	struct shvm_pdk_template *templates;
	struct shvm_catalog **catalogs; /* of the templates */
	char **paths;			/* the same */
	struct shvm_trust *trust;
};

void pdk_content_done(struct pdk_content *in);

/* args must outlive in; to is the file that will be written, NULL: none. */
int pdk_content_load(const struct content_args *args, const char *to,
		     struct out *out, struct pdk_content *in,
		     struct shvm_err *err);

#endif
