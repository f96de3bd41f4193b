/* SPDX-License-Identifier: MIT */
/* Scope cleanup: a variable that releases itself, and how to give it away. */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <stdlib.h>
#include <unistd.h>

/* AUTO(type) var = NULL; releases var when it goes out of scope. */
#define AUTO(name) __attribute__((cleanup(auto_##name))) name

#define AUTO_DEFINE(name, type, release)                                       \
	typedef type name;                                                     \
	static inline void auto_##name(type *p)                                \
	{                                                                      \
		if (*p)                                                        \
			release(*p);                                           \
	}                                                                      \
	struct auto_##name##_needs_semicolon

/* The same for a struct in the caller's storage: AUTO_DONE(buf) b = { 0 }; */
#define AUTO_DONE(name) __attribute__((cleanup(name##_done))) struct name

/* Unused is fine: a variable may be there for its release alone. */
#define AUTOFREE __attribute__((cleanup(auto_free_), unused))
static inline void auto_free_(void *p)
{
	free(*(void **)p);
}

/* AUTOCLOSE int fd = -1; for descriptors that were only read. */
#define AUTOCLOSE __attribute__((cleanup(auto_close_)))
static inline void auto_close_(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing was written through it */
}

/* Move ownership out of an AUTO variable: *ret = STEAL(x). */
#define STEAL(p)                                                               \
	({                                                                     \
		__typeof__(p) stolen_ = (p);                                   \
		(p) = NULL;                                                    \
		stolen_;                                                       \
	})

/* The same out of an AUTO_DONE variable, which is empty then. */
#define MOVE(s)                                                                \
	({                                                                     \
		__typeof__(s) moved_ = (s);                                    \
		(s) = (__typeof__(s)){ 0 };                                    \
		moved_;                                                        \
	})

#define STEAL_FD(fd)                                                           \
	({                                                                     \
		int stolen_ = (fd);                                            \
		(fd) = -1;                                                     \
		stolen_;                                                       \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
