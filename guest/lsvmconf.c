/* SPDX-License-Identifier: MIT */
/* The configuration of Microsoft's Linux shielded VM loader, lsvmconf. */
#include "guest/lsvmconf.h"

#include "base/auto.h"
#include "base/found.h"
#include "base/guid.h"
#include "base/line.h"
#include "base/match.h"

#include <stdarg.h>
#include <string.h>

enum {
	VALUE_MAX = 255
};

enum key {
	LOG_LEVEL,
	VENDOR,
	BOOT_LUKS,
	ROOT_LUKS,
	BOOT,
	ROOT,
	KEYS
};

static const char *const keys[KEYS] = {
	[LOG_LEVEL] = "LogLevel",	[VENDOR] = "EFIVendorDir",
	[BOOT_LUKS] = "BootDeviceLUKS", [ROOT_LUKS] = "RootDeviceLUKS",
	[BOOT] = "BootDevice",		[ROOT] = "RootDevice",
};

/*
 * Folders that lsvmprep writes (from the list of distributions in lsvmtools).
 */
static const char *const vendors[] = { "centos", "redhat", "sles", "ubuntu" };

/* The line, and what is wrong with it. */
PRINTF_LIKE(3, 4)
static int bad(struct shvm_err *err, unsigned int line, const char *fmt, ...)
{
	char why[SHVM_MSG_SIZE];
	va_list ap;

	va_start(ap, fmt);
	line_vput(why, sizeof(why), fmt, ap);
	va_end(ap);
	return err_reason(err, SHVM_E_FORMAT, "bad-lsvmconf", "%s",
			  FOUND_TEXT(LSVMCONF_LINE, FOUND(line), FOUND(why)));
}

/* The characters of lower-case GUID text, and nothing around them. */
static bool guid_decode(const char *value, struct shvm_guid *ret)
{
	return strlen(value) == SHVM_GUID_TEXT - 1 &&
	       strspn(value, "0123456789abcdef-") == SHVM_GUID_TEXT - 1 &&
	       guid_parse(value, ret);
}

static int value_take(enum key key, const char *value, unsigned int line,
		      struct lsvmconf *ret, struct shvm_err *err)
{
	switch (key) {
	case VENDOR:
		for (size_t i = 0; i < ARRAY_SIZE(vendors); i++) {
			if (strcmp(value, vendors[i]) != 0)
				continue;
			strcpy(ret->vendor, vendors[i]);
			return SHVM_OK;
		}
		return bad(err, line,
			   "EFIVendorDir is \"%s\", not one of centos, "
			   "redhat, sles, ubuntu",
			   value);
	case BOOT_LUKS:
	case ROOT_LUKS:
		if (!guid_decode(value,
				 key == BOOT_LUKS ? &ret->boot : &ret->root))
			return bad(err, line,
				   "%s is \"%s\", not a GUID in lower case",
				   keys[key], value);
		if (key == BOOT_LUKS)
			ret->has_boot = true;
		else
			ret->has_root = true;
		return SHVM_OK;
	default:
		return SHVM_OK; /* used elsewhere */
	}
}

/* One line without its end; seen has a flag per key. */
static int line_take(const char *at, size_t len, unsigned int line,
		     bool seen[KEYS], struct lsvmconf *ret,
		     struct shvm_err *err)
{
	const char *equal = memchr(at, '=', len);
	char value[VALUE_MAX + 1];
	size_t name, n;

	if (!equal)
		return bad(err, line, "no key=value");
	name = (size_t)(equal - at);
	n = len - name - 1;
	if (n == 0 || n > VALUE_MAX)
		return bad(err, line, "a value of %zu characters", n);
	for (size_t i = 0; i < n; i++) {
		if (equal[1 + i] <= ' ' || equal[1 + i] > '~')
			return bad(err, line, "character 0x%02x in a value",
				   (unsigned char)equal[1 + i]);
	}
	memcpy(value, equal + 1, n);
	value[n] = '\0';
	for (enum key k = 0; k < KEYS; k++) {
		if (!text_is(at, name, keys[k]))
			continue;
		if (seen[k])
			return bad(err, line, "duplicate key %s", keys[k]);
		seen[k] = true;
		return value_take(k, value, line, ret, err);
	}
	return bad(err, line, "a key unknown to lsvmload");
}

int lsvmconf_decode(const char *text, size_t len, struct lsvmconf *ret,
		    struct shvm_err *err)
{
	struct lsvmconf conf = { 0 };
	bool seen[KEYS] = { false };
	unsigned int line = 0;

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		const size_t whole = end ? (size_t)(end - text) + 1 : len;
		size_t n = end ? whole - 1 : whole;

		line++;
		while (n > 0 && (text[n - 1] == '\r' || text[n - 1] == ' ' ||
				 text[n - 1] == '\t'))
			n--;
		if (n > 0 && text[0] != '#')
			TRY(line_take(text, n, line, seen, &conf, err));
		text += whole;
		len -= whole;
	}
	if (!conf.has_boot || !conf.has_root)
		return err_reason(
			err, SHVM_E_FORMAT, "bad-lsvmconf", "%s",
			FOUND_TEXT(LSVMCONF_MISSING,
				   FOUND(keys[conf.has_boot ? ROOT_LUKS
							    : BOOT_LUKS])));
	*ret = conf;
	return SHVM_OK;
}
