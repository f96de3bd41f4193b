/* SPDX-License-Identifier: MIT */
/*
 * Checks this machine for the components that the library uses. C99 and C++
 * clean.
 */
#ifndef SHVM_DOCTOR_H
#define SHVM_DOCTOR_H

#include <shvm/check.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * shvm_doctor() - try each component that the library uses
 * @appliance: also start libguestfs' appliance, which takes half a minute
 * @helper: path of shvm-guest-helper; NULL: the installed one
 * @plugin: path of nbdkit-shvm-plugin.so; NULL: the installed one
 * @ret: receives the verdict; release it with shvm_verdict_done()
 *
 * A component that is required fails at level ERROR, an optional one at level
 * WARNING; yes means that all required ones work. Nothing is changed;
 * libguestfs may build its appliance in its cache folder.
 *
 * Errors: SHVM_E_NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_doctor(bool appliance, const char *helper,
					 const char *plugin,
					 struct shvm_verdict *ret,
					 struct shvm_err *err);

#ifdef __cplusplus
}
#endif

#endif
