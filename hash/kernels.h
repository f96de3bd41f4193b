/* SPDX-License-Identifier: MIT */
/*
 * Hash kernels with one interface: many independent leaves at once, chosen
 * at run time and self-tested.
 */
#ifndef HASH_KERNELS_H
#define HASH_KERNELS_H

#include "hash/tree.h"

#include <stdbool.h>
#include <stddef.h>

struct kernel {
	const char *name; /* "openssl", "avx512", "sha-ni" */
	enum shvm_hash algorithm;
	unsigned int lanes;	 /* best number of leaves per call */
	bool (*is_usable)(void); /* does this CPU have the required
				    instructions? */
	/* A context for one thread; NULL function: no context is needed. */
	int (*open)(void **ret, struct shvm_err *err);
	void (*close)(void *ctx);
	/*
	 * Hash n leaves of len bytes each, leaf i at data[i], into out + i *
	 * hash size. len is a multiple of 64 bytes (128 for SHA-512).
	 */
	int (*hash)(void *ctx, const uint8_t *const *data, size_t n, size_t len,
		    uint8_t *out, struct shvm_err *err);
};

/* All kernels of this build that were compiled in, ends with NULL. */
const struct kernel *const *kernels_all(void);

/* Those of the algorithm that are usable here, as "a, b". */
void kernel_names(enum shvm_hash algorithm, char *ret, size_t size);

/* The reference: always available, never chosen for its speed. */
const struct kernel *kernel_openssl(enum shvm_hash algorithm);

/*
 * The kernel of that name, or for NULL the fastest that is usable here. Runs
 * its known-answer test. SHVM_E_ARG names the usable ones for an unknown name.
 */
int kernel_choose(enum shvm_hash algorithm, const char *name,
		  const struct kernel **ret, struct shvm_err *err);

/* Does the kernel give the known answers? SHVM_E_CRYPTO if not. */
int kernel_self_test(const struct kernel *kernel, struct shvm_err *err);

#endif
