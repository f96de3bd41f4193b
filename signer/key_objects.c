/* SPDX-License-Identifier: MIT */
/*
 * Counts the objects of a PKCS#11 token that a URI matches. The engine silently
 * uses the first, so the module is queried here with the few functions of
 * PKCS#11 2.40 that are required for listing.
 */
#include "signer/key_uri.h"

#include "base/buf.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SLOTS_MAX = 256,
	FOUND_MAX = 4, /* number of ids in a message */
	ID_MAX = 64,
	CK_OK = 0,
	CK_CLASS_CERT = 1,
	CK_CLASS_PRIVATE = 3,
	CK_ATTR_CLASS = 0x000,
	CK_ATTR_LABEL = 0x003,
	CK_ATTR_ID = 0x102,
	CK_SERIAL_SESSION = 4,
};

typedef unsigned long ck_ulong;

struct ck_attribute {
	ck_ulong type;
	void *value;
	ck_ulong len;
};

struct ck_token_info {
	char label[32], manufacturer[32], model[16], serial[16];
	ck_ulong numbers[11];
	unsigned char versions[4];
	char time[16];
};

/* CK_FUNCTION_LIST, in the order of section 5; unused functions are gaps. */
struct ck_functions {
	unsigned char version[2];
	void (*gap_info[4])(void);
	ck_ulong (*get_slots)(unsigned char present, ck_ulong *slots,
			      ck_ulong *count);
	void (*gap_slot[1])(void);
	ck_ulong (*get_token)(ck_ulong slot, struct ck_token_info *ret);
	void (*gap_token[5])(void);
	ck_ulong (*open)(ck_ulong slot, ck_ulong flags, void *app, void *notify,
			 ck_ulong *ret);
	ck_ulong (*close)(ck_ulong session);
	void (*gap_session[10])(void);
	ck_ulong (*get_attribute)(ck_ulong session, ck_ulong object,
				  struct ck_attribute *a, ck_ulong count);
	void (*gap_set[1])(void);
	ck_ulong (*find_init)(ck_ulong session, struct ck_attribute *a,
			      ck_ulong count);
	ck_ulong (*find)(ck_ulong session, ck_ulong *objects, ck_ulong max,
			 ck_ulong *count);
	ck_ulong (*find_final)(ck_ulong session);
};

struct found_objects {
	size_t count;
	char ids[FOUND_MAX * (3 * ID_MAX + 8)]; /* "id=%01, id=%02" */
};

/* Fields are padded with blanks. A NULL value matches all. */
static bool fits(const char *field, size_t size, const char *want)
{
	const size_t n = want ? strlen(want) : 0;

	if (!want)
		return true;
	if (n > size || memcmp(field, want, n) != 0)
		return false;
	for (size_t i = n; i < size; i++)
		if (field[i] != ' ' && field[i] != '\0')
			return false;
	return true;
}

static bool token_fits(const struct ck_token_info *t, const struct key_uri *u)
{
	return fits(t->label, sizeof(t->label), u->parts[KEY_URI_TOKEN]) &&
	       fits(t->manufacturer, sizeof(t->manufacturer),
		    u->parts[KEY_URI_MANUFACTURER]) &&
	       fits(t->model, sizeof(t->model), u->parts[KEY_URI_MODEL]) &&
	       fits(t->serial, sizeof(t->serial), u->parts[KEY_URI_SERIAL]);
}

static void add_object(const struct ck_functions *f, ck_ulong session,
		       ck_ulong object, struct found_objects *ret)
{
	uint8_t id[ID_MAX];
	struct ck_attribute a = { CK_ATTR_ID, id, sizeof(id) };
	size_t n = strlen(ret->ids);

	if (ret->count++ >= FOUND_MAX ||
	    f->get_attribute(session, object, &a, 1) != CK_OK ||
	    a.len > sizeof(id) || a.len == 0)
		return;
	n += (size_t)snprintf(ret->ids + n, sizeof(ret->ids) - n,
			      "%sid=", n > 0 ? ", " : "");
	for (size_t i = 0; i < a.len; i++)
		n += (size_t)snprintf(ret->ids + n, sizeof(ret->ids) - n,
				      "%%%02x", id[i]);
}

static void look_in_token(const struct ck_functions *f, ck_ulong slot,
			  const struct key_uri *u, bool want_key,
			  struct found_objects *ret)
{
	ck_ulong class = want_key ? CK_CLASS_PRIVATE : CK_CLASS_CERT;
	char *label = u->parts[KEY_URI_OBJECT];
	struct ck_attribute want[] = {
		{ CK_ATTR_CLASS, &class, sizeof(class) },
		{ CK_ATTR_LABEL, label, label ? strlen(label) : 0 },
	};
	ck_ulong session, objects[16], count = 0;

	if (f->open(slot, CK_SERIAL_SESSION, NULL, NULL, &session) != CK_OK)
		return;
	if (f->find_init(session, want, label ? 2 : 1) == CK_OK) {
		if (f->find(session, objects, ARRAY_SIZE(objects), &count) !=
			    CK_OK ||
		    count > ARRAY_SIZE(objects))
			count = 0;
		(void)f->find_final(session); /* the session is closed anyway */
		for (ck_ulong i = 0; i < count; i++)
			add_object(f, session, objects[i], ret);
	}
	(void)f->close(session); /* it was only read */
}

static void look_in_module(const struct ck_functions *f,
			   const struct key_uri *u, bool want_key,
			   struct found_objects *ret)
{
	ck_ulong slots[SLOTS_MAX], count = SLOTS_MAX;
	struct ck_token_info token;

	if (f->get_slots(1, slots, &count) != CK_OK || count > SLOTS_MAX)
		return;
	for (ck_ulong i = 0; i < count; i++)
		if (f->get_token(slots[i], &token) == CK_OK &&
		    token_fits(&token, u))
			look_in_token(f, slots[i], u, want_key, ret);
}

/* The same choice as in the engine. */
static const char *module_of(const struct key_uri *u)
{
	const char *env = getenv("PKCS11_MODULE_PATH");

	return u->module ? u->module : env ? env : "p11-kit-proxy.so";
}

int key_uri_check_one(const char *uri, const struct key_uri *u, bool want_key,
		      struct shvm_err *err)
{
	ck_ulong (*get_functions)(struct ck_functions * *ret);
	struct found_objects found = { 0 };
	struct ck_functions *f = NULL;
	void *handle, *symbol;

	if (u->parts[KEY_URI_ID])
		return SHVM_OK;
	/* The engine has loaded and initialized it already. */
	handle = dlopen(module_of(u), RTLD_NOW | RTLD_LOCAL);
	symbol = handle ? dlsym(handle, "C_GetFunctionList") : NULL;
	memcpy(&get_functions, &symbol, sizeof(symbol));
	if (symbol && get_functions(&f) == CK_OK && f)
		look_in_module(f, u, want_key, &found);
	if (handle)
		(void)dlclose(handle); /* the engine's stays */
	if (found.count < 2)
		return SHVM_OK;
	return err_reason(err, SHVM_E_CRYPTO, "ambiguous-key",
			  "%s: matches %zu %s, expected one: add its id "
			  "(%s)",
			  uri, found.count,
			  want_key ? "private keys" : "certificates",
			  found.ids[0] ? found.ids : "they have none");
}
