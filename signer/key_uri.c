/* SPDX-License-Identifier: MIT */
/* Parses "pkcs11:" URIs and refuses attributes that the engine cannot use. */
#include "signer/key_uri.h"

#include "base/buf.h"
#include "base/encode.h"
#include "base/match.h"

#include <stdlib.h>
#include <string.h>

void key_uri_done(struct key_uri *u)
{
	free(u->path);
	free(u->module);
	for (size_t i = 0; i < KEY_URI_PARTS; i++)
		free(u->parts[i]);
	*u = (struct key_uri){ 0 };
}

/* One percent-encoded value of a URI attribute; malloc'ed. */
static int decode_percent(const char *text, size_t len, char **ret,
			  struct shvm_err *err)
{
	AUTOFREE char *out = malloc(len + 1);
	size_t n = 0;

	TRY(err_null(err, out, "key URI"));
	for (size_t i = 0; i < len; i++) {
		uint8_t byte;
		const char digits[3] = { i + 1 < len ? text[i + 1] : '\0',
					 i + 2 < len ? text[i + 2] : '\0' };

		if (text[i] != '%') {
			out[n++] = text[i];
			continue;
		}
		if (!hex_parse(digits, &byte, 1) || byte == 0)
			return err_set(
				err, SHVM_E_ARG,
				"key URI: invalid percent encoding in %.*s",
				(int)len, text);
		out[n++] = (char)byte;
		i += 2;
	}
	out[n] = '\0';
	*ret = STEAL(out);
	return SHVM_OK;
}

/*
 * The query part (RFC 7512: after '?'), which the engine does not parse. Only
 * module-path is allowed: the PIN comes from the callback.
 */
static int parse_query(const char *query, struct key_uri *u,
		       struct shvm_err *err)
{
	static const char key[] = "module-path=";
	const char *at = query;

	while (*at) {
		const size_t len = strcspn(at + 1, "&");

		if (strncmp(at + 1, key, sizeof(key) - 1) != 0 || u->module)
			return err_set(
				err, SHVM_E_ARG,
				"key URI: \"%.*s\" is not supported, only one module-path after the ?",
				(int)strcspn(at + 1, "=&"), at + 1);
		TRY(decode_percent(at + sizeof(key), len + 1 - sizeof(key),
				   &u->module, err));
		at += 1 + len;
	}
	return SHVM_OK;
}

/* Attributes of RFC 7512 that the engine does not support: what to use instead. */
static const char *advice(const char *name, size_t len)
{
	static const struct {
		const char *name, *words;
	} others[] = {
		{ "slot-id", "use token= or serial= to name the token" },
		{ "slot-description",
		  "use token= or serial= to name the token" },
		{ "slot-manufacturer",
		  "use token= or serial= to name the token" },
		{ "library-manufacturer",
		  "use module-path= to name the module" },
		{ "library-description",
		  "use module-path= to name the module" },
		{ "library-version", "use module-path= to name the module" },
		{ "module-path", "put it after a ?" },
		{ "module-name",
		  "use module-path= after a ? to name the module" },
		{ "pin-source", "put the PIN into the passphrase file" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (text_is(name, len, others[i].name))
			return others[i].words;
	return NULL;
}

static int parse_part(const char *text, size_t len, struct key_uri *u,
		      struct shvm_err *err)
{
	static const char *const names[KEY_URI_PARTS] = {
		[KEY_URI_TOKEN] = "token",
		[KEY_URI_MANUFACTURER] = "manufacturer",
		[KEY_URI_MODEL] = "model",
		[KEY_URI_SERIAL] = "serial",
		[KEY_URI_OBJECT] = "object",
		[KEY_URI_ID] = "id",
		[KEY_URI_TYPE] = "type",
	};
	const size_t n = strcspn(text, "=;?");
	const char *words = advice(text, n);

	if (n >= len)
		return err_set(
			err, SHVM_E_ARG,
			"key URI: \"%.*s\" is not an attribute with a value (RFC 7512)",
			(int)len, text);
	if (words)
		return err_set(err, SHVM_E_ARG,
			       "key URI: the attribute %.*s is not supported: "
			       "%s",
			       (int)n, text, words);
	for (size_t i = 0; i < KEY_URI_PARTS; i++) {
		if (!text_is(text, n, names[i]))
			continue;
		if (u->parts[i])
			return err_set(
				err, SHVM_E_ARG,
				"key URI: the attribute %s appears twice",
				names[i]);
		if (i == KEY_URI_ID) { /* bytes, of any value */
			u->parts[i] = strndup(text + n + 1, len - n - 1);
			return u->parts[i] ? SHVM_OK
					   : err_nomem(err, "key URI");
		}
		return decode_percent(text + n + 1, len - n - 1, &u->parts[i],
				      err);
	}
	return err_set(err, SHVM_E_ARG,
		       "key URI: the attribute %.*s is unknown: token, "
		       "manufacturer, model, serial, object, id and type are "
		       "supported",
		       (int)n, text);
}

static int check_type(const char *type, bool want_key, struct shvm_err *err)
{
	if (!type || strcmp(type, want_key ? "private" : "cert") == 0)
		return SHVM_OK;
	return err_set(err, SHVM_E_ARG,
		       "key URI: type=%s, but a %s is required (type=%s)", type,
		       want_key ? "private key" : "certificate",
		       want_key ? "private" : "cert");
}

int key_uri_parse(const char *uri, bool want_key, struct key_uri *ret,
		  struct shvm_err *err)
{
	AUTO_DONE(key_uri) u = { 0 };
	const size_t n = strcspn(uri, "?");
	const char *at = uri + strlen("pkcs11:");

	u.path = strndup(uri, n);
	TRY(err_null(err, u.path, "key URI"));
	TRY(parse_query(uri + n, &u, err));
	while (at < uri + n) {
		const size_t len = strcspn(at, ";?");

		TRY(parse_part(at, len, &u, err));
		at += len + (at[len] == ';');
	}
	TRY(check_type(u.parts[KEY_URI_TYPE], want_key, err));
	*ret = MOVE(u);
	return SHVM_OK;
}
