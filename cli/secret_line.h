/* SPDX-License-Identifier: MIT */
/* One line with a secret, as editors of Windows and Linux write it. */
#ifndef CLI_SECRET_LINE_H
#define CLI_SECRET_LINE_H

#include "base/err.h"

#include <signal.h>
#include <stddef.h>

/*
 * The next line of fd, in UTF-8, without its line end; what follows is left to
 * the next call. A byte order mark at its start is removed, and after one of
 * UTF-16 the line is converted. A line that has a control character, or NULs
 * of UTF-16 without a mark, is refused: no one could type it. Bytes that are
 * not UTF-8 are returned unchanged (a key may have such a passphrase).
 *
 * name is for texts. wait_mask: the signals that are let through while waiting,
 * NULL for a plain read.
 *
 * Return: its length in bytes; -1 after a signal, without a text; otherwise a
 *         negative code, SHVM_E_CRYPTO with reason "no-passphrase" or of I/O.
 */
int secret_line_read(int fd, const char *name, const sigset_t *wait_mask,
		     char *buf, size_t size, struct shvm_err *err);

#endif
