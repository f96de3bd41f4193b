/* SPDX-License-Identifier: MIT */
/* Reads one line with a secret, in the encodings that editors write. */
#ifndef CLI_SECRET_LINE_H
#define CLI_SECRET_LINE_H

#include "base/err.h"

#include <signal.h>
#include <stddef.h>

/*
 * The next line of fd, in UTF-8, without its line end; what follows is left to
 * the next call. A byte order mark at its start is removed, and after one of
 * UTF-16 the line is converted. A line with a control character, or with NULs
 * of UTF-16 without a mark, is refused: it cannot be typed. Bytes that are
 * not UTF-8 are returned unchanged (a key may have such a passphrase).
 * name is for messages. wait_mask: the signal mask while waiting; NULL for a plain
 * read.
 *
 * Return: its length in bytes; -1 after a signal, without a text; otherwise a
 *         negative code, SHVM_E_CRYPTO with reason "no-passphrase" or of I/O.
 */
int secret_line_read(int fd, const char *name, const sigset_t *wait_mask,
		     char *buf, size_t size, struct shvm_err *err);

#endif
