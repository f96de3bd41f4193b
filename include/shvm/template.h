/* SPDX-License-Identifier: MIT */
/*
 * Templates: sign a disk or its OS volumes, embed the catalog, and later check
 * whether the signed bytes have changed. C99 and C++ clean.
 */
#ifndef SHVM_TEMPLATE_H
#define SHVM_TEMPLATE_H

#include <shvm/digest.h>
#include <shvm/disk.h>
#include <shvm/trust.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	SHVM_CATALOG_NAME_MAX = 255,
	SHVM_CATALOG_VOLUMES_MAX = 1024,
	SHVM_CATALOG_REGIONS_MAX = SHVM_CATALOG_VOLUMES_MAX + 2,
	SHVM_PARTITION_NAME_MAX = 36 * 3 /* bytes of UTF-8 */
};

/* A partition whose bytes are signed, and its entry in the table. */
struct shvm_catalog_volume {
	enum shvm_role role;
	uint32_t number; /* from 1, as sgdisk counts */
	struct shvm_guid guid, type_guid;
	uint64_t offset, size; /* bytes */
	uint64_t attributes;   /* as in the GPT */
	char name[SHVM_PARTITION_NAME_MAX + 1];
	struct shvm_signed_digest digest;
};

/* Bytes outside the partitions that are signed and are not zeros: LBA 0, and
 * gaps. */
struct shvm_catalog_region {
	uint64_t offset, size; /* bytes */
	struct shvm_signed_digest digest;
};

/*
 * A catalog as read. That a value is in here does not mean that it is trusted.
 */
struct shvm_catalog_info {
	char name[SHVM_CATALOG_NAME_MAX + 1]; /* of the template, UTF-8 */
	struct shvm_version version;
	enum shvm_disk_type disk_type;
	enum shvm_coverage coverage;
	struct shvm_guid disk_guid;
	uint64_t disk_size;   /* bytes */
	uint32_t sector_size; /* bytes */
	/* Of the GPT, by SHVM_COVERAGE_DISK only: LBAs, and how many entries
	 * the array has */
	uint64_t first_usable, last_usable;
	uint32_t entry_count;
	const struct shvm_catalog_volume *volumes; /* by offset */
	size_t volume_count;
	const struct shvm_catalog_region *regions; /* by offset */
	size_t region_count;
	uint8_t content_sha256[32]; /* of the bytes that are signed */
	struct shvm_cert_info signer;
	int64_t signing_time; /* Unix time; 0: not stated */
	int64_t timestamp;    /* RFC 3161 token's time; 0: none */
};

struct shvm_catalog;

/**
 * shvm_catalog_info() - the catalog's contents
 * @catalog: a catalog, to which the result belongs
 */
SHVM_API const struct shvm_catalog_info *shvm_catalog_info(
	const struct shvm_catalog *catalog);

/**
 * shvm_catalog_der() - the bytes of a .vsc file
 * @catalog: a catalog, to which the result belongs
 * @ret_len: receives how many
 */
SHVM_API const uint8_t *shvm_catalog_der(const struct shvm_catalog *catalog,
					 size_t *ret_len);

/**
 * shvm_catalog_free() - release a catalog
 * @catalog: the catalog; NULL is fine
 */
SHVM_API void shvm_catalog_free(struct shvm_catalog *catalog);

/**
 * shvm_catalog_decode() - a catalog from memory
 * @der: the bytes of a .vsc file; copied
 * @len: how many
 * @ret: receives the catalog; release it with shvm_catalog_free()
 *
 * The signature must verify with the certificate inside; whether that signer
 * is trusted is for shvm_template_verify().
 *
 * Errors: SHVM_E_FORMAT, "bad-catalog"; SHVM_E_VERIFY, "bad-signature";
 *         SHVM_E_NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_catalog_decode(const uint8_t *der, size_t len,
						 struct shvm_catalog **ret,
						 struct shvm_err *err);

/**
 * shvm_catalog_from_disk() - the catalog that a disk contains
 * @disk: an open disk
 * @ret: receives the catalog; release it with shvm_catalog_free()
 *
 * Errors: as shvm_catalog_decode(), and SHVM_E_FORMAT with reason "no-catalog".
 */
SHVM_API SHVM_MUST_CHECK int shvm_catalog_from_disk(struct shvm_disk *disk,
						    struct shvm_catalog **ret,
						    struct shvm_err *err);

/**
 * shvm_catalog_load() - the catalog of a .vsc file, or of an image of a disk
 * @path: a .vsc file, also a pipe; or a file that begins like an image
 * @params: how to open the image; NULL: the defaults
 * @ret: receives the catalog; release it with shvm_catalog_free()
 *
 * Errors: as shvm_catalog_from_disk() and shvm_disk_open().
 */
SHVM_API SHVM_MUST_CHECK int shvm_catalog_load(
	const char *path, const struct shvm_disk_params *params,
	struct shvm_catalog **ret, struct shvm_err *err);

/* A catalog that was signed; 0, or a negative SHVM_E_* with err filled in. */
typedef int (*shvm_catalog_fn)(void *ctx, const struct shvm_catalog *catalog,
			       struct shvm_err *err);

/* Start as { 0 }, then set the fields without a default. */
struct shvm_sign_params {
	enum shvm_disk_type disk_type; /* default SHVM_DISK_WINDOWS */
	enum shvm_coverage coverage;   /* default SHVM_COVERAGE_DISK */
	const char *cert_file; /* signer and chain, any order; NULL: from the
				  PKCS#12 that contains the key */
	struct shvm_key_source cert_source; /* when cert_file is a PKCS#12 */
	struct shvm_key_source key;
	const char *template_name;   /* UTF-8, not empty */
	struct shvm_version version; /* default 0.0.0.0 */
	struct shvm_digest_params digest;
	struct shvm_tree_output tree; /* path NULL: no tree */
	bool replace; /* protect: an existing catalog is replaced */
	const char *timestamp_url;     /* RFC 3161 authority, http:// or
				      https://; NULL: no timestamp, no
				      network. A proxy set in the environment
				      is used */
	const char *timestamp_ca_file; /* a file: the CAs of its https://
					  server; NULL: the system's CAs */
	int64_t signing_time;	       /* Unix time; 0: now */
	const char *eku; /* OID that the certificate's extended key usage must
			    have; NULL: codeSigning or any, if it has one */
	const char *const *ignore; /* rules of <shvm/guest.h> that the disk may
				      break */
	size_t ignore_count;
	shvm_check_fn check; /* called before the hashing with each warning,
				each ignored error and what is unknown; or
				NULL */
	void *check_ctx;
	shvm_catalog_fn keep; /* called last: write the catalog. Its failure
				 fails the call, which undoes the tree file
				 and the change of the disk */
	void *keep_ctx;
	uint64_t reserved[4]; /* zeros */
};

/**
 * shvm_template_sign() - hash a template disk and sign the result
 * @disk: an open disk; files that the caller will write, other than the tree
 *         file, are checked by shvm_disk_open()
 * @params: what to sign with and what to write; not kept after the call
 * @ret: receives the catalog; release it with shvm_catalog_free()
 *
 * Key, certificate and name are checked before any hashing starts; the key
 * makes a trial signature. So are the rules of shvm_disk_inspect(): an error
 * that @params->ignore does not name is refused. The tree file appears after
 * everything is hashed and signed; after a failure an existing one is
 * unchanged.
 *
 * By SHVM_COVERAGE_DISK the partition table has to be canonical; each deviation
 * is passed to @params->check.
 *
 * Units:   progress counts bytes of what is signed, total is their sum.
 * Threads: safe to call at once on different disks; forks to look inside.
 * Errors:  SHVM_E_IO, _FORMAT, _UNSUPPORTED (also with the first broken rule
 *          as reason, "gpt-not-canonical", "undefined-blocks"), _CRYPTO
 *          (reasons "weak-key",
 *          "key-type", "key-usage", "expired", "not-yet-valid",
 *          "key-mismatch", "wrong-passphrase", "no-passphrase", "no-token",
 *          "no-key", "ambiguous-key", "no-module", "CKR_..."), _NETWORK
 *          (the timestamp),
 *          _VERIFY (reason "tls": its server's certificate), _CANCELLED,
 *          _ARG, _NOMEM.
 * Source:  RFC 5652, RFC 5035, RFC 3161. The catalog's layout is ours
 *          (docs/FORMAT-VSC.md); Microsoft's is not public.
 */
SHVM_API SHVM_MUST_CHECK int shvm_template_sign(
	struct shvm_disk *disk, const struct shvm_sign_params *params,
	struct shvm_catalog **ret, struct shvm_err *err);

/**
 * shvm_template_protect() - sign a VHDX and embed the catalog
 * @disk_file: a VHDX that is not a differencing disk
 * @how: how to open it; NULL: the defaults
 * @params: as for shvm_template_sign()
 * @ret: receives the catalog; release it with shvm_catalog_free()
 * @ret_replayed: was a dirty log replayed into the file?
 *
 * The disk is locked from before the hashing to the end. When everything else
 * has succeeded and the disk is unchanged since it was hashed, the catalog is
 * embedded, safe against a crash at any write, and read back. After a failure
 * the disk has its previous catalog, or none, also if @params->keep has failed;
 * but not if the text begins with "the old state is not restored".
 *
 * Errors: also SHVM_E_IO with reason "in-use" or "changed", SHVM_E_ARG with
 *         reason "has-catalog".
 */
SHVM_API SHVM_MUST_CHECK int shvm_template_protect(
	const char *disk_file, const struct shvm_disk_params *how,
	const struct shvm_sign_params *params, struct shvm_catalog **ret,
	bool *ret_replayed, struct shvm_err *err);

/**
 * shvm_template_unprotect() - remove the catalog from a VHDX
 * @disk_file: a VHDX; without a catalog it is not written to
 *
 * Errors: SHVM_E_FORMAT, also with reason "no-catalog"; SHVM_E_IO (also
 *         reason "in-use"), _UNSUPPORTED, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_template_unprotect(const char *disk_file,
						     struct shvm_err *err);

/* Start as { 0 }. */
struct shvm_verify_params {
	bool allow_differencing;    /* else a disk with a parent is refused */
	enum shvm_coverage require; /* a catalog that covers less is refused */
	uint32_t sample;       /* only this many random blocks of each part,
			    checked with the tree file; 0: everything */
	const char *tree_file; /* the tree file written when the disk was
				  signed, to report what changed; NULL: none */
	struct shvm_digest_params digest; /* all but algorithm and block size,
					     which are the catalog's */
	uint64_t reserved[4];		  /* zeros */
};

enum shvm_part {
	SHVM_PART_VOLUME,
	SHVM_PART_LBA0,	 /* the protective MBR and boot code */
	SHVM_PART_TABLE, /* a copy of the GPT: compared byte by byte */
	SHVM_PART_GAP,	 /* bytes outside the partitions */
};

/* One of the parts of a disk, or of its signed bytes. */
struct shvm_part_result {
	enum shvm_part part;
	enum shvm_role role;   /* of a volume */
	uint32_t number;       /* of a volume: as sgdisk counts */
	uint64_t offset, size; /* bytes of the disk */
	bool checked, match;   /* checked: all of it was read */
	/* hash_size is 0 of a table, and of zeros not yet compared */
	struct shvm_signed_digest expected;
	uint8_t actual[SHVM_HASH_SIZE_MAX]; /* when it was checked */
	struct shvm_changes changes; /* where, when a tree file was given */
	uint64_t reserved[4];	     /* zeros */
};

/* Result of shvm_template_verify(); release it with the function below. */
struct shvm_verify_result {
	/* Yes when trusted. A sample is never trusted; one without a change has
	 * no reason, and its parts are unknown. */
	struct shvm_verdict verdict;
	bool sampled; /* only a sample was read */
	/* What the disk was compared with; NULL where none could be read */
	const struct shvm_catalog *catalog;
	struct shvm_catalog *own_catalog; /* the disk's, if it was read */
	/*
	 * By offset. With SHVM_COVERAGE_DISK they are the whole disk, without
	 * gaps
	 */
	struct shvm_part_result *parts;
	size_t part_count;
	/* Bytes of the disk that match the signed digests; all others */
	uint64_t bytes_covered, bytes_uncovered;
	uint64_t reserved[4]; /* zeros */
};

/**
 * shvm_verify_result_done() - release the result of shvm_template_verify()
 * @result: what it filled, or { 0 }
 */
SHVM_API void shvm_verify_result_done(struct shvm_verify_result *result);

/**
 * shvm_template_verify() - is the disk unchanged since it was signed?
 * @disk: an open disk
 * @catalog: what it is compared with, which must outlive the result; NULL: the
 *           catalog that it contains
 * @trust: which signers are trusted; at least one certificate or CA
 * @params: how; NULL for the defaults
 * @ret: receives the verdict; release it with shvm_verify_result_done()
 *
 * The checks run in the order of docs/FORMAT-VSC.md and stop at the first that
 * fails: no-catalog, bad-catalog, bad-signature, untrusted-signer,
 * certificate-expired, coverage, differencing, layout-changed,
 * undefined-blocks, digest-mismatch. The verdict is about the bytes that were
 * read, at that time.
 *
 * Units:  progress counts bytes of what is signed, total is their sum.
 * Threads: safe to call at once, also on one disk.
 * Errors: SHVM_E_IO (reason "changed": the disk was written to meanwhile),
 *         _FORMAT, _UNSUPPORTED (the disk), _CRYPTO, _ARG (certificates),
 *         _CANCELLED, _NOMEM.
 *
 * Return: 0 when a verdict was reached, yes or no; a negative code when
 *         none could be reached (I/O, a damaged image, wrong parameters).
 */
SHVM_API SHVM_MUST_CHECK int shvm_template_verify(
	struct shvm_disk *disk, const struct shvm_catalog *catalog,
	const struct shvm_trust *trust, const struct shvm_verify_params *params,
	struct shvm_verify_result *ret, struct shvm_err *err);

#ifdef __cplusplus
}
#endif

#endif
