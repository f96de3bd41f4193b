/* SPDX-License-Identifier: MIT */
/*
 * Lets another program read a disk through our reader: nbdkit with our plugin,
 * read-only, on a Unix socket, for as long as it is open. For disks that qemu
 * cannot or does not want to open by itself.
 */
#ifndef GUEST_NBD_SERVER_H
#define GUEST_NBD_SERVER_H

#include "base/auto.h"
#include "base/err.h"

#include <shvm/disk.h>

#define NBD_SERVER_PROGRAM "/usr/bin/nbdkit"
#define NBD_SERVER_PLUGIN "nbdkit-shvm-plugin.so"

/* Where make install puts the plugin. Tests link another path in. */
extern const char plugin_installed[];

struct nbd_server;

/*
 * Serve this disk, opened as we opened it. SHVM_E_UNSUPPORTED, reason
 * "no-appliance", where nbdkit or the plugin is missing. It ends when it is
 * closed, and at the end of this process, whatever ends it.
 */
int nbd_server_open(const char *disk, const struct shvm_disk_params *how,
		    struct nbd_server **ret, struct shvm_err *err);
const char *nbd_server_socket(const struct nbd_server *s);
void nbd_server_close(struct nbd_server *s); /* NULL is fine */
AUTO_DEFINE(nbd_server_ptr, struct nbd_server *, nbd_server_close);

#endif
