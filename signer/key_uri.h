/* SPDX-License-Identifier: MIT */
/* "pkcs11:" URIs (RFC 7512) for the engine, which supports a part of them. */
#ifndef SIGNER_KEY_URI_H
#define SIGNER_KEY_URI_H

#include "base/auto.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum key_uri_part {
	KEY_URI_TOKEN,
	KEY_URI_MANUFACTURER,
	KEY_URI_MODEL,
	KEY_URI_SERIAL,
	KEY_URI_OBJECT,
	KEY_URI_ID,
	KEY_URI_TYPE,
	KEY_URI_PARTS,
};

/* Start as { 0 }. */
struct key_uri {
	char *path;		    /* without the query, for the engine */
	char *module;		    /* of the query, decoded; or NULL */
	char *parts[KEY_URI_PARTS]; /* decoded (id: as in the URI), or NULL */
};

/*
 * SHVM_E_ARG for an attribute that the engine does not support (slot-id,
 * library-version), a duplicate one, and for another type than the wanted one.
 */
int key_uri_parse(const char *uri, bool want_key, struct key_uri *ret,
		  struct shvm_err *err);
void key_uri_done(struct key_uri *u);

/*
 * Is the URI unambiguous? Without an id the engine uses the first object that
 * matches. If several in the matching tokens match: SHVM_E_CRYPTO "ambiguous-key"
 * with their ids. Called after the engine has logged in. It is not an error if
 * objects cannot be listed.
 */
int key_uri_check_one(const char *uri, const struct key_uri *u, bool want_key,
		      struct shvm_err *err);

#endif
