/* SPDX-License-Identifier: MIT */
/* The SSH host key of a machine: a private key in OpenSSH's form. */
#ifndef PDK_SSH_HOST_KEY_H
#define PDK_SSH_HOST_KEY_H

#include "base/buf.h"

enum {
	SSH_HOST_KEY_MAX = 64 << 10, /* bytes of the file; ours */
	SSH_FINGERPRINT = 64	     /* bytes of "SHA256:..." and a NUL */
};

/* What is known of one. kind: "ed25519", "ecdsa" or "rsa", as in the name of the
 * file and in cloud-init's ssh_keys. */
struct ssh_host_key {
	const char *kind;
	char *public_key; /* "TYPE BASE64" */
	char fingerprint[SSH_FINGERPRINT];
};
void ssh_host_key_done(struct ssh_host_key *k);

/*
 * A private key as ssh-keygen writes it, "BEGIN OPENSSH PRIVATE KEY", without a
 * passphrase, whose public part is that of its private part. SHVM_E_FORMAT says
 * what else it is.
 */
int ssh_host_key_read(const void *data, size_t len, struct ssh_host_key *ret,
		      struct shvm_err *err);

/* A new Ed25519 key; ret is set to wipe. */
int ssh_host_key_new(struct buf *ret, struct shvm_err *err);

#endif
