/* SPDX-License-Identifier: MIT */
/* What the helper of the tests does from inside: jobs that try to break out. */
#ifndef TESTS_HELPER_JOBS_H
#define TESTS_HELPER_JOBS_H

/* The path of the helper with these jobs. */
extern const char test_helper[];

enum test_job {
	TEST_READ = 1000, /* answers os.number bytes of the disk at os.at */
	TEST_READ_WRONG,  /* asks for os.number bytes at os.at, unchecked */
	TEST_READ_NOISE,  /* sends what is no request */
	TEST_FAIL,
	TEST_CRASH,
	TEST_HANG,
	TEST_TALK,    /* an answer that is too long */
	TEST_GARBAGE, /* an answer that is none */
	TEST_FLOOD,   /* requests whose replies are never taken */
	/* Lines "what: refused" or "what: DONE" */
	TEST_OPEN,
	TEST_SECCOMP, /* the same by seccomp alone */
	TEST_MAP_OVER,
	TEST_DESCRIPTORS,
	TEST_MEMORY,
	TEST_LANDLOCK, /* before seccomp, on its own */
	TEST_HIVE,     /* what is allowed: the memory file */
	/* Ended by the kernel */
	TEST_SOCKET,
	TEST_CODE,
	TEST_FORK,
	TEST_EXEC,
	TEST_PTRACE,
	TEST_PROCESS_READ,
	TEST_OPENAT2,
	TEST_KILL,
	/*
	 * How often 16 bytes are in its memory before it is locked, when it
	 * can see all of it: esp.at and os.at, each bit turned.
	 */
	TEST_MARKER,
	TEST_MARKER_PLANTED, /* the same with one copy made */
};

#endif
