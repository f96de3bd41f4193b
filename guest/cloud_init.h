/* SPDX-License-Identifier: MIT */
/*
 * Which data sources the cloud-init of a Linux root is configured to ask: the
 * datasource_list of its files. Not a YAML parser: the one form is read that its
 * own ds-identify reads (tools/ds-identify, check_config), and any other is said
 * to be unread.
 */
#ifndef GUEST_CLOUD_INIT_H
#define GUEST_CLOUD_INIT_H

#include "guest/files.h"

#define CLOUD_ETC "/etc"

/* From a root file system that is read by files; f->root_trouble says what is
 * not known. number is that of its partition. */
void cloud_look(const struct files *files, uint32_t number,
		struct shvm_guest_facts *f);

/* Start as { 0 }. The last file that has a list counts. */
struct cloud_sources {
	char list[128];	  /* "NoCloud, None" */
	char unread[160]; /* what could not be read after it, and why */
};

/* Is a file of this name in the folder read at all? */
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

/* Only a seed disk is asked: NoCloud, and None after it or not. */
bool cloud_is_local(const char *list);

#endif
