/* SPDX-License-Identifier: MIT */
/* cloud-config user-data as an answer file: YAML that can mean one thing only. */
#ifndef PDK_USER_DATA_H
#define PDK_USER_DATA_H

#include "base/buf.h"

enum {
	USER_DATA_MAX = 1 << 20, /* bytes; ours, all of these */
	USER_DATA_DEPTH = 32,	 /* collections inside each other */
	USER_DATA_KEYS = 1000	 /* of the top level */
};

/*
 * A text in UTF-8 without a byte order mark. Its first line is "#cloud-config",
 * then comes one YAML document, a mapping, without what only a reader of YAML
 * with all features understands: anchors, aliases, tags, merge keys, directives.
 * No key of the top level is there twice, and none turns off what shvm's part of
 * the seed (vendor-data) does.
 *
 * SHVM_E_FORMAT names line and column. No text has a value of the document: it
 * may be a secret.
 */
int user_data_check(const struct buf *text, struct shvm_err *err);

/* And has it nothing that would change the SSH host key that is sealed with it? */
int user_data_check_host_key(const struct buf *text, struct shvm_err *err);

#endif
