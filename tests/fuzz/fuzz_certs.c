/* SPDX-License-Identifier: MIT */
/* Fuzzes files of certificates: text forms, PKCS#7 bundles, the choice. */
#include "base/buf.h"
#include "signer/key_form.h"
#include "signer/key_store.h"

#include <openssl/err.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_DONE(key_objects) o = { 0 };
	AUTO_DONE(buf) text = { 0 };
	AUTO(x509_ptr) leaf = NULL;
	struct shvm_err err = { 0 };

	(void)key_form_name(data, size);
	buf_add(&text, data, size);
	o.certs = sk_X509_new_null();
	if (text.failed || !o.certs)
		return 0;
	if (key_file_text("fuzz", &text, &err) == 0 &&
	    key_file_check("fuzz", &text, size % 2 == 0, &err) == 0 &&
	    key_load_bundles("fuzz", &text, &o, &err) == 0 &&
	    key_take_leaf("fuzz", o.certs, &leaf, &err) == 0 && !leaf)
		abort();
	if (ERR_peek_error() != 0) /* nothing is left for the next caller */
		abort();
	return 0;
}
