/* SPDX-License-Identifier: MIT */
/*
 * The canonical bytes of a GPT: both copies follow from a few values, so that
 * who knows the values knows every byte. What a disk has is compared with them.
 */
#ifndef DISK_GPT_ENCODE_H
#define DISK_GPT_ENCODE_H

#include "base/checks.h"
#include "disk/gpt.h"

/*
 * All that a table says. Of the entries number, GUIDs, LBAs, attributes and
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
 * Is there room for both copies beside the usable range, and is the array
 * within our limits? false: ret_what tells, for a text that begins so.
 */
bool gpt_values_fit(const struct gpt_values *v, const char **ret_what);

/* Where the bytes of a copy are: one piece, header and entries. */
uint64_t gpt_copy_at(const struct gpt_values *v, enum gpt_copy copy);
size_t gpt_copy_size(const struct gpt_values *v);

/*
 * The bytes of a copy, gpt_copy_size() of them: revision 1.0, a header of 92
 * bytes, entries of 128, names filled with zeros, all else zeros. SHVM_E_ARG
 * for a name that has no form of 36 units of UTF-16.
 */
int gpt_encode(const struct gpt_values *v, enum gpt_copy copy, uint8_t *ret,
	       struct shvm_err *err);

/*
 * Both copies of a disk of this size and sectors, held against the bytes that
 * gpt_encode() makes: for each field that differs a failed check of this id,
 * which names copy, entry and field. CRCs are told only when nothing else of
 * the copy differs.
 */
int gpt_check_copies(struct source *disk, const struct gpt_values *v,
		     const char *id, struct checks *ret, struct shvm_err *err);

/*
 * The form of LBA 0 that is signed. A sector with one protective record (0xEE,
 * from LBA 1) and three of zeros whose size field has one of the two values
 * that stand for the whole disk gets the value min(sectors - 1, 0xFFFFFFFF);
 * every other sector stays as it is. False: it is no plain protective MBR.
 */
bool gpt_lba0_canonical(uint8_t *sector, uint64_t sectors);

#endif
