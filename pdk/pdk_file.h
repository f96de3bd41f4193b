/* SPDX-License-Identifier: MIT */
/* A shielding data file in memory: decoded, checked, unlocked. */
#ifndef PDK_PDK_FILE_H
#define PDK_PDK_FILE_H

#include "pdk/body.h"
#include "pdk/container.h"
#include "pdk/fabric.h"
#include "pdk/protector.h"

struct shvm_pdk {
	char *name; /* for messages: its path */
	struct buf file;
	struct container container; /* views into file */
	struct shvm_protector *protector;
	struct secret *transport_key; /* NULL: not unlocked */
	struct body body;	      /* once unlocked */
	struct qualifiers published;
	size_t wrapping; /* index of the one that the key opened */
	/* Results of pdk_file_decode(), since the bytes do not change; code 0:
	 * good. */
	struct shvm_err protector_why, signature_why;

	struct shvm_pdk_info info; /* points into the following members */
	struct shvm_qualifier_info *qualifiers;
	struct body_lists lists;
};
AUTO_DEFINE(pdk_ptr, struct shvm_pdk *, shvm_pdk_free);

/* Takes ownership of file. SHVM_E_FORMAT "bad-pdk" or "bad-protector". The owner's
 * signature is checked, but may be bad. */
int pdk_file_decode(struct buf *file, const char *what, struct shvm_pdk **ret,
		    struct shvm_err *err);

/* The checks that do not need a key, each with its reason. */
int pdk_file_check_protector(const struct shvm_pdk *pdk, struct shvm_err *err);
int pdk_file_check_signature(const struct shvm_pdk *pdk, struct shvm_err *err);
/* Is it this owner's file? "bad-owner-signature" names the actual owner. */
int pdk_file_check_fingerprint(const struct shvm_pdk *pdk,
			       const char *fingerprint, struct shvm_err *err);

/*
 * Unwrap the transport key, then decrypt and decode the body and compare it with
 * the unencrypted sections; protector and signature must have been checked.
 */
int pdk_file_unwrap(struct shvm_pdk *pdk, EVP_PKEY *key, struct shvm_err *err);
int pdk_file_open_body(struct shvm_pdk *pdk, struct shvm_err *err);
/* All of these in order; messages do not name the file. */
int pdk_file_unlock(struct shvm_pdk *pdk, EVP_PKEY *key, struct shvm_err *err);

/* SHVM_E_ARG for a plan, which is not a file. */
int pdk_file_check_made(const struct shvm_pdk *pdk, struct shvm_err *err);

/* From the first wrapping: pdk_file_check_protector() ensures that it is the
 * owner's. */
X509 *pdk_file_owner_cert(const struct shvm_pdk *pdk);

/* pdk_info.c: fill the info again from the current state, except for the results
 * of signature checks. */
int pdk_describe(struct shvm_pdk *pdk, struct shvm_err *err);
void pdk_describe_done(struct shvm_pdk *pdk);

#endif
