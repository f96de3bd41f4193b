/* SPDX-License-Identifier: MIT */
/* For programs: wipe all that OpenSSL and libxml2 release. */
#ifndef BASE_WIPE_H
#define BASE_WIPE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Both libraries copy what they parse, including keys and decrypted files, and
 * release some of the copies without overwriting them. After this call
 * everything that they release is overwritten first. It changes the libraries
 * for the whole process, so it is for a program, before anything else; false:
 * OpenSSL has already allocated memory, and OpenSSL is left unchanged.
 */
bool wipe_what_is_released(void);

/* free() and realloc() that overwrite what they release, for a library with
 * functions of another name. */
void wipe_free(void *p);
void *wipe_realloc(void *p, size_t size);

/*
 * OpenSSL's secure heap: private numbers of keys go into locked memory that is
 * in no core dump. Before any key is loaded; for a program, as above. Where the
 * limit of locked memory is too low the memory can still be swapped. False:
 * there is no such heap, and keys are in ordinary memory.
 *
 * One exception in OpenSSL 3.0: after an RSA key was used, a copy of its primes
 * for Montgomery multiplication is in the ordinary heap until the key is
 * released, which overwrites it. A provider's key has no flag to prevent that.
 * Keys on curves have no such copy.
 */
bool secure_heap_start(void);

#endif
