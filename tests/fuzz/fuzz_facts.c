/* SPDX-License-Identifier: MIT */
/*
 * What the child of the fast path may answer, and the small files that it
 * reads. The first byte chooses: 's' a State.ini, 'p' a program, 'f' facts.
 */
#include "guest/facts.h"
#include "tests/fuzz/look.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken says the same when it is written again. */
static void facts(const uint8_t *data, size_t size)
{
	AUTO_DONE(buf) again = { 0 };
	AUTO_DONE(buf) third = { 0 };
	struct shvm_guest_facts f, g;

	if (facts_decode((const char *)data, size, &f, NULL) < 0)
		return;
	shvm_guest_facts_each(&f, look, NULL);
	facts_encode(&f, &again);
	if (again.failed)
		return;
	if (facts_decode((const char *)again.data, again.len, &g, NULL) < 0)
		abort();
	facts_encode(&g, &third);
	if (!third.failed && (third.len != again.len ||
			      memcmp(third.data, again.data, third.len) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[64] = "";

	if (size == 0)
		return 0;
	switch (data[0]) {
	case 's':
		facts_state_ini(data + 1, size - 1, text, sizeof(text));
		look(NULL, "state", text);
		break;
	case 'p':
		look(NULL, "machine", facts_pe_machine(data + 1, size - 1));
		break;
	case 'f':
		facts(data + 1, size - 1);
		break;
	default:
		break;
	}
	return 0;
}
