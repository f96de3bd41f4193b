/* SPDX-License-Identifier: MIT */
/*
 * Is a disk ready to become a shielded template? The table of readiness rules, and
 * their results for a disk.
 */
#ifndef SIGNER_READINESS_H
#define SIGNER_READINESS_H

#include "base/buf.h"
#include "base/checks.h"
#include "base/found.h"
#include "guest/facts.h"
#include "guest/lsvmconf.h"

#include <shvm/guest.h>

/* The requirement for checking a rule. */
enum readiness_needs {
	NEEDS_NOTHING,
	NEEDS_VHDX,	  /* a VHDX without a parent */
	NEEDS_VOLUMES,	  /* a disk whose volumes were found */
	NEEDS_TABLE,	  /* a GPT */
	NEEDS_ESP,	  /* an EFI system partition that could be read */
	NEEDS_OS,	  /* an OS volume that could be read */
	NEEDS_FLAG,	  /* ... and the dirty flag of its NTFS */
	NEEDS_WINDOWS,	  /* ... with Windows and its registry on it */
	NEEDS_CONF,	  /* an lsvmconf without faults */
	NEEDS_BOOT,	  /* the boot partition with a good LUKS1 header */
	NEEDS_ROOT,	  /* the same of the root partition */
	NEEDS_PLAIN_ROOT, /* a root partition of a plain Linux */
	NEEDS_ROOT_FILES, /* a root file system that could be read */
	NEEDS_LINUX,	  /* ... with a Linux in it */
	NEEDS_CLOUD,	  /* ... in which cloud-init was looked for */
	NEEDS_KERNEL,	  /* file systems in which a kernel was looked for */
	NEEDS_MAX
};

enum {
	FOR_WINDOWS = 1,
	FOR_LINUX = 2, /* that was preprocessed */
	FOR_PLAIN = 4, /* any other Linux */
	FOR_BOTH = 7
};

/* The subject of a rule; docs/RULES.md has a table for each. */
enum readiness_section {
	RULES_FILE,
	RULES_TABLE,
	RULES_PARTITIONS,
	RULES_WINDOWS,
	RULES_LINUX
};

struct readiness_rule {
	const char *id;
	enum shvm_level level;
	enum readiness_section section;
	unsigned int types; /* FOR_* */
	enum readiness_needs needs;
	const char *passed;   /* text for a disk that keeps it; NULL: none */
	const char *expected; /* may be NULL, as the next two */
	const char *hint, *page;
	/* Texts for a disk that breaks it (base/found.h); ends with NULL. */
	const char *failed[4];
};

/* The FOR_* of a type. */
unsigned int readiness_types(enum shvm_disk_type type);

/* Second texts of readiness_judge.c. */
#define CATALOG_UNREAD "the disk contains a catalog that was not read"
#define OTHER_SOURCES                                                          \
	"cloud-init's datasource_list is [{list}], not [NoCloud, None]"

/* The whole table; ends with a NULL id. docs/RULES.md is generated from it. */
extern const struct readiness_rule readiness_rules[];
const struct readiness_rule *readiness_rule(const char *id);
/* SHVM_E_ARG for the first name that is not a rule. */
int readiness_check_names(const char *const *ids, size_t count,
			  struct shvm_err *err);

/* The results of the rules, and which requirements were met. */
struct readiness {
	struct checks checks;
	bool has[NEEDS_MAX];
	/* Linux: the root file system, decrypted; NULL: it does not open */
	struct source *root;
	uint32_t root_partition;
};
void readiness_done(struct readiness *f);

/* Adds a broken rule; id must be in the table. text is one of its texts; NULL: the
 * first. */
int readiness_broken(struct checks *c, const char *id, const char *text,
		     uint64_t offset, const struct found *values, size_t count,
		     struct shvm_err *err);
#define RULE_BROKEN(c, id, offset, err, ...)                                   \
	RULE_BROKEN_AS(c, id, NULL, offset, err, __VA_ARGS__)
#define RULE_BROKEN_AS(c, id, text, offset, err, ...)                          \
	readiness_broken(c, id, text, offset, FOUND_LIST(__VA_ARGS__), err)
/* The same as an error with the id as its reason. */
int readiness_err(struct shvm_err *err, int code, const char *id,
		  const char *text, const struct found *values, size_t count);
#define RULE_ERR(err, code, id, text, ...)                                     \
	readiness_err(err, code, id, text, FOUND_LIST(__VA_ARGS__))
/* Adds a rule that cannot be checked, and why. */
int readiness_add_unknown(struct readiness *f, const char *id, const char *text,
			  struct shvm_err *err);
/* Adds a check of image, table or partitions, with the texts of the table. */
int readiness_add_check(struct readiness *f, const struct shvm_check *found,
			struct shvm_err *err);
/* Adds a rule that was reported as an error. */
int readiness_add_err(struct readiness *f, uint64_t offset,
		      const struct shvm_err *why, struct shvm_err *err);
/* Is there one for this rule already? */
bool readiness_has(const struct readiness *f, const char *id);
/* Adds all other rules of the type: kept, or unknown if a requirement is not met. */
int readiness_add_others(struct readiness *f, enum shvm_disk_type type,
			 struct shvm_err *err);

/* The input of the rules. */
struct readiness_input {
	struct shvm_disk *disk;
	const struct shvm_disk_info *info;
	const struct shvm_partition *esp, *os; /* NULL: none */
	const struct shvm_guest_facts *facts;
	const struct buf *conf; /* bytes of lsvmconf */
	const char *catalog;	/* description of the disk's catalog, or NULL */
	const struct shvm_volume *volumes;
	size_t volume_count;
	int64_t until; /* base/clock.h: deadline for trying LUKS */
};

int readiness_file(const struct readiness_input *in, struct readiness *f,
		   struct shvm_err *err);
/* Of the boot loader on the ESP, for every type. */
int readiness_esp(const struct readiness_input *in, struct readiness *f,
		  struct shvm_err *err);
int readiness_windows(const struct readiness_input *in, struct readiness *f,
		      struct shvm_err *err);
int readiness_linux(const struct readiness_input *in, struct readiness *f,
		    struct shvm_err *err);
/* For a plain Linux only the boot loaders; its root is not encrypted. */
int readiness_plain(const struct readiness_input *in, struct readiness *f,
		    struct shvm_err *err);
/* After one of these two, with the facts of the root file system. */
int readiness_root(const struct readiness_input *in, enum shvm_disk_type type,
		   struct readiness *f, struct shvm_err *err);

/*
 * For signing: may this disk become a template? SHVM_E_UNSUPPORTED with the first
 * rule as reason if there is an error that ignore does not name; the message names
 * the others. ignore has passed readiness_check_names(). Otherwise put (may be
 * NULL) is called with each warning, each ignored error and each rule that could
 * not be checked.
 */
int readiness_check_template(struct shvm_disk *disk, enum shvm_disk_type type,
			     const char *const *ignore, size_t ignore_count,
			     shvm_check_fn put, void *ctx,
			     struct shvm_err *err);

#endif
