/* SPDX-License-Identifier: MIT */
/*
 * Lets another program read a disk through our reader: a read-only NBD server
 * on a Unix socket, in a child process, for as long as it is open. For disks
 * that qemu cannot or does not want to open by itself.
 */
#ifndef GUEST_NBD_EXPORT_H
#define GUEST_NBD_EXPORT_H

#include "base/auto.h"
#include "source/source.h"

struct nbd_export;

/* The disk must outlive it, and not be read by other threads while it opens. */
int nbd_export_open(struct source *disk, struct nbd_export **ret,
		    struct shvm_err *err);
const char *nbd_export_socket(const struct nbd_export *e);
void nbd_export_close(struct nbd_export *e); /* NULL is fine */
AUTO_DEFINE(nbd_export_ptr, struct nbd_export *, nbd_export_close);

/* Serve one connection to its end; what the child does, for tests. */
void nbd_export_serve(int fd, struct source *disk);

#endif
