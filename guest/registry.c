/* SPDX-License-Identifier: MIT */
/* The keys and values of Windows' registry that become facts. */
#include "guest/registry.h"

#include <stdio.h>
#include <string.h>

/* An open hive, and whether a part of it that was read is damaged. */
struct hive {
	const struct registry_ops *ops;
	void *h;
	bool damaged;
};

/* 0: not there, or damaged. */
static int64_t checked(struct hive *hive, int64_t found)
{
	if (found < 0)
		hive->damaged = true;
	return found > 0 ? found : 0;
}

/* The key at this path below the root, parts ended by NULL; 0 when absent. */
static int64_t key_find(struct hive *hive, const char *const *path)
{
	int64_t key = checked(hive, hive->ops->root(hive->h));

	for (; key && *path; path++)
		key = checked(hive, hive->ops->child(hive->h, key, *path));
	return key;
}

static int64_t value_find(struct hive *hive, int64_t key, const char *name)
{
	return key ? checked(hive, hive->ops->value(hive->h, key, name)) : 0;
}

static void value_text(struct hive *hive, int64_t key, const char *name,
		       char *ret, size_t size)
{
	const int64_t value = value_find(hive, key, name);
	AUTOFREE char *text = NULL;

	if (!value)
		return;
	(void)checked(hive, hive->ops->text(hive->h, value, &text));
	if (text)
		facts_text(ret, size, text, strlen(text));
}

static bool value_number(struct hive *hive, int64_t key, const char *name,
			 uint32_t *ret)
{
	const int64_t value = value_find(hive, key, name);

	return value && hive->ops->number(hive->h, value, ret);
}

/* After all reads: missing values may have been in the damaged part. */
static enum shvm_known hive_known(const struct hive *hive, const char *name,
				  struct shvm_guest_facts *f)
{
	if (!hive->damaged)
		return SHVM_YES;
	facts_trouble(f, "registry hive %s is damaged", name);
	return SHVM_NO;
}

void registry_software(const struct registry_ops *ops, void *h,
		       struct shvm_guest_facts *f)
{
	static const char *const nt[] = { "Microsoft", "Windows NT",
					  "CurrentVersion", NULL };
	static const char *const setup[] = { "Microsoft",      "Windows",
					     "CurrentVersion", "Setup",
					     "State",	       NULL };
	struct hive hive = { .ops = ops, .h = h };
	const int64_t key = key_find(&hive, nt);
	uint32_t major, minor;

	value_text(&hive, key, "ProductName", f->product, sizeof(f->product));
	value_text(&hive, key, "EditionID", f->edition, sizeof(f->edition));
	value_text(&hive, key, "InstallationType", f->installation,
		   sizeof(f->installation));
	value_text(&hive, key, "CurrentBuildNumber", f->build,
		   sizeof(f->build));
	/*
	 * Since Windows 10 CurrentVersion stays 6.3; these two have the
	 * version.
	 */
	if (value_number(&hive, key, "CurrentMajorVersionNumber", &major) &&
	    value_number(&hive, key, "CurrentMinorVersionNumber", &minor))
		(void)snprintf(f->version, sizeof(f->version), "%u.%u", major,
			       minor);
	else
		value_text(&hive, key, "CurrentVersion", f->version,
			   sizeof(f->version));
	value_text(&hive, key_find(&hive, setup), "ImageState", f->image_state,
		   sizeof(f->image_state));
	f->software_hive = hive_known(&hive, "SOFTWARE", f);
}

void registry_system(const struct registry_ops *ops, void *h,
		     struct shvm_guest_facts *f)
{
	static const char *const select[] = { "Select", NULL };
	char set[32];
	const char *name[] = { set, "Control", "ComputerName", "ComputerName",
			       NULL };
	const char *service[] = { set, "Services", "BDESVC", NULL };
	const char *environment[] = { set, "Control", "Session Manager",
				      "Environment", NULL };
	struct hive hive = { .ops = ops, .h = h };
	char machine[16] = "";
	uint32_t current;

	if (!value_number(&hive, key_find(&hive, select), "Current",
			  &current) ||
	    current > 999)
		current = 1;
	(void)snprintf(set, sizeof(set), "ControlSet%03u", current);
	value_text(&hive, key_find(&hive, name), "ComputerName", f->hostname,
		   sizeof(f->hostname));
	value_text(&hive, key_find(&hive, environment),
		   "PROCESSOR_ARCHITECTURE", machine, sizeof(machine));
	if (*facts_registry_machine(machine))
		(void)snprintf(f->architecture, sizeof(f->architecture), "%s",
			       facts_registry_machine(machine));
	f->bitlocker_feature = key_find(&hive, service) ? SHVM_YES
			       : hive.damaged		? SHVM_UNKNOWN
							: SHVM_NO;
	f->system_hive = hive_known(&hive, "SYSTEM", f);
}
