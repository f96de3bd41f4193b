/* SPDX-License-Identifier: MIT */
/* What the rules say of a Linux that is not encrypted, and of every root. */
#include "signer/readiness.h"

#include "base/match.h"
#include "disk/disk.h"
#include "guest/cloud_init.h"

#include <stddef.h>

#define NOWHERE UINT64_MAX

static const struct shvm_partition *root_of(const struct readiness_input *in)
{
	for (size_t i = 0; i < in->volume_count; i++)
		for (size_t k = 0; k < in->info->partition_count; k++)
			if (in->volumes[i].role == SHVM_ROLE_ROOT &&
			    in->info->partitions[k].number ==
				    in->volumes[i].partition)
				return &in->info->partitions[k];
	return NULL;
}

int readiness_plain(const struct readiness_input *in, struct readiness *f,
		    struct shvm_err *err)
{
	const struct shvm_partition *root = root_of(in);

	TRY(readiness_esp(in, f, err));
	if (in->facts->lsvmconf == SHVM_YES)
		TRY(RULE_BROKEN(&f->checks, "has-lsvmconf", in->esp->offset,
				err, FOUND(in->esp->number)));
	if (!root)
		return SHVM_OK;
	f->root_partition = root->number;
	f->has[NEEDS_PLAIN_ROOT] = true;
	if (root->content == SHVM_CONTENT_LUKS1 ||
	    root->content == SHVM_CONTENT_LUKS2)
		return RULE_BROKEN(&f->checks, "root-encrypted", root->offset,
				   err, FOUND(root->number),
				   FOUND(shvm_content_name(root->content)));
	return source_window(disk_source(in->disk), root->offset, root->size,
			     &f->root, err);
}

/* Whatever answers on the network is not to be obeyed. */
static int judge_cloud(const struct shvm_guest_facts *facts,
		       struct readiness *f, struct shvm_err *err)
{
	if (facts->cloud_init == SHVM_UNKNOWN ||
	    (facts->cloud_init == SHVM_YES &&
	     facts->datasource_list == SHVM_UNKNOWN))
		return *facts->root_trouble
			       ? readiness_add_unknown(f, "datasource-list",
						       facts->root_trouble, err)
			       : SHVM_OK;
	f->has[NEEDS_CLOUD] = true;
	if (facts->cloud_init != SHVM_YES || cloud_is_local(facts->datasources))
		return SHVM_OK;
	if (!*facts->datasources)
		return RULE_BROKEN(&f->checks, "datasource-list", NOWHERE, err);
	return RULE_BROKEN_AS(&f->checks, "datasource-list", OTHER_SOURCES,
			      NOWHERE, err, FOUND(facts->datasources));
}

/* A kernel may be in several places: one of them is enough. */
static enum shvm_known any_kernel(const struct shvm_guest_facts *facts)
{
	if (facts->kernel == SHVM_YES || facts->esp_kernel == SHVM_YES)
		return SHVM_YES;
	return facts->kernel == SHVM_NO && facts->esp_kernel == SHVM_NO
		       ? SHVM_NO
		       : SHVM_UNKNOWN;
}

/* A rule that one fact decides: its bad value, and the text that belongs to it. */
struct fact_rule {
	const char *id;
	enum shvm_known is, bad;
	const char *text; /* NULL: the number of the partition */
};

static int judge_fact(const struct fact_rule *rule, struct readiness *f,
		      const char *trouble, struct shvm_err *err)
{
	if (rule->is == rule->bad)
		return RULE_BROKEN(&f->checks, rule->id, NOWHERE, err,
				   rule->text ? FOUND(rule->text)
					      : FOUND(f->root_partition));
	if (rule->is == SHVM_UNKNOWN && f->has[NEEDS_LINUX])
		return readiness_add_unknown(f, rule->id, trouble, err);
	return SHVM_OK;
}

int readiness_root(const struct readiness_input *in, enum shvm_disk_type type,
		   struct readiness *f, struct shvm_err *err)
{
	const struct shvm_guest_facts *facts = in->facts;
	const unsigned int types = readiness_types(type);
	const struct fact_rule rules[] = {
		{ "no-linux", facts->os_release, SHVM_NO, NULL },
		{ "no-kernel", any_kernel(facts), SHVM_NO, NULL },
		{ "fstab-device", facts->fstab_device, SHVM_YES,
		  facts->fstab_line },
		{ "machine-id", facts->machine_id, SHVM_YES, NULL },
		{ "ssh-host-keys", facts->ssh_host_keys, SHVM_YES, NULL },
		{ "ssh-user-keys", facts->ssh_user_keys, SHVM_YES,
		  facts->ssh_user_key_files },
		{ "passwords", facts->passwords, SHVM_YES,
		  facts->password_names },
		{ "leftovers", facts->leftovers, SHVM_YES,
		  facts->leftover_files },
		{ "no-cloud-init", facts->cloud_init, SHVM_NO, NULL },
	};

	f->has[NEEDS_ROOT_FILES] = facts->os_release != SHVM_UNKNOWN;
	f->has[NEEDS_LINUX] = facts->os_release == SHVM_YES;
	f->has[NEEDS_KERNEL] = any_kernel(facts) != SHVM_UNKNOWN;
	if (!f->has[NEEDS_ROOT_FILES] && *facts->root_trouble)
		TRY(RULE_BROKEN(&f->checks, "root-unread", NOWHERE, err,
				FOUND(facts->root_trouble)));
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (readiness_rule(rules[i].id)->types & types)
			TRY(judge_fact(&rules[i], f, facts->root_trouble, err));
	return judge_cloud(facts, f, err);
}
