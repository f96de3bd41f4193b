/* SPDX-License-Identifier: MIT */
/* Parses and formats times on the command line and in results. */
#include "cli/time.h"

#include "base/auto.h"
#include "base/err.h"
#include "base/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int time_parse(const char *text, int64_t *ret, struct shvm_err *err)
{
	static const char *const forms[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ" };
	uint64_t seconds;

	if (text[0] == '@') {
		/* The limit is the end of the year 9999. */
		TRY(number_parse(text + 1, 1, INT64_C(253402300799), &seconds,
				 err));
		*ret = (int64_t)seconds;
		return SHVM_OK;
	}
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, forms[i], &tm);
		const int day = tm.tm_mday;
		const time_t t = timegm(&tm);

		/* timegm() would turn February 31 into March 3. */
		if (end && *end == '\0' && t > 0 && tm.tm_mday == day) {
			*ret = t;
			return SHVM_OK;
		}
	}
	return err_set(
		err, SHVM_E_ARG,
		"time \"%s\" is not of the form 2026-11-23, 2026-11-23T10:20:30Z or @SECONDS",
		text);
}

const char *time_format(int64_t seconds, char buf[32])
{
	time_t t = seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) ||
	    strftime(buf, 32, "%04Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(buf, 32, "%" PRId64, seconds);
	return buf;
}
