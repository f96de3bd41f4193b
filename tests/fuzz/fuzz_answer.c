/* SPDX-License-Identifier: MIT */
/* An answer file as a template: its tokens are found, and with a value for
 * each of them none is left that was there before. A password that is put in
 * is there, whatever stands around it, and can be put in again. */
#include "pdk/answer.h"
#include "pdk/fabric.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check_password(const struct buf *in, bool windows)
{
	struct secret *password = NULL;
	struct buf one = { 0 }, two = { 0 };

	if (secret_copy((const uint8_t *)"x", 1, &password, NULL) == 0 &&
	    answer_set_password(in, windows, password, &one, NULL) == 0 &&
	    (answer_set_password(&one, windows, password, &two, NULL) < 0 ||
	     one.len != two.len || memcmp(one.data, two.data, one.len) != 0))
		abort();
	secret_free(password);
	buf_done(&one);
	buf_done(&two);
}

static void check(struct shvm_fabric *f, const struct tokens *t,
		  const struct buf *in)
{
	struct buf out = { 0 };
	size_t count = 0;

	if (t->count > FABRIC_PAIRS_MAX)
		return;
	for (size_t i = 0; i < t->count; i++)
		if (shvm_fabric_add(f, t->items[i], "v<", NULL) < 0)
			abort();
	if (fabric_check_complete(f, in->data, in->len, NULL) < 0 ||
	    fabric_substitute(f, in, true, &out, &count, NULL) < 0 ||
	    count < t->count)
		abort();
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shvm_fabric *f = NULL;
	struct tokens t = { 0 };
	struct buf in = { 0 };

	buf_add(&in, data, size);
	if (shvm_fabric_new(&f, NULL) == 0 &&
	    fabric_scan(data, size, &t, NULL) == 0)
		check(f, &t, &in);
	check_password(&in, true);
	check_password(&in, false);
	shvm_fabric_free(f);
	tokens_done(&t);
	buf_done(&in);
	return 0;
}
