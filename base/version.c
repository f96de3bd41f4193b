/* SPDX-License-Identifier: MIT */
/* Template versions a.b.c.d, numbers from text, and the library's version. */
#include "base/version.h"

#include <shvm/version.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Digits at *p up to max; moves *p past them. Leading zeros are refused. */
static bool take_number(const char **p, uint64_t max, uint64_t *ret)
{
	const char *s = *p;
	uint64_t v = 0;

	if (*s < '0' || *s > '9' || (s[0] == '0' && s[1] >= '0' && s[1] <= '9'))
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		uint64_t digit = (uint64_t)(*s - '0');

		if (v > (max - digit) / 10 || digit > max)
			return false;
		v = v * 10 + digit;
	}
	*p = s;
	*ret = v;
	return true;
}

int number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret,
		 struct shvm_err *err)
{
	const char *p = text;
	uint64_t v = 0;

	if (!take_number(&p, max, &v) || *p != '\0' || v < min)
		return err_set(err, SHVM_E_ARG,
			       "\"%s\" is not a number from %ju to %ju", text,
			       (uintmax_t)min, (uintmax_t)max);
	*ret = v;
	return SHVM_OK;
}

int shvm_version_parse(const char *text, struct shvm_version *ret,
		       struct shvm_err *err)
{
	struct shvm_version v = { 0 };
	const char *p = text;

	for (int i = 0; i < 4; i++) {
		uint64_t part;

		if ((i > 0 && *p++ != '.') ||
		    !take_number(&p, UINT16_MAX, &part))
			return err_set(
				err, SHVM_E_ARG,
				"version \"%s\" is not a.b.c.d with each part 0 to 65535",
				text);
		v.part[i] = (uint16_t)part;
	}
	if (*p != '\0')
		return err_set(err, SHVM_E_ARG,
			       "version \"%s\" has more than four parts", text);
	*ret = v;
	return SHVM_OK;
}

const char *shvm_version_format(const struct shvm_version *v,
				char buf[SHVM_VERSION_TEXT])
{
	(void)snprintf(buf, SHVM_VERSION_TEXT, "%u.%u.%u.%u", v->part[0],
		       v->part[1], v->part[2], v->part[3]);
	return buf;
}

int shvm_version_compare(const struct shvm_version *a,
			 const struct shvm_version *b)
{
	for (int i = 0; i < 4; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return 0;
}

const char *shvm_library_version(void)
{
	return SHVM_LIBRARY_VERSION;
}

void shvm_free(void *p)
{
	free(p);
}
