/* SPDX-License-Identifier: MIT */
/*
 * What a helper that was taken over may send: requests for bytes of the disk,
 * and its answer. The first byte chooses: 'r' or 'a'. And what the library
 * sends it: 'j' a job.
 */
#include "guest/helper_wire.h"

#include <stdlib.h>
#include <string.h>

#include <shvm/error.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	DISK = 1 << 20
};

static void request(const uint8_t *data, size_t size)
{
	uint8_t again[HELPER_REQUEST_SIZE];
	uint64_t at;
	uint32_t len;

	if (!helper_request_decode(data, size, DISK, &at, &len))
		return;
	if (len == 0 || len > HELPER_READ_MAX || at > DISK || len > DISK - at)
		abort();
	helper_request_encode(at, len, again);
	if (size != sizeof(again) || memcmp(data, again, size) != 0)
		abort();
}

static void answer(const uint8_t *data, size_t size)
{
	int code = 1;

	if (helper_answer_decode(data, size, &code) &&
	    (code > 0 || code < SHVM_E_NETWORK || size < HELPER_ANSWER_HEAD ||
	     size - HELPER_ANSWER_HEAD > HELPER_ANSWER_MAX))
		abort();
}

/* What is taken says the same when it is written again. */
static void job(const uint8_t *data, size_t size)
{
	uint8_t again[HELPER_JOB_SIZE], third[HELPER_JOB_SIZE];
	struct helper_job j;

	if (!helper_job_decode(data, size, &j))
		return;
	helper_job_encode(&j, again);
	if (!helper_job_decode(again, sizeof(again), &j))
		abort();
	helper_job_encode(&j, third);
	if (memcmp(again, third, sizeof(again)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0]) {
	case 'r':
		request(data + 1, size - 1);
		break;
	case 'a':
		answer(data + 1, size - 1);
		break;
	case 'j':
		job(data + 1, size - 1);
		break;
	default:
		break;
	}
	return 0;
}
