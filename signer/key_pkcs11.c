/* SPDX-License-Identifier: MIT */
/*
 * Keys in PKCS#11 tokens if no OpenSSL provider handles "pkcs11:" URIs.
 *
 * Debian 12 has OpenSC's engine but no pkcs11 provider, so this file, and no
 * other, uses the ENGINE interface that OpenSSL 3.0 deprecates. It can be removed
 * when a provider exists; OSSL_STORE is tried first (key_store.c).
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "signer/key_store.h"
#include "signer/key_uri.h"

#include "base/buf.h"

#include <dlfcn.h>
#include <limits.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

/* The parameter of LOAD_CERT_CTRL in libp11. */
struct load_cert {
	const char *id;
	X509 *cert;
};

/* Answers prompts of the engine during a later signature; the default would be
 * the terminal. */
static bool set_prompt(ENGINE *e, const UI_METHOD *ui, struct key_prompt *data)
{
	return ENGINE_ctrl(e, ENGINE_CTRL_SET_USER_INTERFACE, 0,
			   (void *)(uintptr_t)ui, NULL) == 1 &&
	       ENGINE_ctrl(e, ENGINE_CTRL_SET_CALLBACK_DATA, 0, data, NULL) ==
		       1;
}

/*
 * Loads the module here first: the engine would report a failure on standard error
 * and not in the queue. (It still does so for a module that is named by
 * PKCS11_MODULE_PATH, which only the engine reads.)
 */
static int use_module(ENGINE *e, const char *module, struct shvm_err *err)
{
	void *handle = dlopen(module, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return err_reason(err, SHVM_E_CRYPTO, "no-module",
				  "PKCS#11 module cannot be loaded: %s",
				  dlerror());
	(void)dlclose(handle); /* the engine opens it again */
	if (ENGINE_ctrl_cmd_string(e, "MODULE_PATH", module, 0) != 1)
		return err_set_ossl(err, "PKCS#11 module %s", module);
	return SHVM_OK;
}

/*
 * The initialized engine. The process keeps its reference: keys outlive this call
 * and have their methods in it.
 */
static int get_engine(const char *module, ENGINE **ret, struct shvm_err *err)
{
	ENGINE *e;
	int r;

	ENGINE_load_builtin_engines();
	e = ENGINE_by_id("pkcs11");
	if (!e) {
		ERR_clear_error();
		return err_reason(
			err, SHVM_E_CRYPTO, "no-pkcs11",
			"key URI: neither an OpenSSL provider nor the engine for pkcs11: is installed (Debian: libengine-pkcs11-openssl)");
	}
	/* Otherwise it writes to standard error; a failure to change that is
		 * ignored. */
	(void)ENGINE_ctrl_cmd_string(e, "QUIET", NULL, 1);
	if (module) {
		r = use_module(e, module, err);
		if (r < 0) {
			(void)ENGINE_free(e); /* only a reference */
			return r;
		}
	}
	if (!set_prompt(e, UI_null(), NULL) || ENGINE_init(e) != 1) {
		r = key_err_ossl(err, "PKCS#11 engine");
		(void)ENGINE_free(e); /* only a reference */
		return r;
	}
	(void)ENGINE_free(e); /* the one of ENGINE_init() stays */
	*ret = e;
	return SHVM_OK;
}

static bool queue_has(const char *words)
{
	unsigned long e = ERR_peek_error();
	const char *text = e ? ERR_reason_error_string(e) : NULL;

	return text && strstr(text, words);
}

/* Why the engine returned nothing, in the order in which a user fixes it. */
static int say_failed(const char *uri, const char *what,
		      const struct key_prompt *p, struct shvm_err *err)
{
	TRY(key_prompt_check(p, "the token requires a PIN and none was given",
			     err));
	if (queue_has("Unable to load PKCS#11 module"))
		return err_reason(
			err, SHVM_E_CRYPTO, "no-module",
			"%s: the PKCS#11 module cannot be loaded (module-path in the "
			"URI, or PKCS11_MODULE_PATH)",
			uri);
	if (queue_has("invalid id"))
		return err_set(err, SHVM_E_ARG,
			       "%s: not a PKCS#11 URI (RFC 7512)", uri);
	if (queue_has("object not found") && p->asked)
		return err_reason(err, SHVM_E_CRYPTO, "no-key",
				  "%s: the token contains no such %s", uri,
				  what);
	if (queue_has("object not found"))
		return err_reason(err, SHVM_E_CRYPTO, "no-token",
				  "%s: no such token, or no such %s in it", uri,
				  what);
	return key_err_ossl(err, "%s", uri);
}

/* Did the engine try a PIN that it remembered for another token? */
static bool is_stale_pin(const struct key_prompt *p)
{
	const unsigned int ckr = key_err_token(ERR_peek_error());

	/* CKR_PIN_INCORRECT, CKR_PIN_LEN_RANGE */
	return !p->asked && (ckr == 0xa0 || ckr == 0xa2);
}

int key_pkcs11_private(const char *uri, struct key_prompt *prompt,
		       EVP_PKEY **ret, struct shvm_err *err)
{
	AUTO(ui_method_ptr) ui = NULL;
	AUTO_DONE(key_uri) u = { 0 };
	ENGINE *e = NULL;
	AUTO(pkey_ptr) key = NULL;

	TRY(key_uri_parse(uri, true, &u, err));
	TRY(key_ui_method(&ui, err));
	TRY(get_engine(u.module, &e, err));

	ERR_clear_error();
	key = ENGINE_load_private_key(e, u.path, ui, prompt);
	if (!key && is_stale_pin(prompt)) { /* it has forgotten it now */
		ERR_clear_error();
		key = ENGINE_load_private_key(e, u.path, ui, prompt);
	}
	if (!key)
		return say_failed(uri, "private key", prompt, err);
	ERR_clear_error();
	TRY(key_uri_check_one(uri, &u, true, err));
	*ret = STEAL(key);
	return SHVM_OK;
}

int key_pkcs11_cert(const char *uri, struct key_prompt *prompt, X509 **ret,
		    struct shvm_err *err)
{
	AUTO(ui_method_ptr) ui = NULL;
	AUTO_DONE(key_uri) u = { 0 };
	AUTO(x509_ptr) cert = NULL;
	struct load_cert load = { 0 };
	ENGINE *e = NULL;
	int r;

	TRY(key_uri_parse(uri, false, &u, err));
	TRY(key_ui_method(&ui, err));
	TRY(get_engine(u.module, &e, err));

	load.id = u.path;
	ERR_clear_error();
	/* This control has no parameter for the prompt: set and reset it. */
	if (!set_prompt(e, ui, prompt))
		return key_err_ossl(err, "PKCS#11 engine");
	r = ENGINE_ctrl_cmd(e, "LOAD_CERT_CTRL", 0, &load, NULL, 0);
	if (r != 1 && is_stale_pin(prompt)) {
		ERR_clear_error();
		r = ENGINE_ctrl_cmd(e, "LOAD_CERT_CTRL", 0, &load, NULL, 0);
	}
	cert = load.cert;
	if (r != 1 || !cert)
		r = say_failed(uri, "certificate", prompt, err);
	else
		r = key_uri_check_one(uri, &u, false, err);
	if (!set_prompt(e, UI_null(), NULL) && r == SHVM_OK)
		return key_err_ossl(err, "PKCS#11 engine");
	if (r == SHVM_OK)
		*ret = STEAL(cert);
	return r;
}

/* The library must load, with its dependencies. */
int key_pkcs11_try(struct shvm_err *say)
{
	static const int folders[] = { OPENSSL_INFO_MODULES_DIR,
				       OPENSSL_INFO_ENGINES_DIR };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char path[PATH_MAX];
		void *so;

		(void)snprintf(path, sizeof(path), "%s/pkcs11.so",
			       OPENSSL_info(folders[i]));
		so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		if (!so)
			continue;
		(void)dlclose(so); /* only a test */
		return err_set(say, SHVM_OK, "%s", path);
	}
	return err_set(
		say, SHVM_E_UNSUPPORTED,
		"no provider and no engine: keys in tokens cannot be used");
}
