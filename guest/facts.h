/* SPDX-License-Identifier: MIT */
/*
 * The fast path: facts from inside the file systems, by libtsk and libhivex in
 * the helper program. Never on the path that makes a digest.
 */
#ifndef GUEST_FACTS_H
#define GUEST_FACTS_H

#include "base/buf.h"
#include "source/source.h"

#include <shvm/guest.h>

enum {
	FACTS_CONF_MAX = 64 * 1024, /* bytes of an lsvmconf; ours */
	FACTS_HIVE_HEAD = 12,	    /* bytes of a hive that show whether it is
				 clean */
	FACTS_SECONDS = 9	    /* for all reads of one query about a disk:
				 less than the guaranteed 10 */
};

/* The time by which a search that starts now must end. */
int64_t facts_deadline(void);

/* Where to look; NULL: no such partition. */
struct facts_input {
	struct source *disk;
	const struct shvm_partition *esp, *os;
	const struct shvm_volume *volumes; /* of the template, as found */
	size_t volume_count;
	const struct shvm_partition *partitions; /* all of the disk's */
	size_t partition_count;
	int64_t until;	    /* of facts_deadline() */
	const char *helper; /* its path; NULL: the installed one */
	/* For libguestfs, which opens the disk again; NULL: it cannot */
	const char *path;
	const struct shvm_disk_params *how;
};

/*
 * Fill ret from the disk; conf receives the bytes of lsvmconf, if any. Facts
 * that cannot be read stay unknown, with the reason in ret->trouble, so only
 * errors of this process are failures.
 */
int facts_gather(const struct facts_input *in, struct shvm_guest_facts *ret,
		 struct buf *conf, struct shvm_err *err);

/*
 * The same for a Linux root file system, which starts at byte 0 of root; number
 * is that of its partition.
 */
int facts_gather_root(const struct facts_input *in, struct source *root,
		      uint32_t number, struct shvm_guest_facts *ret,
		      struct shvm_err *err);

/* Does the NTFS at in->os hold Windows\System32? Fails when it cannot be read.
 */
int facts_has_windows(const struct facts_input *in, bool *ret,
		      struct shvm_err *err);

/* Does the ext file system at in->os contain an os-release? Fails as above. */
int facts_has_linux(const struct facts_input *in, bool *ret,
		    struct shvm_err *err);

/*
 * Where ret->kernel is not yes: is a kernel on a partition other than the ESP
 * and the root, as with a /boot of its own? Where one of
 * these is not ext or FAT it stays unknown, and ret->root_trouble says so.
 */
int facts_gather_kernel(const struct facts_input *in,
			struct shvm_guest_facts *ret, struct shvm_err *err);

/* May it be a /boot: a file system of a Linux other than those? */
bool facts_may_be_boot(const struct facts_input *in,
		       const struct shvm_partition *p);

/* Take all facts of a Linux root from another record. */
void facts_take_root(struct shvm_guest_facts *ret,
		     const struct shvm_guest_facts *from);

/* Unknown everything. */
void facts_init(struct shvm_guest_facts *f);
/* Add a reason; the first is truncated if too long, others are left out. */
void facts_trouble(struct shvm_guest_facts *f, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
/* The same for a Linux root file system. */
void facts_root_trouble(struct shvm_guest_facts *f, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
/* Copy text that is printable UTF-8 into a fact, else leave it empty. */
void facts_text(char *ret, size_t size, const char *text, size_t len);

/* The wire form between helper and library: one line "name=value" per fact. */
void facts_encode(const struct shvm_guest_facts *f, struct buf *ret);
/* Strict: every fact once, in order, nothing else. */
int facts_decode(const char *text, size_t len, struct shvm_guest_facts *ret,
		 struct shvm_err *err);

/* The machine field of a PE program's first bytes; "" when it is none. */
const char *facts_pe_machine(const uint8_t *data, size_t len);
/* The same of PROCESSOR_ARCHITECTURE in a registry. */
const char *facts_registry_machine(const char *value);
/*
 * Windows first writes changes to the log next to the hive; the two sequence
 * numbers at the hive's start are equal when all changes are also in the hive.
 * libhivex does not apply logs (hivex_open() reads one file), so otherwise it
 * reads an older state. False: that is added to trouble.
 */
bool facts_hive_is_clean(const uint8_t base[FACTS_HIVE_HEAD], const char *name,
			 struct shvm_guest_facts *f);
/* What kind of file a reparse point with this tag is, and how to undo it. */
void facts_reparse(uint32_t tag, char *ret, size_t size);
/* ImageState=X of a State.ini, in ASCII or UTF-16LE with its mark. */
void facts_state_ini(const uint8_t *data, size_t len, char *ret, size_t size);

#endif
