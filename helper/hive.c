/* SPDX-License-Identifier: MIT */
/* Registry hives, by libhivex. */
#include "helper/hive.h"

#include <errno.h>
#include <hivex.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

/*
 * libhivex recodes names and values with iconv(), whose modules are loaded from
 * files on first use and stay while they are in use. So this one is never
 * closed; the program ends soon.
 */
void hive_prepare(void)
{
	static const char *const codes[] = { "ISO-8859-1", "UTF-16LE" };

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		(void)iconv_open("UTF-8", codes[i]);
		(void)iconv_open(codes[i], "UTF-8");
	}
}

/*
 * 0 is also the result for a key or value that does not exist. errno
 * distinguishes the cases, but it may be non-zero from iconv(). So it is set to
 * 0 before each call; there is one thread here.
 */
static int64_t checked(size_t found)
{
	if (!found && (errno == EFAULT || errno == ENOTSUP || errno == ERANGE))
		return -1;
	return (int64_t)found;
}

static int64_t key_root(void *h)
{
	return (int64_t)hivex_root(h);
}

static int64_t key_child(void *h, int64_t key, const char *name)
{
	errno = 0;
	return checked(hivex_node_get_child(h, (hive_node_h)key, name));
}

static int64_t key_value(void *h, int64_t key, const char *name)
{
	errno = 0;
	return checked(hivex_node_get_value(h, (hive_node_h)key, name));
}

static int value_text(void *h, int64_t value, char **ret)
{
	hive_type type;
	size_t len;

	*ret = NULL;
	if (hivex_value_type(h, (hive_value_h)value, &type, &len) < 0 ||
	    (type != hive_t_string && type != hive_t_expand_string) ||
	    len > 4096)
		return 0;
	errno = 0;
	*ret = hivex_value_string(h, (hive_value_h)value);
	return *ret ? 0 : (int)checked(0);
}

static bool value_number(void *h, int64_t value, uint32_t *ret)
{
	hive_type type;
	size_t len;

	if (hivex_value_type(h, (hive_value_h)value, &type, &len) < 0 ||
	    type != hive_t_dword || len != 4)
		return false;
	*ret = (uint32_t)hivex_value_dword(h, (hive_value_h)value);
	return true;
}

const struct registry_ops hive_registry = { key_root, key_child, key_value,
					    value_text, value_number };

void *hive_open(const char *path, char why[FILES_WHY])
{
	hive_h *h = hivex_open(path, 0);

	if (!h)
		(void)snprintf(why, FILES_WHY, "cannot be opened: %s",
			       strerror(errno)); /* one thread here */
	return h;
}

void hive_close(void *h)
{
	(void)hivex_close(h); /* read-only: nothing can be lost */
}
