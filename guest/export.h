/* SPDX-License-Identifier: MIT */
/*
 * Lets another program read a disk through our reader: a read-only NBD server
 * on a Unix socket, in a child process, for as long as it is open. For disks
 * that qemu cannot or does not want to open by itself.
 */
#ifndef GUEST_EXPORT_H
#define GUEST_EXPORT_H

#include "base/auto.h"
#include "source/source.h"

struct export;

/* The disk must outlive it, and not be read by other threads while it opens. */
int export_open(struct source *disk, struct export **ret, struct shvm_err *err);
const char *export_socket(const struct export *e);
void export_close(struct export *e); /* NULL is fine */
AUTO_DEFINE(export_ptr, struct export *, export_close);

/* Serve one connection to its end; what the child does, for tests. */
void export_serve(int fd, struct source *disk);

#endif
