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

/* The key at this path below the root, parts ended by NULL; 0 when absent. */
static hive_node_h key_find(hive_h *h, const char *const *path)
{
	hive_node_h node = hivex_root(h);

	for (; node && *path; path++)
		node = hivex_node_get_child(h, node, *path);
	return node;
}

static void value_text(hive_h *h, hive_node_h key, const char *name, char *ret,
		       size_t size)
{
	const hive_value_h v = key ? hivex_node_get_value(h, key, name) : 0;
	AUTOFREE char *text = NULL;
	hive_type type;
	size_t len;

	if (!v || hivex_value_type(h, v, &type, &len) < 0 ||
	    (type != hive_t_string && type != hive_t_expand_string) ||
	    len > 4096)
		return;
	text = hivex_value_string(h, v);
	if (text)
		facts_text(ret, size, text, strlen(text));
}

static bool value_number(hive_h *h, hive_node_h key, const char *name,
			 uint32_t *ret)
{
	const hive_value_h v = key ? hivex_node_get_value(h, key, name) : 0;
	hive_type type;
	size_t len;

	if (!v || hivex_value_type(h, v, &type, &len) < 0 ||
	    type != hive_t_dword || len != 4)
		return false;
	*ret = (uint32_t)hivex_value_dword(h, v);
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

void facts_hive_software(const char *path, struct shvm_guest_facts *f)
{
	static const char *const nt[] = { "Microsoft", "Windows NT",
					  "CurrentVersion", NULL };
	static const char *const setup[] = { "Microsoft",      "Windows",
					     "CurrentVersion", "Setup",
					     "State",	       NULL };
	AUTO(hive_ptr) h = hive_open(path, "SOFTWARE", f);
	uint32_t major, minor;
	hive_node_h key;

	if (!h)
		return;
	key = key_find(h, nt);
	value_text(h, key, "ProductName", f->product, sizeof(f->product));
	value_text(h, key, "EditionID", f->edition, sizeof(f->edition));
	value_text(h, key, "InstallationType", f->installation,
		   sizeof(f->installation));
	value_text(h, key, "CurrentBuildNumber", f->build, sizeof(f->build));
	/* Since Windows 10 CurrentVersion stays 6.3; these two tell. */
	if (value_number(h, key, "CurrentMajorVersionNumber", &major) &&
	    value_number(h, key, "CurrentMinorVersionNumber", &minor))
		(void)snprintf(f->version, sizeof(f->version), "%u.%u", major,
			       minor);
	else
		value_text(h, key, "CurrentVersion", f->version,
			   sizeof(f->version));
	value_text(h, key_find(h, setup), "ImageState", f->image_state,
		   sizeof(f->image_state));
}

void facts_hive_system(const char *path, struct shvm_guest_facts *f)
{
	static const char *const select[] = { "Select", NULL };
	AUTO(hive_ptr) h = hive_open(path, "SYSTEM", f);
	char set[32];
	const char *name[] = { set, "Control", "ComputerName", "ComputerName",
			       NULL };
	const char *service[] = { set, "Services", "BDESVC", NULL };
	uint32_t current;

	if (!h)
		return;
	if (!value_number(h, key_find(h, select), "Current", &current) ||
	    current > 999)
		current = 1;
	(void)snprintf(set, sizeof(set), "ControlSet%03u", current);
	value_text(h, key_find(h, name), "ComputerName", f->hostname,
		   sizeof(f->hostname));
	f->bitlocker_feature = key_find(h, service) ? SHVM_YES : SHVM_NO;
}
