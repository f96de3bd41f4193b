/* SPDX-License-Identifier: MIT */
/*
 * Runs a function in a child process that can read what is open already,
 * compute and answer, and nothing else: no files, network, programs or
 * privileges, limited time and memory. For libraries that parse hostile input.
 */
#ifndef GUEST_SANDBOX_H
#define GUEST_SANDBOX_H

#include "base/buf.h"

/* What the function may use besides its context. */
struct sandbox {
	int file;	  /* a memory file: pwrite(), ftruncate(), pread() */
	const char *path; /* its name, the only one that open() takes, for
			     libraries that want one; pass this pointer */
};

/* Append the answer to out. A failure's text reaches the caller. */
typedef int (*sandbox_fn)(void *ctx, const struct sandbox *box, struct buf *out,
			  struct shvm_err *err);

struct sandbox_limits {
	void (*prepare)(void); /* in the child while it is free; or NULL */
	unsigned int seconds;  /* of wall clock, and of CPU */
	int64_t until;	       /* the same as a moment of base/clock.h, if it
				  comes earlier; 0: none */
	uint64_t memory;       /* bytes of address space on top of now */
};

enum {
	SANDBOX_ANSWER_MAX = 256 * 1024, /* bytes */
	SANDBOX_FILE_MAX = 192 << 20	 /* bytes of the memory file; ours */
};

/*
 * SHVM_E_FORMAT with reason "sandbox-died" when the child was killed by what
 * it read, "sandbox-timeout" when it took too long. Where the kernel has no
 * seccomp the function does not run: SHVM_E_UNSUPPORTED, "no-sandbox".
 */
int sandbox_run(sandbox_fn fn, void *ctx, const struct sandbox_limits *limits,
		struct buf *ret, struct shvm_err *err);

#endif
