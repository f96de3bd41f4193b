/* SPDX-License-Identifier: MIT */
/* Shared by the protector_*.c files only. */
#ifndef PDK_PROTECTOR_INTERNAL_H
#define PDK_PROTECTOR_INTERNAL_H

#include "pdk/key_id.h"
#include "pdk/kps_xml.h"
#include "pdk/protector.h"

/* HKDF's info of the key for the TransportKeySignature (formats section 4). */
#define PROTECTOR_MAC_INFO "shvm protector mac 1"

enum {
	PROTECTOR_MAC_KEY = 32,		/* bytes */
	PROTECTOR_WRAPPINGS_MAX = 1024, /* our limit */
	PROTECTOR_SIZE_MAX = 8 << 20,	/* bytes of XML; our limit */
	PROTECTOR_KEYS_MAX = 2 * PROTECTOR_WRAPPINGS_MAX, /* of 4096 bits */
	/* The text form has up to five characters per byte, twice that in UTF-16. */
	PROTECTOR_FILE_MAX = 10 * PROTECTOR_SIZE_MAX,
};
#define PROTECTOR_WORK_MAX (PROTECTOR_KEYS_MAX * UINT64_C(4096) * 4096)

/* EncryptedData_T: the transport key for one wrapping. */
struct wrapped_key {
	char *uri;
	struct oaep oaep; /* valid when problem is empty */
	char problem
		[200]; /* why it cannot be used, e.g. an unknown algorithm */
	struct buf value;
};

struct wrapping {
	uint32_t id, parent;
	X509 *signing, *encryption;
	struct buf signing_der, encryption_der;
	struct signature signing_sig;	 /* by the parent */
	struct signature encryption_sig; /* by the own signing key */
	struct wrapped_key transport;
};

struct shvm_protector {
	struct wrapping *items;
	size_t count;
	char *max_offline_unwraps; /* unchanged; NULL: no attribute */
	char *kdf_uri;
	bool kdf_has_parameters;
	struct signature mac;	   /* TransportKeySignature */
	uint32_t signer;	   /* GuardianSignature's WrappingId */
	struct signature guardian; /* GuardianSignature */
	struct buf canon; /* the Wrappings, which both signatures cover */
	struct buf xml;	  /* the document, exactly */
	struct shvm_protector_info info;
	struct shvm_wrapping_info *wrappings; /* for the info, one per item */
};

void wrapping_done(struct wrapping *w);

int protector_alloc(size_t count, struct shvm_protector **ret,
		    struct shvm_err *err);

/* Fill the info from the other members. */
int protector_describe(struct shvm_protector *p, struct shvm_err *err);

/* Replace the URI of an algorithm by a copy of this one. */
int protector_set_uri(char **at, const char *uri, struct shvm_err *err);

/* Index of the wrapping with this id, or SIZE_MAX. */
size_t protector_find(const struct shvm_protector *p, uint32_t id);

/* protector_build.c: the document from its parts, deterministically. */
int protector_build(const struct shvm_protector *p, struct buf *ret,
		    struct shvm_err *err);
/* Sign the Wrappings with the owner's key and the transport key, and write
 * the document. Everything but canon, xml and signatures is filled in. */
int protector_seal(struct shvm_protector *p, uint32_t signer,
		   EVP_PKEY *signing_key, const struct secret *key,
		   struct shvm_err *err);

/* protector_wrap.c: set the guardian; then the signatures (the parent's key signs
 * the certificate) and the transport key. */
void protector_name(struct wrapping *w, const struct shvm_guardian *g,
		    uint32_t id, uint32_t parent);
int protector_wrap(struct wrapping *w, const struct shvm_guardian *g,
		   EVP_PKEY *parent_key, const struct secret *blob,
		   struct shvm_err *err);
int protector_wrap_key(struct wrapping *w, const struct secret *blob,
		       struct shvm_err *err);

/*
 * protector_roles.c: for each wrapping whose signing key is also an encryption key in
 * the protector, the index of that wrapping; otherwise SIZE_MAX.
 */
int protector_find_mixed(const struct shvm_protector *p, size_t *ret,
			 struct shvm_err *err);
/* SHVM_E_ARG if two of them, or one of them and the owner, share a key. */
int protector_check_distinct(const struct shvm_guardian *owner,
			     const struct shvm_guardian *const *guardians,
			     size_t count, struct shvm_err *err);
/* Guardians to add: none is in the protector already or given twice. */
int protector_check_new(const struct shvm_protector *p,
			const struct shvm_guardian *const *guardians,
			size_t count, struct shvm_err *err);
/* Mark the wrappings to remove. */
int protector_find_revoked(const struct shvm_protector *p,
			   const struct shvm_revocation *who, bool *gone,
			   struct shvm_err *err);

/* protector_key.c: a random transport key and its version 1 blob. */
int protector_key_new(struct secret **ret_key, struct secret **ret_blob,
		      struct shvm_err *err);
int protector_blob_encode(const struct secret *key, struct secret **ret,
			  struct shvm_err *err);
int protector_blob_decode(const struct secret *blob, struct secret **ret_key,
			  struct shvm_err *err);
/* The MAC over the Wrappings with the protector's algorithms. */
int protector_mac(const struct shvm_protector *p, const struct secret *key,
		  uint8_t ret[static ALGORITHM_MAC_MAX], size_t *ret_len,
		  struct shvm_err *err);
int protector_check_mac(const struct shvm_protector *p,
			const struct secret *key, struct shvm_err *err);
/* Unwrap; ret_blob (may be NULL) receives the unwrapped blob. */
int protector_unwrap(const struct shvm_protector *p, EVP_PKEY *key,
		     size_t *ret_wrapping, struct secret **ret_blob,
		     struct secret **ret_key, struct shvm_err *err);

/* Does it use exactly the algorithms that we write? */
bool protector_is_ours(const struct shvm_protector *p);

#endif
