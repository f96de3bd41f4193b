/* SPDX-License-Identifier: MIT */
/*
 * The canonical bytes of a GPT: both copies follow from a few values, so that
 * the values determine every byte. The bytes of a disk are compared with them.
 */
#ifndef DISK_GPT_ENCODE_H
#define DISK_GPT_ENCODE_H

#include "base/checks.h"
#include "disk/gpt.h"

/*
 * All values of a table. Of the entries number, GUIDs, LBAs, attributes and
 * name count; numbers are 1 to entry_count, each once.
 */
struct gpt_values {
	uint32_t sector_size; /* bytes, 512 or 4096 */
	uint64_t sectors;     /* of the disk */
	struct shvm_guid disk_guid;
	uint64_t first_usable_lba, last_usable_lba;
	uint32_t entry_count;
	const struct gpt_entry *entries; /* used ones */
	size_t count;
};

enum gpt_copy {
	GPT_PRIMARY, /* header in LBA 1, then the entries */
	GPT_BACKUP   /* the entries, then the header in the last LBA */
};

/*
 * Is there room for both copies outside of the usable range, and is the array
 * within our limits? false: ret_what is the beginning of an error text.
 */
bool gpt_values_fit(const struct gpt_values *v, const char **ret_what);

/* Where the bytes of a copy are: one piece, header and entries. */
uint64_t gpt_copy_at(const struct gpt_values *v, enum gpt_copy copy);
size_t gpt_copy_size(const struct gpt_values *v);

/*
 * The bytes of a copy, gpt_copy_size() of them: revision 1.0, a header of 92
 * bytes, entries of 128, names filled with zeros, all else zeros. SHVM_E_ARG
 * for a name that does not fit in 36 UTF-16 units.
 */
int gpt_encode(const struct gpt_values *v, enum gpt_copy copy, uint8_t *ret,
	       struct shvm_err *err);

/*
 * Both copies of a disk of this size and sectors, compared with the bytes that
 * gpt_encode() creates: for each field that differs a failed check with this
 * id, which names copy, entry and field. CRCs are reported only if nothing else
 * in the copy differs.
 */
int gpt_check_copies(struct source *disk, const struct gpt_values *v,
		     const char *id, struct checks *ret, struct shvm_err *err);

/*
 * The form of LBA 0 that is signed. A sector with one protective record (0xEE,
 * from LBA 1) and three of zeros whose size field has one of the two values
 * that mean the whole disk gets the value min(sectors - 1, 0xFFFFFFFF); every
 * other sector stays as it is. False: it is not a plain protective MBR.
 */
bool gpt_lba0_canonical(uint8_t *sector, uint64_t sectors);

#endif
