/* SPDX-License-Identifier: MIT */
/*
 * Shielding data files (PDK): create, read and change them, and decide whether
 * one would provision a disk. C99 and C++ clean.
 *
 * The layout is specific to shvm (docs/FORMAT-PDK.md); Microsoft's is not
 * public. What matches and what is refused follows Microsoft's documentation.
 */
#ifndef SHVM_PDK_H
#define SHVM_PDK_H

#include <shvm/answer.h>
#include <shvm/fabric.h>
#include <shvm/guardian.h>
#include <shvm/template.h>
#include <shvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The security of a VM created from the file: New-ShieldingDataFile
 * -Policy.
 */
enum shvm_policy {
	SHVM_POLICY_ENCRYPTION_SUPPORTED,
	SHVM_POLICY_SHIELDED
};

/* For VMs created from templates, or for existing VMs. */
enum shvm_pdk_kind {
	SHVM_PDK_TEMPLATE,
	SHVM_PDK_EXISTING_VM
};

/* New-VolumeIDQualifier -VersionRule; the numbers are those of Msps_VolumeIDFilter. */
enum shvm_rule {
	SHVM_RULE_EQUALS,
	SHVM_RULE_GREATER_THAN,
	SHVM_RULE_GREATER_THAN_OR_EQUALS,
};

/**
 * shvm_policy_name() - a policy as text
 * @policy: the policy
 *
 * Return: "Shielded" or "EncryptionSupported".
 */
SHVM_API const char *shvm_policy_name(enum shvm_policy policy);

/**
 * shvm_policy_parse() - a policy from text
 * @text: a name, in either case
 * @ret: receives the policy; untouched on failure
 *
 * Errors: SHVM_E_ARG.
 */
SHVM_API SHVM_MUST_CHECK int shvm_policy_parse(const char *text,
					       enum shvm_policy *ret,
					       struct shvm_err *err);

/**
 * shvm_rule_name() - a rule as text
 * @rule: the rule
 *
 * Return: "Equals", "GreaterThan" or "GreaterThanOrEquals".
 */
SHVM_API const char *shvm_rule_name(enum shvm_rule rule);

/**
 * shvm_rule_parse() - a rule from text
 * @text: a name, in either case
 * @ret: receives the rule; untouched on failure
 *
 * Errors: SHVM_E_ARG.
 */
SHVM_API SHVM_MUST_CHECK int shvm_rule_parse(const char *text,
					     enum shvm_rule *ret,
					     struct shvm_err *err);

/**
 * shvm_rule_allows() - does a template's version satisfy a rule?
 * @rule: how to compare
 * @wanted: the version in the qualifier
 * @actual: the version of the template
 *
 * Versions are compared part by part as numbers, first part first.
 */
SHVM_API bool shvm_rule_allows(enum shvm_rule rule,
			       const struct shvm_version *wanted,
			       const struct shvm_version *actual);

/* One trusted template. */
struct shvm_qualifier_info {
	const char *name;
	struct shvm_version version;
	enum shvm_rule rule;
	enum shvm_coverage require; /* what its catalog must cover at least */
	struct shvm_cert_info signer;
	bool is_pinned; /* only the catalog whose signed content has this
			   SHA-256 */
	uint8_t content_sha256[32];
};

/* What can be read without a key, then what needs one. */
struct shvm_pdk_info {
	uint64_t size;	    /* bytes, of the file */
	uint64_t body_size; /* bytes, of the sealed body */
	enum shvm_policy policy;
	const struct shvm_protector_info *protector; /* with the guardians */
	const struct shvm_wrapping_info *owner;	     /* NULL: not exactly one */
	/*
	 * Whose signature the key protector has; NULL: none of the wrappings.
	 */
	const struct shvm_wrapping_info *protector_signer;
	bool signature_good; /* the owner's, over everything else */
	char signature_text[SHVM_MSG_SIZE]; /* why not; "" when good */
	/* Of the owner whose signature is good: valid when the file was loaded,
	 * see shvm_pdk_check_owner_certificate(). */
	bool owner_certificate_good;
	char owner_certificate_text[SHVM_MSG_SIZE]; /* why not; "" when good */
	bool qualifiers_published;
	bool is_open; /* a key opened the body; below is known only then */
	enum shvm_pdk_kind kind;
	const struct shvm_qualifier_info *qualifiers; /* also when published */
	size_t qualifier_count;
	struct shvm_file answer; /* name NULL: none */
	const struct shvm_file *files;
	size_t file_count;
	const char *const *substitute; /* names of files with placeholders */
	size_t substitute_count;
	const char *const *keys; /* placeholders that need a value */
	size_t key_count;
	/* The SSH host key that the VM will have, "TYPE BASE64", and its
	 * "SHA256:..."; NULL: the VM creates its own. Its file is one of files. */
	const char *ssh_host_key, *ssh_host_key_fingerprint;
};

struct shvm_pdk;

/**
 * shvm_pdk_load() - read a shielding data file
 * @path: the file
 * @ret: receives it; release it with shvm_pdk_free()
 *
 * The container and the protector must be well-formed. The owner's signature is
 * checked and reported in the info; loading a file does not mean to trust it.
 * Errors: SHVM_E_IO; SHVM_E_FORMAT with reason "bad-pdk" or "bad-protector";
 *         SHVM_E_NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_load(const char *path,
					   struct shvm_pdk **ret,
					   struct shvm_err *err);

/**
 * shvm_pdk_decode() - the same from memory
 * @data: the bytes, which are copied
 * @size: their number
 * @name: of the file, for texts
 * @ret: receives it; release it with shvm_pdk_free()
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_decode(const uint8_t *data, size_t size,
					     const char *name,
					     struct shvm_pdk **ret,
					     struct shvm_err *err);

/**
 * shvm_pdk_free() - release a file
 * @pdk: the file; NULL is fine
 *
 * What was decrypted is wiped.
 */
SHVM_API void shvm_pdk_free(struct shvm_pdk *pdk);

/**
 * shvm_pdk_unlock() - open the sealed body with the key of owner or guardian
 * @pdk: a file that was loaded
 * @key: a private encryption key
 *
 * Protector and owner signature are checked first.
 * Errors: SHVM_E_VERIFY with reason "bad-protector", "bad-owner-signature",
 *         "no-guardian-key", "tampered-body"; SHVM_E_CRYPTO (the key file);
 *         SHVM_E_IO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_unlock(struct shvm_pdk *pdk,
					     const struct shvm_key_source *key,
					     struct shvm_err *err);

/**
 * shvm_pdk_info() - description of a file
 * @pdk: the file
 *
 * Return: the description, which belongs to the file and is changed by
 *         shvm_pdk_unlock().
 */
SHVM_API const struct shvm_pdk_info *shvm_pdk_info(const struct shvm_pdk *pdk);

/**
 * shvm_pdk_data() - the file's bytes
 * @pdk: a file that was loaded or made
 * @ret_size: receives their number; 0 for a plan
 *
 * Return: the bytes, which belong to @pdk.
 */
SHVM_API const uint8_t *shvm_pdk_data(const struct shvm_pdk *pdk,
				      size_t *ret_size);

/**
 * shvm_pdk_protector() - its key protector
 * @pdk: a file that was loaded or made
 *
 * Return: the protector, which belongs to @pdk; shvm_protector_raw() has the
 *         bytes of Get-KeyProtectorFromShieldingDataFile.
 */
SHVM_API const struct shvm_protector *shvm_pdk_protector(
	const struct shvm_pdk *pdk);

/**
 * shvm_pdk_owner() - the owner according to the file
 * @pdk: the file
 * @ret: receives the guardian; release it with shvm_guardian_free()
 *
 * It has certificates, but no document and no keys: shvm_guardian_set_keys()
 * adds those that shvm_pdk_edit() and others need.
 * Errors: SHVM_E_VERIFY "bad-protector"; SHVM_E_NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_owner(const struct shvm_pdk *pdk,
					    struct shvm_guardian **ret,
					    struct shvm_err *err);

/* One template to trust. Start as { 0 }, then set catalog. */
struct shvm_pdk_template {
	const struct shvm_catalog *catalog;
	const char *name; /* for texts, such as its path; NULL: none */
	enum shvm_rule rule;
	/*
	 * What the catalog must cover at least to be trusted. A catalog of the
	 * whole disk is accepted in either case.
	 */
	enum shvm_coverage require;
	bool pin_content; /* only this catalog, by its signed content */
};

/*
 * The content of a file. Start as { 0 }: nothing, or for shvm_pdk_edit() no
 * changes.
 */
struct shvm_pdk_content {
	const enum shvm_policy *policy; /* NULL: EncryptionSupported */
	const struct shvm_pdk_template *templates; /* added */
	size_t template_count;
	/*
	 * Whose templates may be added: the signer of each must be trusted,
	 * unless trust_on_first_use is set. NULL: no templates.
	 */
	const struct shvm_trust *trust;
	bool trust_on_first_use;
	const struct shvm_file *answer; /* NULL: none */
	/* Further ones: added, or replacing one with the same name. */
	const struct shvm_file *files;
	size_t file_count;
	/*
	 * Files, by name, in which placeholders are also substituted; in no
	 * others. A replaced file loses this property.
	 */
	const char *const *substitute;
	size_t substitute_count;
	/* A private key in OpenSSH's format without a passphrase, for VMs with
	 * Linux; its name is ignored. Replaces an existing one.
	 * NULL: none. */
	const struct shvm_file *ssh_host_key;
	const bool *publish_qualifiers; /* readable without a key; NULL: no */
	bool no_size_limit; /* other files beyond 384 KiB together */
	shvm_note_fn note;  /* called for values that the system may refuse;
			       NULL: not called */
	void *note_ctx;
	uint64_t reserved[4]; /* zeros */
};

/**
 * shvm_ssh_key_new() - a new SSH host key
 * @ret: receives an Ed25519 private key in OpenSSH's format; release it with
 *       shvm_free() after wiping
 * @ret_size: receives the number of bytes
 *
 * Errors: SHVM_E_CRYPTO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_ssh_key_new(uint8_t **ret, size_t *ret_size,
					      struct shvm_err *err);

/* Start as { 0 }, then set owner. */
struct shvm_pdk_params {
	const struct shvm_guardian *owner;	      /* with its signing key */
	const struct shvm_guardian *const *guardians; /* may also open it */
	size_t guardian_count;
	enum shvm_pdk_kind kind;
	struct shvm_pdk_content content;
	/*
	 * Create nothing: the info of the result says what the file would
	 * contain, and it has no bytes. No key is needed for this.
	 */
	bool plan;
	uint64_t reserved[4]; /* zeros */
};

/**
 * shvm_pdk_create() - create a shielding data file
 * @params: the owner, the guardians and the content
 * @ret: receives the file, which is open; release it with shvm_pdk_free()
 *
 * A file of kind template needs an answer file and at least one template; one
 * for existing VMs has neither. Everything is checked before the first key
 * is generated, and the bytes are read back.
 * Errors: SHVM_E_ARG, _CRYPTO (keys, certificates), _VERIFY (a catalog or its
 *         signer; reasons of shvm_template_verify(), with "coverage"), _FORMAT,
 *         _IO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_create(
	const struct shvm_pdk_params *params, struct shvm_pdk **ret,
	struct shvm_err *err);

/* What to change; start as { 0 }: nothing. */
struct shvm_pdk_changes {
	struct shvm_pdk_content content;     /* added after removals */
	const char *const *remove_templates; /* names */
	size_t remove_template_count;
	const char *const *remove_files; /* names */
	size_t remove_file_count;
	/*
	 * A new password in the answer file, which is otherwise unchanged, for
	 * an account of Windows and its AutoLogon, or for root of Linux. The
	 * note says what was changed, and warns of other copies of the old
	 * password. NULL: none.
	 */
	shvm_passphrase_fn admin_password;
	void *admin_password_ctx;
	const char *account; /* of admin_password; NULL: the only one */
	shvm_passphrase_fn root_password;
	void *root_password_ctx;
	uint64_t reserved[4]; /* zeros */
};

/**
 * shvm_pdk_edit() - the same file with changed contents
 * @pdk: the file; it is not changed
 * @owner: its owner with both private keys; see shvm_pdk_owner()
 * @changes: what to change
 * @ret: receives the new file, which is open; release it with shvm_pdk_free()
 *
 * The protector is unchanged, so existing VMs keep their transport key.
 * Errors: as shvm_pdk_unlock() and shvm_pdk_create(); SHVM_E_CRYPTO when the
 *         keys are not the owner's.
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_edit(
	const struct shvm_pdk *pdk, const struct shvm_guardian *owner,
	const struct shvm_pdk_changes *changes, struct shvm_pdk **ret,
	struct shvm_err *err);

/**
 * shvm_pdk_grant() - the same file for additional guardians
 * @pdk: the file; it is not changed
 * @owner: as for shvm_pdk_edit()
 * @guardians: who else may open the new one
 * @count: their number
 * @ret: receives the new file, which is open; release it with shvm_pdk_free()
 *
 * Errors: as shvm_protector_grant().
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_grant(
	const struct shvm_pdk *pdk, const struct shvm_guardian *owner,
	const struct shvm_guardian *const *guardians, size_t count,
	struct shvm_pdk **ret, struct shvm_err *err);

/**
 * shvm_pdk_revoke() - the same file without some guardians
 * @pdk: the file; it is not changed
 * @owner: as for shvm_pdk_edit()
 * @who: the guardians to remove, and with them all that have the same keys;
 *       see shvm_protector_revoke()
 * @ret: receives the new file, which is open; release it with shvm_pdk_free()
 *
 * The transport key is a new one and the body is encrypted again. A guardian
 * that kept the old file can still open that.
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_revoke(const struct shvm_pdk *pdk,
					     const struct shvm_guardian *owner,
					     const struct shvm_revocation *who,
					     struct shvm_pdk **ret,
					     struct shvm_err *err);

/* ---- the verdict ---- */

/* Start as { 0 }; a disk, a catalog or both. */
struct shvm_pdk_check_params {
	struct shvm_disk *disk; /* measured; NULL: only the catalog */
	const struct shvm_catalog *catalog; /* NULL: the one in the disk */
	/*
	 * Why the file or the catalog could not be loaded; that it is invalid
	 * is also a verdict. NULL: it was loaded.
	 */
	const struct shvm_err *no_pdk, *no_catalog;
	const struct shvm_key_source *keys; /* any of them may open the file */
	size_t key_count;
	const char *owner_fingerprint;	  /* SHA-256 of the owner's signing
					  certificate, colons allowed; NULL:
					  any owner */
	const struct shvm_fabric *fabric; /* NULL: substitutions are not
					     checked */
	bool allow_differencing; /* else a disk with a parent is refused */
	struct shvm_digest_params digest; /* jobs, kernel, progress */
	/*
	 * The time for certificates, and trusted timestamp authorities. NULL:
	 * now, and none.
	 */
	const struct shvm_trust *trust;
	uint64_t reserved[4]; /* zeros */
};

/* What would happen to a VM. */
enum shvm_pdk_outcome {
	SHVM_PDK_ABORT,
	SHVM_PDK_APPLICABLE, /* the template is trusted; no disk was measured */
	SHVM_PDK_PROVISION   /* and the disk is unchanged since it was signed */
};
/**
 * shvm_pdk_outcome_name() - an outcome as text
 * @outcome: the outcome
 *
 * Return: "abort", "applicable" or "provision".
 */
SHVM_API const char *shvm_pdk_outcome_name(enum shvm_pdk_outcome outcome);

/* Release verdict with shvm_verdict_done(). */
struct shvm_pdk_verdict {
	enum shvm_pdk_outcome outcome;
	struct shvm_verdict verdict; /* no means abort; all checks in order */
	bool policy_known;
	enum shvm_policy policy;
	char template_name[256]; /* "" when no catalog could be read */
	struct shvm_version template_version;
};

/**
 * shvm_pdk_check() - would this file provision this disk, and if not, why?
 * @pdk: the file; a key of @params that opens it unlocks it; none is needed if
 *         it is unlocked. NULL: see no_pdk
 * @params: the disk or catalog, and the available keys
 * @ret: receives the verdict
 *
 * Checks run in this order and stop at the first that fails: bad-pdk,
 * bad-protector, bad-owner-signature, owner-certificate (it has expired, is not
 * valid yet, or has a critical extension that is not known), no-guardian-key,
 * tampered-body; then
 * no-catalog, bad-catalog, bad-signature, certificate-expired,
 * untrusted-template (no qualifier matches), coverage (one matches, but
 * requires more coverage); then differencing, layout-changed, undefined-blocks,
 * digest-mismatch of the disk, of which everything covered by the catalog is
 * measured; then the files: answer-file-mismatch
 * (not for the template's system), answer-file-invalid, file-refused,
 * answer-file-incomplete, value-refused, as shvm_pdk_specialize() finds them.
 * Whether a signer is trusted is decided by the qualifiers alone. Without a key
 * the published qualifiers are used, and the check of the body is reported as
 * skipped.
 *
 * Return: 0 when a verdict was reached, yes or no; a negative code when
 *         none could be reached.
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_check(
	struct shvm_pdk *pdk, const struct shvm_pdk_check_params *params,
	struct shvm_pdk_verdict *ret, struct shvm_err *err);

/**
 * shvm_pdk_check_owner() - is the file signed, and by this owner?
 * @pdk: the file
 * @fingerprint: SHA-256 of the owner's signing certificate, colons allowed;
 *               NULL: any owner
 *
 * Errors: SHVM_E_VERIFY "bad-protector", "bad-owner-signature"; SHVM_E_ARG when
 *         @fingerprint is invalid; _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_check_owner(const struct shvm_pdk *pdk,
						  const char *fingerprint,
						  struct shvm_err *err);

/**
 * shvm_pdk_check_owner_certificate() - is the owner's certificate valid?
 * @pdk: the file
 * @at: Unix time; 0: now
 *
 * Errors: SHVM_E_VERIFY "owner-certificate": it has expired, is not valid yet,
 *         or has a critical extension that is not known; _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_check_owner_certificate(
	const struct shvm_pdk *pdk, int64_t at, struct shvm_err *err);

/* ---- specialization ---- */

/* The files that a VM receives; they contain secrets. */
struct shvm_specialized {
	struct shvm_file *files; /* the answer file first */
	size_t file_count;
	size_t substitutions; /* number of placeholders that were replaced */
	void *priv;
};

/**
 * shvm_specialized_done() - wipe and release the files
 * @s: what shvm_pdk_specialize() filled, or { 0 }
 */
SHVM_API void shvm_specialized_done(struct shvm_specialized *s);

/**
 * shvm_pdk_specialize() - the answer and other files with the fabric's values
 * @pdk: a file that was unlocked
 * @fabric: the values; NULL: none
 * @note: called for values that the system may refuse; NULL: not called
 * @note_ctx: is passed to @note
 * @ret: receives the files; release them with shvm_specialized_done()
 *
 * Placeholders are substituted in the answer file and in the files for which
 * the owner allowed it, and nowhere else.
 * Errors: SHVM_E_VERIFY with reason "answer-file-incomplete" (a placeholder
 *         without a value), "value-refused" (one that the system, or the file,
 *         does not accept), "answer-file-invalid" (neither XML of a known root nor user-data) or
 *         "file-refused" (a name, or a file that cannot contain values);
 *         SHVM_E_ARG, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_pdk_specialize(
	const struct shvm_pdk *pdk, const struct shvm_fabric *fabric,
	shvm_note_fn note, void *note_ctx, struct shvm_specialized *ret,
	struct shvm_err *err);

/* Start as { 0 }. */
struct shvm_seed_params {
	/* Sets name and network of the VM if the answer file does not, as
	 * given to shvm_pdk_specialize(); NULL: none. */
	const struct shvm_fabric *fabric;
	const char
		*instance_id; /* 1 to 64 letters, digits, "-", ".", "_"; NULL:
				    a random one */
	uint64_t reserved[4]; /* zeros */
};

/**
 * shvm_specialized_seed() - what cloud-init reads at the first boot of a VM
 * @s: the files, with user-data or a LinuxOSSpecialization as answer file
 * @params: what is not in them
 * @ret: receives the files of a volume with the label "cidata" (NoCloud);
 *       release them with shvm_specialized_done()
 *
 * user-data is the owner's, or is converted from the LinuxOSSpecialization, with
 * a hash instead of each password; meta-data has instance id and host name,
 * vendor-data powers the VM off at the end, and network-config has version 2.
 * The other files follow; one with the name "network-config" replaces the
 * generated one.
 * Errors: SHVM_E_ARG (no answer file, one for Windows, an invalid instance
 *         id); SHVM_E_VERIFY with reason "value-refused" (an address without
 *         prefix length, an adapter without MAC address, a host name),
 *         "answer-file-invalid" (an element that has no counterpart),
 *         "file-refused" (the name of a part); SHVM_E_CRYPTO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_specialized_seed(
	const struct shvm_specialized *s, const struct shvm_seed_params *params,
	struct shvm_specialized *ret, struct shvm_err *err);

/**
 * shvm_specialized_encode() - the payload that a Linux guest's loader reads
 * @s: the files
 * @volume_key: 16, 24 or 32 bytes, the master key of the boot volume; NULL
 *              for the unencrypted form
 * @volume_key_size: its bytes; ignored without it
 * @ret: receives the bytes; release with shvm_free() after wiping
 * @ret_size: receives the number of bytes
 *
 * Source: lsvmtools, SPECIALIZATION_CLEAR_DATA_HEADER (clear) and
 *         SECURE_SPECIALIZATION_HEADER_V1, mode 1, AES-CBC (encrypted).
 */
SHVM_API SHVM_MUST_CHECK int shvm_specialized_encode(
	const struct shvm_specialized *s, const uint8_t *volume_key,
	size_t volume_key_size, uint8_t **ret, size_t *ret_size,
	struct shvm_err *err);

#ifdef __cplusplus
}
#endif

#endif
