/* SPDX-License-Identifier: MIT */
/* The numbers of an SSH private key, and whether they are one key. */
#ifndef PDK_SSH_KEY_PARTS_H
#define PDK_SSH_KEY_PARTS_H

#include "base/buf.h"
#include "pdk/container.h" /* struct view */

/* A string of SSH: its length as four bytes, big-endian, then its bytes. */
bool ssh_take(struct cursor *c, struct view *ret);
void ssh_add(struct buf *b, const void *data, size_t len);

/*
 * The parts of a private key, from its type on; c moves past them. They have to
 * belong to each other and to the public key. SHVM_E_FORMAT.
 */
int ssh_key_check_parts(struct cursor *c, const struct view *public_blob,
			const char **ret_kind, struct shvm_err *err);

#endif
