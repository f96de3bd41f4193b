/* SPDX-License-Identifier: MIT */
/* Answers prompts of OpenSSL with the callback of a key source. */
#include "signer/key_store.h"
#include "signer/ossl.h"

static int prompt_read(UI *ui, UI_STRING *string)
{
	struct key_prompt *p = UI_get0_user_data(ui);
	enum UI_string_types type = UI_get_string_type(string);

	if (type != UIT_PROMPT && type != UIT_VERIFY)
		return 1; /* notes are ignored */
	if (!p->asked) {
		p->asked = true;
		if (p->source->passphrase)
			p->failed = secret_ask(p->source->passphrase,
					       p->source->passphrase_ctx,
					       p->what, &p->secret, &p->err);
	}
	if (!p->secret)
		return -1;
	return UI_set_result_ex(ui, string, (const char *)p->secret->data,
				(int)p->secret->size) == 0
		       ? 1
		       : 0;
}

static int prompt_write(UI *ui, UI_STRING *string)
{
	(void)ui;
	(void)string;
	return 1; /* nothing is written to a terminal */
}

int key_prompt_check(const struct key_prompt *p, const char *lack,
		     struct shvm_err *err)
{
	if (p->failed)
		return err_take(err, &p->err);
	if (p->asked && !p->secret)
		return err_reason(err, SHVM_E_CRYPTO, "no-passphrase", "%s: %s",
				  p->what, lack);
	return SHVM_OK;
}

int key_ui_method(UI_METHOD **ret, struct shvm_err *err)
{
	AUTO(ui_method_ptr) m = UI_create_method("shvm passphrase callback");

	if (!m || UI_method_set_reader(m, prompt_read) != 0 ||
	    UI_method_set_writer(m, prompt_write) != 0)
		return err_set_ossl(err, "private key: passphrase method");
	*ret = STEAL(m);
	return SHVM_OK;
}
