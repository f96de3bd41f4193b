/* SPDX-License-Identifier: MIT */
/* SSH private keys: the text, and the bytes that it stands for. */
#include "base/encode.h"
#include "pdk/ssh_host_key.h"

#include <stdlib.h>
#include <string.h>

static void read_text(const void *data, size_t size)
{
	struct ssh_host_key one = { 0 }, two = { 0 };

	if (ssh_host_key_read(data, size, &one, NULL) == 0) {
		if (ssh_host_key_read(data, size, &two, NULL) < 0 ||
		    strcmp(one.fingerprint, two.fingerprint) != 0 ||
		    strncmp(one.fingerprint, "SHA256:", 7) != 0)
			abort();
	}
	ssh_host_key_done(&one);
	ssh_host_key_done(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b = { 0 };

	read_text(data, size);
	buf_add_text(&b, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	base64_encode(&b, data, size);
	buf_add_text(&b, "\n-----END OPENSSH PRIVATE KEY-----\n");
	read_text(b.data, b.len);
	buf_done(&b);
	return 0;
}
