/* SPDX-License-Identifier: MIT */
/* Loads keys and certificates from files and provider URIs, by OSSL_STORE. */
#include "signer/key_store.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/match.h"
#include "base/reserved.h"
#include "signer/key_form.h"
#include "signer/ossl.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/store.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum {
	MISSES_MAX = 8 /* loads that find nothing; our limit */
};

static void store_free(OSSL_STORE_CTX *ctx)
{
	(void)OSSL_STORE_close(ctx); /* it was only read */
}

static void prompt_free(struct key_prompt *p)
{
	secret_free(p->secret);
	ERR_clear_error(); /* errors of loading are reported by now */
}

AUTO_DEFINE(store_ptr, OSSL_STORE_CTX *, store_free);
AUTO_DEFINE(prompt_ptr, struct key_prompt *, prompt_free);

/* "scheme:...", unless a file has this name. */
static bool is_uri(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
	struct stat st;

	if (n < 2 || text[n] != ':')
		return false;
	return strncasecmp(text, "pkcs11:", 7) == 0 || stat(text, &st) != 0;
}

/* A PIN in a URI would appear in argv and in messages. */
static int check_uri(const char *uri, struct shvm_err *err)
{
	for (const char *p = strpbrk(uri, "?&;"); p; p = strpbrk(p + 1, "?&;"))
		if (strncasecmp(p + 1, "pin-value=", 10) == 0)
			return err_set(
				err, SHVM_E_ARG,
				"key URI: contains a PIN (pin-value=): put the PIN into the passphrase file");
	if (strncasecmp(uri, "pkcs11:pin-value=", 17) == 0)
		return err_set(
			err, SHVM_E_ARG,
			"key URI: contains a PIN (pin-value=): put the PIN into the passphrase file");
	return SHVM_OK;
}

static int take_info(OSSL_STORE_INFO *info, struct key_objects *o)
{
	X509 *cert;

	o->count++;
	switch (OSSL_STORE_INFO_get_type(info)) {
	case OSSL_STORE_INFO_PKEY:
		o->keys++;
		if (!o->key)
			o->key = OSSL_STORE_INFO_get1_PKEY(info);
		return 1;
	case OSSL_STORE_INFO_CERT:
		cert = OSSL_STORE_INFO_get1_CERT(info);
		return cert && key_certs_push(o->certs, cert);
	case OSSL_STORE_INFO_PUBKEY:
		o->publics++;
		return 1;
	default:
		return 1; /* parameters, CRLs */
	}
}

/*
 * Loads until the end; left, if there is a memory BIO, proves progress. A load that
 * finds nothing advances only a few bytes and may take milliseconds, so their
 * number is limited.
 */
static int take_all(OSSL_STORE_CTX *store, BIO *bio, struct key_objects *o)
{
	size_t left = bio ? BIO_ctrl_pending(bio) : 0;
	unsigned int misses = 0;

	if (!o->certs)
		o->certs = sk_X509_new_null();
	if (!o->certs)
		return 0;
	while (!OSSL_STORE_eof(store) && o->count < KEY_CERTS_MAX &&
	       misses < MISSES_MAX) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);
		int r = info ? take_info(info, o) : 1;

		misses += !info;
		OSSL_STORE_INFO_free(info);
		if (!r)
			return 0;
		if (!info && OSSL_STORE_error(store) &&
		    (!bio || BIO_ctrl_pending(bio) >= left))
			break;
		left = bio ? BIO_ctrl_pending(bio) : 0;
	}
	return 1;
}

static bool line_begins(const struct buf *b, size_t at, const char *text)
{
	return (at == 0 || b->data[at - 1] == '\n') &&
	       text_begins(b->data + at, b->len - at, text);
}

/*
 * Copies the PEM blocks without the text around them, which OpenSSL would search a
 * few bytes at a time; returns their number. 0: it is not PEM.
 */
static size_t take_pem(const struct buf *b, struct buf *ret)
{
	size_t count = 0, from = SIZE_MAX, next;

	for (size_t at = 0; at < b->len; at = next) {
		const uint8_t *end = memchr(b->data + at, '\n', b->len - at);

		next = end ? (size_t)(end - b->data) + 1 : b->len;
		if (line_begins(b, at, "-----BEGIN ")) {
			count++;
			if (from == SIZE_MAX)
				from = at;
		}
		if (from != SIZE_MAX && line_begins(b, at, "-----END ")) {
			buf_add(ret, b->data + from, next - from);
			from = SIZE_MAX;
		}
	}
	if (from != SIZE_MAX)
		buf_add(ret, b->data + from, b->len - from);
	return count;
}

/* Is this error of OpenSSL about an unsupported algorithm? */
static bool is_about_algorithm(unsigned long e)
{
	if (ERR_GET_REASON(e) == ERR_R_UNSUPPORTED)
		return ERR_GET_LIB(e) == ERR_LIB_EVP;
	if (ERR_GET_LIB(e) != ERR_LIB_EVP)
		return false;
	switch (ERR_GET_REASON(e)) {
	case EVP_R_UNSUPPORTED_PRF:
	case EVP_R_UNSUPPORTED_CIPHER:
	case EVP_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION:
	case EVP_R_UNKNOWN_PBE_ALGORITHM:
	case EVP_R_UNKNOWN_CIPHER:
		return true;
	default:
		return false;
	}
}

/* Empties the queue. */
static bool queue_is_about_algorithm(void)
{
	unsigned long e;
	bool found = false;

	while ((e = ERR_get_error()) != 0)
		found |= is_about_algorithm(e);
	return found;
}

/* Why a file could not be read completely; OpenSSL's errors are in the queue. */
static int say_unreadable(const struct key_prompt *p, struct shvm_err *err)
{
	TRY(key_prompt_check(p, "it is encrypted and no passphrase was given",
			     err));
	if (p->is_algorithm || (p->asked && queue_is_about_algorithm()))
		return err_reason(
			err, SHVM_E_UNSUPPORTED, "unknown-encryption",
			"%s: the encryption is not supported by this OpenSSL, so the passphrase was not checked",
			p->what);
	if (p->asked)
		return err_reason(err, SHVM_E_CRYPTO, "wrong-passphrase",
				  "%s: the passphrase is wrong", p->what);
	return SHVM_OK;
}

static void note_legacy(const char *path, const struct shvm_key_source *source)
{
	char text[600];

	(void)snprintf(
		text, sizeof(text),
		"%.400s: is encrypted with an algorithm of old Windows versions (RC2, RC4, DES or 3DES): export it again with AES",
		path);
	if (source->note)
		source->note(text);
}

/* Extracts the objects from the data; fails only if out of memory. */
static int read_objects(const char *path, const struct buf *data,
			struct key_prompt *prompt, const UI_METHOD *ui,
			struct key_objects *o, struct shvm_err *err)
{
	AUTO(bio_ptr) bio = BIO_new_mem_buf(data->data, (int)data->len);
	AUTO(store_ptr) store = NULL;

	if (!bio)
		return err_set_ossl(err, "%s", path);
	store = OSSL_STORE_attach(bio, "file", NULL, NULL, ui, prompt, NULL,
				  NULL, NULL);
	if (!store)
		return err_set_ossl(err, "%s", path);
	return take_all(store, bio, o) ? SHVM_OK : err_nomem(err, path);
}

enum want {
	WANT_KEY,
	WANT_CERT
};

/* Reads and checks the file as text or DER, and extracts its bundles. */
static int read_file(const char *path, enum want want, struct buf *ret,
		     struct key_objects *o, struct shvm_err *err)
{
	o->certs = sk_X509_new_null();
	TRY(err_null(err, o->certs, path));
	TRY(file_read_all(path, KEY_FILE_MAX, ret, err));
	TRY(key_file_text(path, ret, err));
	TRY(key_file_check(path, ret, want == WANT_KEY, err));
	return key_load_bundles(path, ret, o, err);
}

/* Decodes with OpenSSL, and handles what OpenSSL does not support of PKCS#12. */
static int take_objects(const struct buf *data, bool is_pem,
			struct key_prompt *prompt, const UI_METHOD *ui,
			struct key_objects *o, struct shvm_err *err)
{
	size_t keys;

	TRY(read_objects(prompt->what, data, prompt, ui, o, err));
	prompt->is_algorithm = o->count == 0 && queue_is_about_algorithm();
	/* There is no prompt if OpenSSL finds that the passphrase is empty. */
	if (prompt->is_algorithm && (prompt->secret || !prompt->asked) &&
	    key_load_legacy(data, prompt->secret, o))
		note_legacy(prompt->what, prompt->source);
	else if (o->keys == 1 && !is_pem) {
		keys = key_count_pkcs12(data, prompt->secret);
		o->keys = keys > 1 ? keys : 1;
	}
	return SHVM_OK;
}

static int load_data(const struct buf *data, struct key_prompt *prompt,
		     const UI_METHOD *ui, struct key_objects *o,
		     struct shvm_err *err)
{
	AUTO_DONE(buf) pem = { .wipe = true };
	const char *path = prompt->what;
	const struct buf *from;
	size_t marks;

	if (o->count > 0 && data->data[0] == 0x30)
		return SHVM_OK; /* a bundle is all of a DER file */
	marks = take_pem(data, &pem);
	TRY(buf_check(&pem, path, err));
	if (marks > KEY_CERTS_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: %zu PEM blocks, the limit is %d", path,
			       marks, KEY_CERTS_MAX);
	from = marks ? &pem : data;
	TRY(key_check_work(path, from, marks, err));
	TRY(take_objects(from, marks > 0, prompt, ui, o, err));
	if (o->count == 0 || o->count < marks) {
		TRY(say_unreadable(prompt, err));
		if (key_has_no_mac(data))
			return err_set(
				err, SHVM_E_UNSUPPORTED,
				"%s: the PKCS#12 file has no MAC, so its integrity cannot be checked: export it again with a MAC",
				path);
		if (o->count == 0)
			return key_err_nothing(path, err);
		return err_set(err, SHVM_E_FORMAT,
			       "%s: only %zu of %zu PEM blocks can be read",
			       path, o->count, marks);
	}
	return SHVM_OK;
}

static int load_file(const char *path, enum want want,
		     struct key_prompt *prompt, const UI_METHOD *ui,
		     struct key_objects *o, struct shvm_err *err)
{
	AUTO_DONE(buf) data = { .wipe = true };

	TRY(read_file(path, want, &data, o, err));
	return load_data(&data, prompt, ui, o, err);
}

static bool has_provider(const char *scheme)
{
	OSSL_STORE_LOADER *loader = OSSL_STORE_LOADER_fetch(NULL, scheme, NULL);

	ERR_clear_error();
	OSSL_STORE_LOADER_free(loader);
	return loader != NULL;
}

static int load_provider(const char *uri, struct key_prompt *prompt,
			 const UI_METHOD *ui, struct key_objects *o,
			 struct shvm_err *err)
{
	AUTO(store_ptr)
	store = OSSL_STORE_open_ex(uri, NULL, NULL, ui, prompt, NULL, NULL,
				   NULL);

	if (!store) {
		TRY(say_unreadable(prompt, err));
		return key_err_ossl(err, "key URI %s", uri);
	}
	if (!take_all(store, NULL, o))
		return err_nomem(err, uri);
	if (o->count == 0) {
		if (prompt->asked && !prompt->secret)
			return say_unreadable(prompt, err);
		return key_err_ossl(err, "key URI %s: nothing found", uri);
	}
	return SHVM_OK;
}

/* The engine returns one object, and the kind must be given. */
static int load_engine(const char *uri, enum want want,
		       struct key_prompt *prompt, struct key_objects *o,
		       struct shvm_err *err)
{
	AUTO(x509_ptr) cert = NULL;

	o->certs = sk_X509_new_null();
	TRY(err_null(err, o->certs, uri));
	if (want == WANT_KEY) {
		TRY(key_pkcs11_private(uri, prompt, &o->key, err));
		o->keys = 1;
		return SHVM_OK;
	}
	TRY(key_pkcs11_cert(uri, prompt, &cert, err));
	return key_certs_push(o->certs, STEAL(cert)) ? SHVM_OK
						     : err_nomem(err, uri);
}

static int load_any(const struct shvm_key_source *source, enum want want,
		    struct key_objects *o, struct shvm_err *err)
{
	struct key_prompt p = { .source = source, .what = source->uri };
	AUTO(prompt_ptr) prompt = &p;
	AUTO(ui_method_ptr) ui = NULL;
	char scheme[32];

	TRY(key_ui_method(&ui, err));
	if (!is_uri(source->uri))
		return load_file(source->uri, want, prompt, ui, o, err);

	TRY(check_uri(source->uri, err));
	(void)snprintf(scheme, sizeof(scheme), "%.*s",
		       (int)strcspn(source->uri, ":"), source->uri);
	if (has_provider(scheme))
		return load_provider(source->uri, prompt, ui, o, err);
	if (strcasecmp(scheme, "pkcs11") == 0)
		return load_engine(source->uri, want, prompt, o, err);
	return err_set(err, SHVM_E_CRYPTO,
		       "%s: no such file, and no OpenSSL provider handles "
		       "\"%s:\" URIs",
		       source->uri, scheme);
}

int key_load_private(const struct shvm_key_source *source, EVP_PKEY **ret,
		     X509 **ret_cert, STACK_OF(X509) * *ret_chain,
		     struct shvm_err *err)
{
	AUTO_DONE(key_objects) o = { 0 };

	TRY(reserved_check(source->reserved, "struct shvm_key_source", err));
	TRY(load_any(source, WANT_KEY, &o, err));
	TRY(key_take_private(source->uri, is_uri(source->uri), &o, ret,
			     ret_cert, err));
	if (ret_chain)
		*ret_chain = sk_X509_num(o.certs) > 0 ? STEAL(o.certs) : NULL;
	return SHVM_OK;
}

int key_load_pkcs12(const struct shvm_key_source *source,
		    const struct buf *file, EVP_PKEY **ret, X509 **ret_cert,
		    struct shvm_err *err)
{
	struct key_prompt p = { .source = source, .what = source->uri };
	AUTO(prompt_ptr) prompt = &p;
	AUTO_DONE(key_objects) o = { 0 };
	AUTO(ui_method_ptr) ui = NULL;

	TRY(key_ui_method(&ui, err));
	TRY(load_data(file, prompt, ui, &o, err));
	return key_take_private(source->uri, is_uri(source->uri), &o, ret,
				ret_cert, err);
}

int key_load_certs(const struct shvm_key_source *source, STACK_OF(X509) * *ret,
		   struct shvm_err *err)
{
	AUTO_DONE(key_objects) o = { 0 };

	TRY(reserved_check(source->reserved, "struct shvm_key_source", err));
	TRY(load_any(source, WANT_CERT, &o, err));
	if (sk_X509_num(o.certs) == 0)
		return err_set(err, SHVM_E_CRYPTO,
			       "%s: contains no certificate%s", source->uri,
			       o.keys > 0      ? ", only a private key"
			       : o.publics > 0 ? ", only a public key"
					       : "");
	*ret = STEAL(o.certs);
	return SHVM_OK;
}

int key_load_leaf(const char *path, X509 **ret, struct shvm_err *err)
{
	const struct shvm_key_source source = { .uri = path };
	AUTO(x509_stack_ptr) certs = NULL;

	TRY(key_load_certs(&source, &certs, err));
	return key_take_leaf(path, certs, ret, err);
}

int key_add_cert_file(const char *path, bool leaf_only, STACK_OF(X509) * *all,
		      struct shvm_err *err)
{
	const struct shvm_key_source source = { .uri = path };
	AUTO(x509_stack_ptr) some = NULL;
	AUTO(x509_ptr) cert = NULL;

	if (!*all)
		*all = sk_X509_new_null();
	TRY(err_null(err, *all, "certificates"));
	if (leaf_only) {
		TRY(key_load_leaf(path, &cert, err));
		return key_certs_push(*all, STEAL(cert))
			       ? SHVM_OK
			       : err_nomem(err, "certificates");
	}
	TRY(key_load_certs(&source, &some, err));
	while (sk_X509_num(some) > 0)
		if (!key_certs_push(*all, sk_X509_shift(some)))
			return err_nomem(err, "certificates");
	return SHVM_OK;
}
