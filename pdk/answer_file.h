/* SPDX-License-Identifier: MIT */
/* An answer file as its owner has it: which system it is for, in UTF-8. */
#ifndef PDK_ANSWER_FILE_H
#define PDK_ANSWER_FILE_H

#include "base/xml.h"
#include "pdk/note.h"
#include "pdk/placeholder.h"

#define UNATTEND_NS "urn:schemas-microsoft-com:unattend"
#define LINUX_NS "http://www.microsoft.com/schema/linuxvmmst"

enum answer_system {
	ANSWER_WINDOWS,	  /* unattend */
	ANSWER_LINUX,	  /* LinuxOSSpecialization */
	ANSWER_CLOUD_INIT /* user-data, which is YAML; the others are XML */
};

/*
 * The text in UTF-8 without a byte order mark. UTF-16 with one is converted;
 * a declaration then says UTF-8. It must be well-formed XML whose root is one of
 * the two, or what user_data_check() accepts. ret starts empty and is set to
 * wipe.
 *
 * SHVM_E_FORMAT with reason "answer-file-invalid" otherwise: the text says what
 * to save the file as.
 */
int answer_file_read(const void *data, size_t len, struct buf *ret,
		     enum answer_system *ret_system, struct shvm_err *err);

/* Is it user-data of cloud-init, and not XML? As answer_file_read() decided. */
bool answer_is_user_data(const struct buf *text);

/* How values go into it. */
static inline enum placeholder_form answer_form(const struct buf *text)
{
	return answer_is_user_data(text) ? PLACEHOLDER_YAML : PLACEHOLDER_XML;
}

/* The tree of XML that answer_file_read() returned. */
int answer_file_parse(const struct buf *text, struct xml_doc **ret,
		      enum answer_system *ret_system, struct shvm_err *err);

/*
 * Values that Windows Setup, or the agent for Linux, refuses. Known wrong ones
 * are SHVM_E_VERIFY with reason "value-refused"; what is not known is a
 * warning. final: no value has a placeholder any more; without it those that
 * have one are left out. User-data is checked as a whole again.
 */
int answer_values_check(const struct buf *text, bool final,
			const struct notes *notes, struct shvm_err *err);

#endif
