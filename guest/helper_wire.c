/* SPDX-License-Identifier: MIT */
/* The messages between the library and its file-system helper, as bytes. */
#include "guest/helper_wire.h"

#include "base/le.h"

#include <shvm/error.h>
#include <string.h>

#define JOB_MAGIC 0x6a687673u /* "svhj" */
#define JOB_VERSION 3u	      /* of all messages */
#define REQUEST_MAGIC 0x72687673u
#define ANSWER_MAGIC 0x61687673u

void helper_job_encode(const struct helper_job *job,
		       uint8_t ret[HELPER_JOB_SIZE])
{
	memset(ret, 0, HELPER_JOB_SIZE);
	le32_put(ret, JOB_MAGIC);
	le32_put(ret + 4, JOB_VERSION);
	le32_put(ret + 8, job->what);
	le32_put(ret + 12, job->seconds);
	le32_put(ret + 16, job->sector_size);
	le64_put(ret + 24, job->memory);
	le64_put(ret + 32, job->disk_size);
	le32_put(ret + 40, job->esp.number);
	le32_put(ret + 44, job->os.number);
	le64_put(ret + 48, job->esp.at);
	le64_put(ret + 56, job->os.at);
}

bool helper_job_decode(const uint8_t *data, size_t len, struct helper_job *ret)
{
	if (len != HELPER_JOB_SIZE || le32_get(data) != JOB_MAGIC ||
	    le32_get(data + 4) != JOB_VERSION)
		return false;
	*ret = (struct helper_job){
		.what = le32_get(data + 8),
		.seconds = le32_get(data + 12),
		.sector_size = le32_get(data + 16),
		.memory = le64_get(data + 24),
		.disk_size = le64_get(data + 32),
		.esp = { le32_get(data + 40), le64_get(data + 48) },
		.os = { le32_get(data + 44), le64_get(data + 56) },
	};
	return true;
}

void helper_request_encode(uint64_t at, uint32_t len,
			   uint8_t ret[HELPER_REQUEST_SIZE])
{
	le32_put(ret, REQUEST_MAGIC);
	le32_put(ret + 4, len);
	le64_put(ret + 8, at);
}

bool helper_request_decode(const uint8_t *data, size_t len, uint64_t disk_size,
			   uint64_t *ret_at, uint32_t *ret_len)
{
	uint64_t at;
	uint32_t wanted;

	if (len != HELPER_REQUEST_SIZE || le32_get(data) != REQUEST_MAGIC)
		return false;
	wanted = le32_get(data + 4);
	at = le64_get(data + 8);
	if (wanted == 0 || wanted > HELPER_READ_MAX || at > disk_size ||
	    wanted > disk_size - at)
		return false;
	*ret_at = at;
	*ret_len = wanted;
	return true;
}

void helper_answer_encode(int code, size_t len, uint8_t ret[HELPER_ANSWER_HEAD])
{
	le32_put(ret, ANSWER_MAGIC);
	le32_put(ret + 4, (uint32_t)code);
	le32_put(ret + 8, (uint32_t)len);
}

bool helper_answer_decode(const uint8_t *data, size_t len, int *ret_code)
{
	int code;

	if (len < HELPER_ANSWER_HEAD ||
	    len - HELPER_ANSWER_HEAD > HELPER_ANSWER_MAX ||
	    le32_get(data) != ANSWER_MAGIC ||
	    le32_get(data + 8) != len - HELPER_ANSWER_HEAD)
		return false;
	code = (int)le32_get(data + 4);
	if (code > 0 || code < SHVM_E_NETWORK)
		code = SHVM_E_FORMAT;
	*ret_code = code;
	return true;
}
