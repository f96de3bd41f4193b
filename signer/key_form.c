/* SPDX-License-Identifier: MIT */
/* Detects what a file of keys or certificates is, by its first words. */
#include "signer/key_form.h"

#include "base/buf.h"
#include "base/match.h"
#include "base/utf16.h"

#include <string.h>

static const char ssh_public[] = "an SSH public key";

static const struct form {
	const char *start, *name, *hint;
	bool is_private;
	bool is_foreign; /* OpenSSL does not read it */
} forms[] = {
	{ "-----BEGIN OPENSSH PRIVATE KEY-----", "an OpenSSH private key",
	  " (ssh-keygen -p -m PKCS8 converts a copy)", true, true },
	{ "PuTTY-User-Key-File-", "a PuTTY private key (.ppk)", NULL, true,
	  true },
	{ "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
	  "an ssh.com private key", NULL, true, true },
	{ "-----BEGIN PRIVATE KEY-----", "a private key", NULL, true, false },
	{ "-----BEGIN ENCRYPTED PRIVATE KEY-----", "a private key", NULL, true,
	  false },
	{ "-----BEGIN RSA PRIVATE KEY-----", "a private key", NULL, true,
	  false },
	{ "-----BEGIN EC PRIVATE KEY-----", "a private key", NULL, true,
	  false },
	{ "-----BEGIN DSA PRIVATE KEY-----", "a private key", NULL, true,
	  false },
	{ "---- BEGIN SSH2 PUBLIC KEY ----", "an SSH public key of RFC 4716",
	  NULL, false, true },
	{ "-----BEGIN CERTIFICATE REQUEST-----", "a certificate request", NULL,
	  false, true },
	{ "-----BEGIN NEW CERTIFICATE REQUEST-----", "a certificate request",
	  NULL, false, true },
	{ "ssh-", ssh_public, NULL, false, true },
	{ "ecdsa-sha2-", ssh_public, NULL, false, true },
	{ "sk-ssh-", ssh_public, NULL, false, true },
	{ "sk-ecdsa-", ssh_public, NULL, false, true },
	{ "-----BEGIN PUBLIC KEY-----", "a public key", NULL, false, false },
	{ "-----BEGIN RSA PUBLIC KEY-----", "a public key", NULL, false,
	  false },
	{ "-----BEGIN CERTIFICATE-----", "a certificate", NULL, false, false },
	{ "-----BEGIN X509 CERTIFICATE-----", "a certificate", NULL, false,
	  false },
	{ "-----BEGIN TRUSTED CERTIFICATE-----", "a certificate", NULL, false,
	  false },
	{ "-----BEGIN PKCS7-----", "a bundle of certificates", NULL, false,
	  false },
	{ "-----BEGIN PKCS #7 SIGNED DATA-----", "a bundle of certificates",
	  NULL, false, false },
	{ "-----BEGIN CMS-----", "a bundle of certificates", NULL, false,
	  false },
};

static const struct form *form_at(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (text_begins(p, len, forms[i].start))
			return &forms[i];
	return NULL;
}

/* The first line that identifies it; private forms take precedence. */
const char *key_form_name(const void *text, size_t len)
{
	const uint8_t *data = text;
	const struct form *first = NULL;
	bool begins = true; /* only blanks precede it in its line */

	for (size_t i = 0; i < len; i++) {
		const bool here = begins;
		const struct form *f;

		begins = data[i] == '\n' || data[i] == '\r' ||
			 (begins && (data[i] == ' ' || data[i] == '\t'));
		if (!here)
			continue;
		f = form_at(data + i, len - i);
		if (f && f->is_private)
			return f->name;
		first = first ? first : f;
	}
	return first && first->name != ssh_public ? first->name : NULL;
}

int key_file_text(const char *path, struct buf *data, struct shvm_err *err)
{
	AUTO_DONE(buf) text = { .wipe = true };

	if (!utf16_marked_to_utf8(data->data, data->len, &text, NULL))
		return err_set(err, SHVM_E_FORMAT, "%s: damaged UTF-16 text",
			       path);
	TRY(buf_check(&text, path, err));
	buf_done(data);
	*data = MOVE(text);
	return SHVM_OK;
}

int key_file_check(const char *path, const struct buf *data, bool want_key,
		   struct shvm_err *err)
{
	bool has_cert = false, has_key = false;
	const struct form *first = NULL;

	for (size_t i = 0; i < data->len; i++) {
		const struct form *f;

		if (i > 0 && data->data[i - 1] != '\n')
			continue;
		f = form_at(data->data + i, data->len - i);
		first = first ? first : f;
		has_key |= f && f->is_private;
		has_cert |= f && !f->is_private && !f->is_foreign;
	}
	if (first && first->is_foreign)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: is %s, not a %s in PEM, DER or PKCS#12%s",
			       path, first->name,
			       want_key ? "private key" : "certificate",
			       want_key && first->hint ? first->hint : "");
	if (!want_key && has_key && !has_cert)
		return err_set(
			err, SHVM_E_CRYPTO,
			"%s: contains no certificate, only a private key",
			path);
	return SHVM_OK;
}
