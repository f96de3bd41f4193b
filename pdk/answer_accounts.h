/* SPDX-License-Identifier: MIT */
/* The passwords of accounts in an answer file, and their positions in its text. */
#ifndef PDK_ANSWER_ACCOUNTS_H
#define PDK_ANSWER_ACCOUNTS_H

#include "base/buf.h"

enum account_kind {
	ACCOUNT_ADMINISTRATOR, /* UserAccounts/AdministratorPassword */
	ACCOUNT_LOCAL,	       /* UserAccounts/LocalAccounts/LocalAccount */
	ACCOUNT_OFFLINE_ADMINISTRATOR, /* the same of OfflineUserAccounts */
	ACCOUNT_OFFLINE_LOCAL,
	ACCOUNT_LOGON, /* AutoLogon: a copy of an account's password */
	ACCOUNT_LINUX  /* Users/User */
};

/* A found element: with its tags, and its content between them. */
struct element {
	size_t count; /* number of occurrences; the positions are those of the last */
	size_t from, to, inner_from, inner_to;
	size_t prefix, prefix_len; /* of its name, with the colon */
};

struct account {
	enum account_kind kind;
	unsigned int line;
	struct element name, domain, value, plain;
	char *user;	/* UTF-8; an AutoLogon's without ".\" */
	bool is_domain; /* of a domain, not of this VM */
};

/* Start as { 0 }. */
struct accounts {
	struct account *items;
	size_t count;
	struct element computer; /* the last ComputerName */
};
void accounts_done(struct accounts *a);

/* "AdministratorPassword" and so on, for messages. */
const char *account_element(const struct account *a);

/* Does the account have its own password in the file? */
bool account_sets_password(const struct account *a);

/*
 * Find all accounts in a text of answer_file_read(). SHVM_E_FORMAT for a password
 * that appears twice in one account or contains an element.
 */
int accounts_find(const struct buf *text, struct accounts *ret,
		  struct shvm_err *err);

#endif
