/* SPDX-License-Identifier: MIT */
/*
 * The data sources that cloud-init in a Linux root is configured to use: the
 * datasource_list of its files. Not a YAML parser: it reads the same form as
 * cloud-init's ds-identify (tools/ds-identify, check_config), and reports any
 * other as unread.
 */
#ifndef GUEST_CLOUD_INIT_H
#define GUEST_CLOUD_INIT_H

#include "guest/files.h"

#define CLOUD_ETC "/etc"

/*
 * From a root file system that is read through files; f->root_trouble says what
 * is unknown. number is that of its partition.
 */
void cloud_look(const struct files *files, uint32_t number,
		struct shvm_guest_facts *f);

/* Start as { 0 }. The list of the last file that has one is used. */
struct cloud_sources {
	char list[128];	  /* "NoCloud, None" */
	char unread[160]; /* what could not be read after the list, and why */
};

/* Does cloud-init read files of this name in the folder? */
bool cloud_is_config(const char *name);
/* One more file, in the order of cloud-init: cloud.cfg, then by name. */
void cloud_add(struct cloud_sources *s, const char *name, const char *text,
	       size_t len);
/* ds-identify's own configuration, after all of them. */
void cloud_add_identify(struct cloud_sources *s, const char *text, size_t len);
/* A file that cannot be read. */
void cloud_add_unread(struct cloud_sources *s, const char *name,
		      const char *why);
/* The facts of a root with cloud-init. */
void cloud_give(const struct cloud_sources *s, struct shvm_guest_facts *f);

/* Is only a seed disk used: NoCloud, optionally followed by None? */
bool cloud_is_local(const char *list);

#endif
