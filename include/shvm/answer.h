/* SPDX-License-Identifier: MIT */
/*
 * Answer files for VMs created from templates, for Windows and Linux. C99 and
 * C++ clean.
 */
#ifndef SHVM_ANSWER_H
#define SHVM_ANSWER_H

#include <shvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes with a name; one path component. Nothing is owned. */
struct shvm_file {
	const char *name;
	const uint8_t *data;
	size_t size; /* bytes */
};

/**
 * typedef shvm_note_fn - notes of a function in addition to its result
 * @ctx: as given with the function
 * @warning: the user should check it; otherwise it says what was done
 * @text: one line without a secret; lives as long as the call
 */
typedef void (*shvm_note_fn)(void *ctx, bool warning, const char *text);

/* New-ShieldingDataAnswerFile -StaticIPPool. */
enum shvm_static_ip {
	SHVM_STATIC_IP_NONE, /* DHCP */
	SHVM_STATIC_IP_ALL,
	SHVM_STATIC_IP_IPV4,
	SHVM_STATIC_IP_IPV6,
	SHVM_STATIC_IP_DNS_ONLY,
};

/**
 * shvm_static_ip_parse() - parse which addresses are static
 * @text: a name, in either case
 * @ret: receives the value; untouched on failure
 *
 * Errors: SHVM_E_ARG.
 */
SHVM_API SHVM_MUST_CHECK int shvm_static_ip_parse(const char *text,
						  enum shvm_static_ip *ret,
						  struct shvm_err *err);

/* Start as { 0 }, then set admin_password. */
struct shvm_answer_windows_params {
	const char *admin_name; /* NULL: Administrator, the built-in account */
	shvm_passphrase_fn admin_password;
	void *admin_password_ctx;
	bool product_key;	 /* the fabric supplies @ProductKey@ */
	const char *domain;	 /* to join; NULL: none */
	const char *domain_user; /* "user", "DOMAIN\user" or "user@domain" */
	shvm_passphrase_fn domain_password;
	void *domain_password_ctx;
	const char *domain_ou; /* distinguished name; NULL: the default */
	struct shvm_key_source rdp_certificate; /* PKCS#12 file; uri NULL:
						   none */
	enum shvm_static_ip static_ip;
	uint32_t adapters;		 /* with static_ip: 1..8; 0: 1 */
	const struct shvm_file *scripts; /* NAME.ps1 and NAME.bat, run in this
					    order */
	size_t script_count;
	const char *locale;    /* "de-DE"; NULL: en-US */
	const char *time_zone; /* Windows' name, or "@TimeZone@" for the
				  fabric's; NULL: the image's */
	int64_t at; /* Unix time for the certificate's validity; 0: now */
	shvm_note_fn note; /* called for names that Windows may refuse; NULL:
			      not called */
	void *note_ctx;
	uint64_t reserved[4]; /* zeros */
};

/* Start as { 0 }, then set root_password, ssh_key or both. */
struct shvm_answer_linux_params {
	shvm_passphrase_fn root_password; /* NULL: none */
	void *root_password_ctx;
	const char *ssh_key; /* one line of an OpenSSH public key file */
	enum shvm_static_ip static_ip;
	uint32_t adapters;    /* with static_ip: 1..8; 0: 1 */
	uint64_t reserved[4]; /* zeros */
};

/*
 * An answer file and the files that belong to it. The XML and the files contain
 * secrets: shvm_answer_done() wipes them.
 */
struct shvm_answer {
	uint8_t *xml;
	size_t xml_size;	 /* bytes */
	struct shvm_file *files; /* further ones that the PDK must contain */
	size_t file_count;
	char **keys; /* placeholders that the fabric must supply */
	size_t key_count;
};

/**
 * shvm_answer_done() - wipe and release an answer file
 * @answer: what was filled by one of the makers, or { 0 }
 */
SHVM_API void shvm_answer_done(struct shvm_answer *answer);

/*
 * *
 * shvm_answer_windows() - an unattend.xml with everything that
 * New-ShieldingDataAnswerFile can produce
 * @params: what to put in; passwords come from its callbacks
 * @ret: receives the answer; release it with shvm_answer_done()
 *
 * Account passwords are written in the hidden form (PlainText false), as
 * sysprep does; that is an encoding, not encryption. The last command that
 * runs in the VM shuts it down. Literal "@" are written as character
 * references, so the fabric cannot substitute within them.
 * Errors: SHVM_E_ARG (an empty password, a name that Windows does not accept),
 *         SHVM_E_CRYPTO with reason "rdp-certificate" when the PKCS#12 cannot
 *         be opened, has no matching key, is not for server authentication or
 *         has expired; SHVM_E_IO, _FORMAT, _NOMEM.
 * Source: Microsoft's unattend reference; component names and passes.
 */
SHVM_API SHVM_MUST_CHECK int shvm_answer_windows(
	const struct shvm_answer_windows_params *params,
	struct shvm_answer *ret, struct shvm_err *err);

/**
 * shvm_answer_linux() - a LinuxOSSpecialization document
 * @params: what to put in
 * @ret: receives the answer; release it with shvm_answer_done()
 *
 * Errors: SHVM_E_ARG, _NOMEM, _CRYPTO (no passphrase).
 */
SHVM_API SHVM_MUST_CHECK int shvm_answer_linux(
	const struct shvm_answer_linux_params *params, struct shvm_answer *ret,
	struct shvm_err *err);

enum {
	SHVM_PASSWORD_SIZE = 25
};

/**
 * shvm_password_random() - a password for the administrator of a VM
 * @buf: receives SHVM_PASSWORD_SIZE - 1 characters and a NUL
 *
 * Letters, digits and punctuation, at least one of each kind; about 140 bits.
 * The caller wipes @buf.
 */
SHVM_API SHVM_MUST_CHECK int shvm_password_random(char buf[SHVM_PASSWORD_SIZE],
						  struct shvm_err *err);

#ifdef __cplusplus
}
#endif

#endif
