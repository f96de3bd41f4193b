/* SPDX-License-Identifier: MIT */
/*
 * The version of libshvm: of these headers, and of the library that is loaded.
 * The build takes the version of the project from the three numbers below; no
 * other file defines it. C99 and C++ clean.
 */
#ifndef SHVM_VERSION_H
#define SHVM_VERSION_H

#include <shvm/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHVM_LIBRARY_MAJOR 0
#define SHVM_LIBRARY_MINOR 2
#define SHVM_LIBRARY_PATCH 0

#define SHVM_LIBRARY_TEXT_(number) #number
#define SHVM_LIBRARY_TEXT(major, minor, patch)                                 \
	SHVM_LIBRARY_TEXT_(major)                                              \
	"." SHVM_LIBRARY_TEXT_(minor) "." SHVM_LIBRARY_TEXT_(patch)
/* "MAJOR.MINOR.PATCH" */
#define SHVM_LIBRARY_VERSION                                                   \
	SHVM_LIBRARY_TEXT(SHVM_LIBRARY_MAJOR, SHVM_LIBRARY_MINOR,              \
			  SHVM_LIBRARY_PATCH)

/**
 * shvm_library_version() - version of the library that is loaded
 *
 * Return: a string constant, "MAJOR.MINOR.PATCH".
 */
SHVM_API const char *shvm_library_version(void);

#ifdef __cplusplus
}
#endif

#endif
