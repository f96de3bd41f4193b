/* SPDX-License-Identifier: MIT */
/* The passwords of accounts in an answer file, and where in its text they are. */
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

/* An element that was found: its tags included, and what is between them. */
struct element {
	size_t count; /* how often it is there; the places are the last's */
	size_t from, to, inner_from, inner_to;
	size_t prefix, prefix_len; /* of its name, with the colon */
};

struct account {
	enum account_kind kind;
	unsigned int line;
	struct element name, domain, value, plain;
	char *user;	/* UTF-8; an AutoLogon's without ".\" */
	bool is_domain; /* of a domain, not of this machine */
};

/* Start as { 0 }. */
struct accounts {
	struct account *items;
	size_t count;
	struct element computer; /* the last ComputerName */
};
void accounts_done(struct accounts *a);

/* "AdministratorPassword" and so on, for texts. */
const char *account_element(const struct account *a);

/* Has the account a password in the file, which is its own? */
bool account_sets_password(const struct account *a);

/*
 * All of them in a text of answer_file_read(). SHVM_E_FORMAT for a password
 * that is there twice in one account, or has an element in it.
 */
int accounts_find(const struct buf *text, struct accounts *ret,
		  struct shvm_err *err);

#endif
