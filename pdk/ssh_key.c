/* SPDX-License-Identifier: MIT */
/* SSH public keys in an answer file for Linux. */
#include "pdk/ssh_key.h"

#include "base/encode.h"
#include "base/match.h"
#include "pdk/answer.h"
#include "signer/key_form.h"

#include <string.h>

enum {
	SSH_KEY_MAX = 16 * 1024
};

/* The form is that of sshd(8), AUTHORIZED_KEYS. */
int ssh_key_check(const char *key, struct shvm_err *err)
{
	static const char *const types[] = {
		"ssh-rsa",
		"ssh-ed25519",
		"ecdsa-sha2-nistp256",
		"ecdsa-sha2-nistp384",
		"ecdsa-sha2-nistp521",
		"sk-ssh-ed25519@openssh.com",
		"sk-ecdsa-sha2-nistp256@openssh.com",
	};
	AUTO_DONE(buf) blob = { 0 };
	const char *space = strchr(key, ' '), *end;
	const char *form = key_form_name(key, strlen(key));
	bool known = false;

	for (size_t i = 0; space && i < ARRAY_SIZE(types); i++)
		if (text_is(key, (size_t)(space - key), types[i]))
			known = true;
	if (form)
		return err_set(err, SHVM_E_ARG,
			       "SSH key is %s, not an OpenSSH public key",
			       form);
	TRY(answer_check_text(key, SSH_KEY_MAX, "SSH key", err));
	if (!known)
		return err_set(err, SHVM_E_ARG,
			       "SSH key is not an OpenSSH public key");
	end = strchrnul(space + 1, ' ');
	TRY(err_as_reason(err,
			  base64_decode(space + 1, (size_t)(end - space - 1),
					"SSH key", &blob, err),
			  SHVM_E_ARG, NULL));
	/* The blob begins with its type: 4 bytes of length, then the name. */
	if (blob.len < 4 + (size_t)(space - key) ||
	    memcmp(blob.data + 4, key, (size_t)(space - key)) != 0)
		return err_set(err, SHVM_E_ARG,
			       "SSH key does not hold a key of its type");
	return SHVM_OK;
}

enum name_verdict ssh_key_verdict(const char *text, const char **why)
{
	const char *form = key_form_name(text, strlen(text));

	*why = "is a private key, and the public one (.pub) belongs there";
	if ((form && strstr(form, "private key")) ||
	    strstr(text, "PRIVATE KEY-----"))
		return NAME_WRONG;
	*why = "is not an OpenSSH public key in one line";
	return ssh_key_check(text, NULL) < 0 ? NAME_UNKNOWN : NAME_GOOD;
}
