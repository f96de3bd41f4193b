/* SPDX-License-Identifier: MIT */
/* Error messages from OpenSSL and tokens. */
#include "base/line.h"
#include "signer/key_store.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <string.h>

/* PKCS#11 2.40, section 11.1.6: the values that a user can act on. */
static const struct ckr {
	unsigned int value;
	const char *name, *words;
} ckrs[] = {
	{ 0x03, "CKR_SLOT_ID_INVALID", "there is no such slot" },
	{ 0x05, "CKR_GENERAL_ERROR", "the module failed" },
	{ 0x06, "CKR_FUNCTION_FAILED", "the module failed" },
	{ 0x30, "CKR_DEVICE_ERROR", "the device failed" },
	{ 0x31, "CKR_DEVICE_MEMORY", "the device is out of memory" },
	{ 0x32, "CKR_DEVICE_REMOVED", "the device was removed" },
	{ 0x54, "CKR_FUNCTION_NOT_SUPPORTED",
	  "the token does not support this" },
	{ 0x60, "CKR_KEY_HANDLE_INVALID", "the key no longer exists" },
	{ 0x63, "CKR_KEY_TYPE_INCONSISTENT",
	  "the key is of another type than the operation needs" },
	{ 0x68, "CKR_KEY_FUNCTION_NOT_PERMITTED",
	  "the key's usage in the token does not allow this" },
	{ 0x70, "CKR_MECHANISM_INVALID",
	  "the token does not support the mechanism" },
	{ 0x71, "CKR_MECHANISM_PARAM_INVALID",
	  "the token does not support the mechanism's parameters" },
	{ 0xa0, "CKR_PIN_INCORRECT", "the PIN is wrong" },
	{ 0xa1, "CKR_PIN_INVALID", "the PIN has invalid characters" },
	{ 0xa2, "CKR_PIN_LEN_RANGE", "the PIN is too short or too long" },
	{ 0xa3, "CKR_PIN_EXPIRED", "the PIN has expired" },
	{ 0xa4, "CKR_PIN_LOCKED", "the PIN is locked" },
	{ 0xb3, "CKR_SESSION_HANDLE_INVALID", "the session was closed" },
	{ 0xe0, "CKR_TOKEN_NOT_PRESENT", "there is no token in the slot" },
	{ 0xe1, "CKR_TOKEN_NOT_RECOGNIZED", "the token is not recognized" },
	{ 0x101, "CKR_USER_NOT_LOGGED_IN", "the token requires a PIN" },
	{ 0x102, "CKR_USER_PIN_NOT_INITIALIZED", "the token has no PIN yet" },
	{ 0x190, "CKR_CRYPTOKI_NOT_INITIALIZED",
	  "the module is not initialized" },
};

static const struct ckr *find_ckr(unsigned long e)
{
	const char *lib = ERR_lib_error_string(e);
	const unsigned int reason = (unsigned int)ERR_GET_REASON(e);

	if (!lib || !strcasestr(lib, "pkcs#11"))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(ckrs); i++)
		if (ckrs[i].value == reason)
			return &ckrs[i];
	return NULL;
}

unsigned int key_err_token(unsigned long e)
{
	const struct ckr *ckr = e ? find_ckr(e) : NULL;

	return ckr ? ckr->value : 0;
}

int key_err_nothing(const char *path, struct shvm_err *err)
{
	return err_set(
		err, SHVM_E_FORMAT,
		"%s: contains no key or certificate (PEM, DER or PKCS#12)",
		path);
}

int key_err_ossl(struct shvm_err *err, const char *fmt, ...)
{
	const struct ckr *found = NULL;
	char text[SHVM_MSG_SIZE];
	unsigned long e, first = 0;
	va_list ap;

	va_start(ap, fmt);
	line_vput(text, sizeof(text), fmt, ap);
	va_end(ap);
	while (!found && (e = ERR_get_error()) != 0) {
		first = first ? first : e;
		found = find_ckr(e);
	}
	ERR_clear_error();
	if (found)
		return err_reason(err, SHVM_E_CRYPTO, found->name,
				  "%s: %s (%s)", text, found->words,
				  found->name);
	if (first && ERR_reason_error_string(first))
		return err_set(err, SHVM_E_CRYPTO, "%s: %s", text,
			       ERR_reason_error_string(first));
	return err_set(err, SHVM_E_CRYPTO, "%s", text);
}
