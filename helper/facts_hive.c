/* SPDX-License-Identifier: MIT */
/* Facts from registry hives, by libhivex. */
#include "helper/facts.h"

#include <errno.h>
#include <hivex.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

/*
 * libhivex recodes names and values with iconv(), whose modules are loaded
 * from files on first use and stay as long as one user is left: this one is
 * never closed, as the program ends soon.
 */
void facts_hive_prepare(void)
{
	static const char *const codes[] = { "ISO-8859-1", "UTF-16LE" };

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		(void)iconv_open("UTF-8", codes[i]);
		(void)iconv_open(codes[i], "UTF-8");
	}
}

static void hive_release(hive_h *h)
{
	(void)hivex_close(h); /* read-only: nothing can be lost */
}

AUTO_DEFINE(hive_ptr, hive_h *, hive_release);

/* An open hive, and whether a part of it that was looked at is damaged. */
struct hive {
	hive_h *h;
	bool damaged;
};

/*
 * 0 is also the answer for a key or value that is not there. errno tells them
 * apart, but not by being 0: iconv() leaves its own there.
 */
static size_t checked(struct hive *hive, size_t found)
{
	if (!found && (errno == EFAULT || errno == ENOTSUP || errno == ERANGE))
		hive->damaged = true;
	return found;
}

/* The key at this path below the root, parts ended by NULL; 0 when absent. */
static hive_node_h key_find(struct hive *hive, const char *const *path)
{
	hive_node_h node = hivex_root(hive->h);

	for (; node && *path; path++) {
		errno = 0; /* one thread here */
		node = checked(hive,
			       hivex_node_get_child(hive->h, node, *path));
	}
	return node;
}

static hive_value_h value_find(struct hive *hive, hive_node_h key,
			       const char *name)
{
	if (!key)
		return 0;
	errno = 0; /* as above */
	return checked(hive, hivex_node_get_value(hive->h, key, name));
}

static void value_text(struct hive *hive, hive_node_h key, const char *name,
		       char *ret, size_t size)
{
	const hive_value_h v = value_find(hive, key, name);
	AUTOFREE char *text = NULL;
	hive_type type;
	size_t len;

	if (!v || hivex_value_type(hive->h, v, &type, &len) < 0 ||
	    (type != hive_t_string && type != hive_t_expand_string) ||
	    len > 4096)
		return;
	errno = 0; /* as above */
	text = hivex_value_string(hive->h, v);
	if (text)
		facts_text(ret, size, text, strlen(text));
	else
		(void)checked(hive, 0);
}

static bool value_number(struct hive *hive, hive_node_h key, const char *name,
			 uint32_t *ret)
{
	const hive_value_h v = value_find(hive, key, name);
	hive_type type;
	size_t len;

	if (!v || hivex_value_type(hive->h, v, &type, &len) < 0 ||
	    type != hive_t_dword || len != 4)
		return false;
	*ret = (uint32_t)hivex_value_dword(hive->h, v);
	return true;
}

static hive_h *hive_open(const char *path, const char *name,
			 struct shvm_guest_facts *f)
{
	hive_h *h = hivex_open(path, 0);

	if (!h)
		facts_trouble(f, "registry hive %s: %s", name,
			      strerror(errno)); /* one thread here */
	return h;
}

/* After all looks: what was missing may have been in the damaged part. */
static enum shvm_known hive_known(const struct hive *hive, const char *name,
				  struct shvm_guest_facts *f)
{
	if (!hive->damaged)
		return SHVM_YES;
	facts_trouble(f, "registry hive %s is damaged", name);
	return SHVM_NO;
}

void facts_hive_software(const char *path, struct shvm_guest_facts *f)
{
	static const char *const nt[] = { "Microsoft", "Windows NT",
					  "CurrentVersion", NULL };
	static const char *const setup[] = { "Microsoft",      "Windows",
					     "CurrentVersion", "Setup",
					     "State",	       NULL };
	AUTO(hive_ptr) h = hive_open(path, "SOFTWARE", f);
	struct hive hive = { .h = h };
	uint32_t major, minor;
	hive_node_h key;

	if (!h)
		return;
	key = key_find(&hive, nt);
	value_text(&hive, key, "ProductName", f->product, sizeof(f->product));
	value_text(&hive, key, "EditionID", f->edition, sizeof(f->edition));
	value_text(&hive, key, "InstallationType", f->installation,
		   sizeof(f->installation));
	value_text(&hive, key, "CurrentBuildNumber", f->build,
		   sizeof(f->build));
	/* Since Windows 10 CurrentVersion stays 6.3; these two tell. */
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

void facts_hive_system(const char *path, struct shvm_guest_facts *f)
{
	static const char *const select[] = { "Select", NULL };
	AUTO(hive_ptr) h = hive_open(path, "SYSTEM", f);
	struct hive hive = { .h = h };
	char set[32];
	const char *name[] = { set, "Control", "ComputerName", "ComputerName",
			       NULL };
	const char *service[] = { set, "Services", "BDESVC", NULL };
	const char *environment[] = { set, "Control", "Session Manager",
				      "Environment", NULL };
	char machine[16] = "";
	uint32_t current;

	if (!h)
		return;
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
