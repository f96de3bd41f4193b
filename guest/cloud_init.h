/* SPDX-License-Identifier: MIT */
/*
 * Which data sources the cloud-init of a Linux root is configured to ask: the
 * datasource_list of its files. Not a YAML parser: the one form is read that its
 * own ds-identify reads (tools/ds-identify, check_config), and any other is said
 * to be unread.
 */
#ifndef GUEST_CLOUD_INIT_H
#define GUEST_CLOUD_INIT_H

#include "guest/facts.h"

#define CLOUD_ETC "/etc"
#define CLOUD_CONFIG "/etc/cloud/cloud.cfg"
#define CLOUD_FOLDER "/etc/cloud/cloud.cfg.d"
#define CLOUD_IDENTIFY "/etc/cloud/ds-identify.cfg"
#define CLOUD_DISABLED "/etc/cloud/cloud-init.disabled"

enum {
	CLOUD_FILE_MAX = 64 * 1024, /* bytes of a file; ours */
	CLOUD_FILES_MAX = 256	    /* files in the folder; ours */
};

/* Of these one is there where cloud-init is installed; ended by NULL. */
extern const char *const cloud_programs[];

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
