/* SPDX-License-Identifier: MIT */
/* Fuzzes signed messages: reading, the signature, trust, the timestamp. */
#include "signer/cms.h"

#include <openssl/err.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_DONE(cms_message) m = { 0 };
	struct shvm_err err = { 0 };

	if (cms_decode(data, size, &m, &err) == 0) {
		const struct shvm_trust pinned = { .signers = m.chain };
		const struct shvm_trust by_ca = { .ca = m.chain,
						  .tsa_ca = m.chain };

		(void)cms_check_signature(&m, NULL, 0, &err);
		(void)cms_check_signature(&m, "", 0, &err);
		(void)cms_check_trust(&m, &pinned, &err);
		(void)cms_check_trust(&m, &by_ca, &err);
	}
	if (ERR_peek_error() != 0) /* nothing is left for the next caller */
		abort();
	return 0;
}
