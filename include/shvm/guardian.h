/* SPDX-License-Identifier: MIT */
/*
 * Guardians and key protectors per [MS-KPS]. C99 and C++ clean.
 */
#ifndef SHVM_GUARDIAN_H
#define SHVM_GUARDIAN_H

#include <shvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a guardian's certificates are trusted. Start as { 0 }: strict. */
struct shvm_guardian_trust {
	const char *ca_file;	 /* chain to one of these; NULL: none */
	const char *fingerprint; /* SHA-256 of the signing certificate */
	bool allow_untrusted_root;
	bool allow_expired;
	const char *const *fingerprints; /* more of them, for several guardians */
	size_t fingerprint_count;
};

#ifdef __cplusplus
}
#endif

#endif
