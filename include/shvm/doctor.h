/* SPDX-License-Identifier: MIT */
/* Does this machine have what the library can use? C99 and C++ clean. */
#ifndef SHVM_DOCTOR_H
#define SHVM_DOCTOR_H

#include <shvm/error.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One dependency. All strings but text are constants. */
struct shvm_doctor_item {
	const char *name; /* "openssl", "sandbox", "kvm", ... */
	bool works;
	bool needed;	     /* false: something is only slower or missing */
	char text[256];	     /* version, or what is wrong */
	const char *package; /* Debian's names for what brings it, or NULL */
};

enum {
	SHVM_DOCTOR_MAX = 32
};

/**
 * shvm_doctor() - try each dependency
 * @appliance: start libguestfs' appliance too, which takes half a minute
 * @helper: path of shvm-guest-helper; NULL: the installed one
 * @ret: receives the items
 * @ret_count: receives how many
 *
 * Nothing is changed; libguestfs may build its appliance in its cache folder.
 */
SHVM_API void shvm_doctor(bool appliance, const char *helper,
			  struct shvm_doctor_item ret[SHVM_DOCTOR_MAX],
			  size_t *ret_count);

#ifdef __cplusplus
}
#endif

#endif
