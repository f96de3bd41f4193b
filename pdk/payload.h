/* SPDX-License-Identifier: MIT */
/* Collects the answer file and the other files; enforces the size limit. */
#ifndef PDK_PAYLOAD_H
#define PDK_PAYLOAD_H

#include "base/buf.h"

#include <shvm/pdk.h>

enum {
	PAYLOAD_OTHER_MAX = 384 * 1024, /* bytes of additional files in total:
		OtherFile of New-ShieldingDataFile; the stricter interpretation */
	PAYLOAD_FILES_MAX = 1000,	/* ours */
	PAYLOAD_SIZE_MAX = 11 << 20	/* bytes of all files; base64 of it fits
					   in a body of 16 MiB. Our limit */
};

struct payload_file {
	char *name;
	struct buf data;
	bool substitute; /* placeholders are replaced, too */
	bool host_key;	 /* is the machine's SSH host key */
};

/* Start as { 0 }. */
struct payload {
	struct payload_file answer; /* name NULL: none */
	struct payload_file *files;
	size_t count;
};
void payload_done(struct payload *p);

/*
 * Bytes are copied. SHVM_E_ARG for a name that is not one plain path component, a
 * duplicate name (compared like Windows, ignoring case), and more bytes than fit
 * into a body.
 */
int payload_set_answer(struct payload *p, const struct shvm_file *file,
		       struct shvm_err *err);
int payload_add(struct payload *p, const struct shvm_file *file,
		struct shvm_err *err);

/* An SSH host key, which ssh_host_key_read() accepts, in the place of one that is
 * there; named as sshd names it. payload_host_key(): NULL for none. */
int payload_set_host_key(struct payload *p, const void *data, size_t len,
			 struct shvm_err *err);
const struct payload_file *payload_host_key(const struct payload *p);

/* Let the fabric's values into this file; SHVM_E_ARG when there is none,
 * or it is the host key. */
int payload_substitute(struct payload *p, const char *name,
		       struct shvm_err *err);

/* Remove a file by its exact name; SHVM_E_ARG if it does not exist. */
int payload_remove(struct payload *p, const char *name, struct shvm_err *err);
bool payload_has(const struct payload *p, const char *name);

uint64_t payload_other_size(const struct payload *p); /* bytes */

/* SHVM_E_ARG if the additional files are larger than PAYLOAD_OTHER_MAX. */
int payload_check_size(const struct payload *p, struct shvm_err *err);

#endif
