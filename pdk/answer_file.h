/* SPDX-License-Identifier: MIT */
/* An answer file as its owner has it: which system it is for, in UTF-8. */
#ifndef PDK_ANSWER_FILE_H
#define PDK_ANSWER_FILE_H

#include "base/xml.h"
#include "pdk/note.h"

#define UNATTEND_NS "urn:schemas-microsoft-com:unattend"
#define LINUX_NS "http://www.microsoft.com/schema/linuxvmmst"

enum answer_system {
	ANSWER_WINDOWS, /* unattend */
	ANSWER_LINUX	/* LinuxOSSpecialization */
};

/*
 * The text in UTF-8 without a byte order mark. UTF-16 with one is converted;
 * a declaration then says UTF-8. It must be well-formed, and its root one of
 * the two. ret starts empty and is set to wipe.
 *
 * SHVM_E_FORMAT with reason "answer-file-invalid" otherwise: the text says what
 * to save the file as.
 */
int answer_file_read(const void *data, size_t len, struct buf *ret,
		     enum answer_system *ret_system, struct shvm_err *err);

/* The tree of what answer_file_read() returned. */
int answer_file_parse(const struct buf *text, struct xml_doc **ret,
		      enum answer_system *ret_system, struct shvm_err *err);

/*
 * Values that Windows Setup, or the agent for Linux, refuses. Known wrong ones
 * are SHVM_E_VERIFY with reason "value-refused"; what is not known is a
 * warning. final: no value has a placeholder any more; without it those that
 * have one are left out.
 */
int answer_values_check(const struct buf *text, bool final,
			const struct notes *notes, struct shvm_err *err);

#endif
