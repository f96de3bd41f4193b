/* SPDX-License-Identifier: MIT */
/* What pdk create and pdk edit put into a file: read, built and kept alive. */
#ifndef CLI_PDK_CONTENT_H
#define CLI_PDK_CONTENT_H

#include "cli/pdk_cmds.h"

/* Start as { 0 }. The members for others point into the ones behind them. */
struct pdk_content {
	enum shvm_policy policy;	/* the default where none is given */
	struct shvm_file answer_file;	/* without a name: there is none */
	struct shvm_file *all;		/* further files, the answer's first */
	size_t file_count;		/* of all */
	struct shvm_trust_params trust; /* count 0: no templates are named */

	json_t *trusted; /* the templates, once they are; see pdk_content_tell() */
	struct out *out;
	struct answer_build answer;
	struct buf answer_data;
	struct pdk_files files;
	struct shvm_trust_entry *entries;
	char **storage;
};

void pdk_content_done(struct pdk_content *in);

/* From now on say who signed each template that is trusted, and keep it in
 * trusted. */
void pdk_content_tell(struct pdk_content *in, struct out *out);

/* args must outlive in. */
int pdk_content_load(const struct content_args *args, struct pdk_content *in,
		     struct shvm_err *err);

#endif
