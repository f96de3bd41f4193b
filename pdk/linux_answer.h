/* SPDX-License-Identifier: MIT */
/* What a LinuxOSSpecialization document says, for other forms of it. */
#ifndef PDK_LINUX_ANSWER_H
#define PDK_LINUX_ANSWER_H

#include "base/xml.h"
#include "pdk/network.h"

enum {
	LINUX_USERS = 16 /* ours */
};

/* Texts belong to the document; NULL: there is none. */
struct linux_user {
	const char *name, *password, *ssh_key; /* password: base64 */
};

/* Start as { 0 }. */
struct linux_answer {
	const char *host_name;
	struct linux_user users[LINUX_USERS];
	size_t user_count;
	struct network network;
};

/*
 * All of a document whose placeholders were replaced. SHVM_E_VERIFY with reason
 * "answer-file-invalid" for an element that is not known or is there twice: it
 * would be lost.
 */
int linux_answer_read(struct xml_doc *doc, struct linux_answer *ret,
		      struct shvm_err *err);

#endif
