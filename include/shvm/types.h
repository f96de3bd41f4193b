/* SPDX-License-Identifier: MIT */
/* Small types that several public headers share. C99 and C++ clean. */
#ifndef SHVM_TYPES_H
#define SHVM_TYPES_H

#include <shvm/check.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Template version a.b.c.d, most significant part first. */
struct shvm_version {
	uint16_t part[4];
};

enum {
	SHVM_VERSION_TEXT = 24,
	SHVM_GUID_TEXT = 37
};

/* A GUID as stored on disk: the first three fields little-endian. */
struct shvm_guid {
	uint8_t bytes[16];
};

/* Called by one thread at a time, not always the same; non-zero means stop. */
typedef int (*shvm_progress_fn)(void *ctx, uint64_t done, uint64_t total);

/*
 * Asks for the passphrase of one key. Put at most size bytes in buf (no
 * terminator needed) and return their number, or -1 to cancel. what says which
 * key, for a prompt. A callback that knows why it fails fills err, which is { 0
 * } and never NULL: this is then the error, without additional text. The
 * library wipes buf.
 */
typedef int (*shvm_passphrase_fn)(void *ctx, const char *what, char *buf,
				  size_t size, struct shvm_err *err);

/* Where a private key comes from. Start as { 0 }. */
struct shvm_key_source {
	const char
		*uri; /* file (PEM, DER, PKCS#7 or PKCS#12) or "pkcs11:" URI */
	shvm_passphrase_fn passphrase; /* NULL: not encrypted, no PIN */
	void *passphrase_ctx;
	/* Called with a warning about a key that was loaded; may be NULL. */
	void (*note)(const char *text);
	uint64_t reserved[4]; /* zeros */
};

/* Description of a certificate. Strings belong to the struct's owner. */
struct shvm_cert_info {
	const char *subject, *issuer;  /* RFC 2253, UTF-8 */
	const char *serial;	       /* hexadecimal */
	const char *sha256;	       /* of the DER, hexadecimal */
	int64_t not_before, not_after; /* Unix time, seconds */
};

/**
 * shvm_version_parse() - read a template version
 * @text: "a.b.c.d", each part 0 to 65535, no other characters
 * @ret: receives the version; untouched on failure
 *
 * Source: Protect-TemplateDisk, parameter Version (each part below 65536).
 * Errors: SHVM_E_ARG.
 */
SHVM_API SHVM_MUST_CHECK int shvm_version_parse(const char *text,
						struct shvm_version *ret,
						struct shvm_err *err);

/**
 * shvm_version_format() - "a.b.c.d"
 * @v: the version
 * @buf: receives the text
 *
 * Return: @buf.
 */
SHVM_API const char *shvm_version_format(const struct shvm_version *v,
					 char buf[SHVM_VERSION_TEXT]);

/**
 * shvm_version_compare() - which of two versions is newer?
 * @a: one version
 * @b: the other
 *
 * Return: below 0 when @a is older, 0 when they are equal, else above 0.
 */
SHVM_API int shvm_version_compare(const struct shvm_version *a,
				  const struct shvm_version *b);

/**
 * shvm_guid_format() - the lower-case text form without braces
 * @g: the GUID
 * @buf: receives the text
 *
 * Return: @buf.
 */
SHVM_API const char *shvm_guid_format(const struct shvm_guid *g,
				      char buf[SHVM_GUID_TEXT]);

#ifdef __cplusplus
}
#endif

#endif
