/* SPDX-License-Identifier: MIT */
/* Monotonic time, for limits and durations. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since some fixed moment. */
static inline int64_t clock_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The same in milliseconds. */
static inline int64_t clock_ms(void)
{
	return clock_ns() / 1000000;
}

/* Seconds since a moment that clock_ns() gave. */
static inline double clock_seconds_since(int64_t start)
{
	return 1e-9 * (double)(clock_ns() - start);
}

#endif
