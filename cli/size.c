/* SPDX-License-Identifier: MIT */
/* Formats sizes with a unit. */
#include "cli/size.h"

#include "base/auto.h"

#include <inttypes.h>
#include <stdio.h>

const char *size_format(uint64_t bytes, char buf[32])
{
	static const char *const units[] = { "KiB", "MiB", "GiB",
					     "TiB", "PiB", "EiB" };
	double v = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		(void)snprintf(buf, 32, "%" PRIu64 " B", bytes);
		return buf;
	}
	/* 1023.95 would be rounded to 1024.0 of the smaller unit. */
	while (v >= 1023.95 && unit + 1 < ARRAY_SIZE(units)) {
		v /= 1024;
		unit++;
	}
	(void)snprintf(buf, 32, "%.1f %s", v, units[unit]);
	return buf;
}
