/* SPDX-License-Identifier: MIT */
/*
 * The protocol between the library and its file-system helper. The helper
 * inherits two descriptors. A socket (SOCK_SEQPACKET): the library sends the
 * job, the helper asks for bytes of the disk, one request after the other, and
 * gets a status of 4 bytes and the data. A pipe for the answer: its header, and
 * the bytes of a result, or the text of a failure.
 */
#ifndef GUEST_HELPER_WIRE_H
#define GUEST_HELPER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HELPER_ANSWER_FD =
		2, /* where the dynamic linker reports what is missing */
	HELPER_DISK_FD = 3,
	HELPER_JOB_SIZE = 64,
	HELPER_REQUEST_SIZE = 16,
	HELPER_REPLY_HEAD = 4,
	HELPER_ANSWER_HEAD = 12,
	/* Bytes; ours */
	HELPER_READ_MAX = 64 * 1024,
	HELPER_ANSWER_MAX = 256 * 1024,
	/* Exit codes; 127 is the dynamic linker's */
	HELPER_EXIT_USAGE = 2,
	HELPER_EXIT_VERSION = 78,
	HELPER_EXIT_NO_SANDBOX = 77,
};

enum helper_what {
	HELPER_TRY,	 /* nothing: answers which locks exist */
	HELPER_FACTS,	 /* facts, and the bytes of lsvmconf */
	HELPER_SYSTEM32, /* "y" or "n": does the NTFS at os contain
			    \Windows\System32? */
	HELPER_ROOT,	 /* facts of the Linux root file system at os */
	HELPER_LINUX,	 /* "y" or "n": does the ext at os contain an
			    os-release? */
	HELPER_KERNEL,	 /* the same: has the ext or FAT at os a kernel? */
};

/* A partition; number 0: there is none. */
struct helper_place {
	uint32_t number;
	uint64_t at; /* bytes from the start of the disk */
};

struct helper_job {
	uint32_t what; /* enum helper_what */
	uint32_t seconds, sector_size;
	uint64_t memory;    /* bytes of address space in addition to those at
			       the start */
	uint64_t disk_size; /* bytes */
	struct helper_place esp, os;
};

void helper_job_encode(const struct helper_job *job,
		       uint8_t ret[HELPER_JOB_SIZE]);
/* False for a job of another version. */
bool helper_job_decode(const uint8_t *data, size_t len, struct helper_job *ret);

void helper_request_encode(uint64_t at, uint32_t len,
			   uint8_t ret[HELPER_REQUEST_SIZE]);
/* False unless it asks for 1 to HELPER_READ_MAX bytes within the disk. */
bool helper_request_decode(const uint8_t *data, size_t len, uint64_t disk_size,
			   uint64_t *ret_at, uint32_t *ret_len);

/* code: 0, or an enum shvm_code. */
void helper_answer_encode(int code, size_t len,
			  uint8_t ret[HELPER_ANSWER_HEAD]);
/* False unless exactly the stated bytes follow a valid header. */
bool helper_answer_decode(const uint8_t *data, size_t len, int *ret_code);

#endif
