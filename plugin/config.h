/* SPDX-License-Identifier: MIT */
/* The parameters of the plugin, and what is opened by them. */
#ifndef PLUGIN_CONFIG_H
#define PLUGIN_CONFIG_H

#include <shvm/view.h>

/* Files that a parameter may name several times. */
struct config_list {
	const char **items;
	size_t count;
};

/* As given on the command line. The texts are nbdkit's, and stay. */
struct config {
	const char *file, *parent, *sector_size, *catalog, *tree, *eku;
	bool no_parent_lookup, parent_anywhere, no_replay, raw,
		allow_differencing;
	struct config_list signer, ca, tsa_ca;
};

/* What is served: the view, or the disk where view is NULL. */
struct config_opened {
	struct shvm_disk *disk;
	struct shvm_view *view;
};

/* One parameter; -1 after nbdkit_error(). */
int config_set(struct config *c, const char *key, const char *value);
/* Is it complete, and without contradictions? */
int config_check(const struct config *c);
void config_done(struct config *c);

/* ret starts as { 0 }; it is the caller's to close, also after a failure. */
int config_open(const struct config *c, struct config_opened *ret,
		struct shvm_err *err);
void config_close(struct config_opened *o);

/* A line for each parameter, for nbdkit --help shvm. */
#define CONFIG_HELP                                                             \
	"file=DISK            (required) VHDX, VHD or raw file, block device\n" \
	"parent=FILE          parent of a differencing disk\n"                  \
	"no-parent-lookup=1   never follow a parent locator\n"                  \
	"parent-anywhere=1    accept parents outside the disk's folder\n"       \
	"no-replay=1          refuse a dirty log\n"                             \
	"raw=1                read the file as raw bytes\n"                     \
	"sector-size=N        of a raw disk, 512 or 4096\n"                     \
	"For the verified view, in which each byte is signed or zero:\n"        \
	"signer=CERT          trust this signer; may be repeated\n"             \
	"ca=FILE              trust signers with a chain to it; repeated\n"     \
	"tree=FILE            its hash trees, instead of those of the cache\n"  \
	"catalog=FILE         catalog to use instead of the disk's own\n"       \
	"tsa-ca=FILE          trust timestamps with a chain to it; repeated\n"  \
	"eku=OID              extended key usage that the signer must have\n"   \
	"allow-differencing=1 accept a differencing disk with its parents"

#endif
