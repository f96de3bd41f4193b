/* SPDX-License-Identifier: MIT */
/* Collects the answer file and the other files; enforces the size limit. */
#include "pdk/payload.h"

#include "base/array.h"
#include "base/file.h"
#include "base/line.h"
#include "base/upcase.h"
#include "base/utf8.h"
#include "pdk/ssh_host_key.h"
#include "pdk/text.h"

#include <stdio.h>

#include <string.h>

static void payload_file_done(struct payload_file *f)
{
	free(f->name);
	buf_done(&f->data);
	*f = (struct payload_file){ 0 };
}

void payload_done(struct payload *p)
{
	payload_file_done(&p->answer);
	for (size_t i = 0; i < p->count; i++)
		payload_file_done(&p->files[i]);
	free(p->files);
	*p = (struct payload){ 0 };
}

static uint64_t payload_size(const struct payload *p)
{
	return payload_other_size(p) + p->answer.data.len;
}

static bool is_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return utf8_is_valid(text, len);
}

static int check_name(const struct payload *p, const char *name,
		      struct shvm_err *err)
{
	const size_t len = strlen(name);

	/* An unprintable name is not repeated in the message. */
	if (!file_name_is_safe(name, len) || !text_is_xml(name, len))
		return err_set(
			err, SHVM_E_ARG,
			"file name \"%.*s\" is not one plain path component",
			LINE_FIT(is_printable(name, len) ? name
							 : "(not printable)",
				 100));
	if (p->answer.name && upcase_equal(p->answer.name, name))
		return err_set(err, SHVM_E_ARG,
			       "file \"%s\" has the answer file's name", name);
	for (size_t i = 0; i < p->count; i++)
		if (upcase_equal(p->files[i].name, name))
			return err_set(err, SHVM_E_ARG,
				       "file \"%s\" is there twice", name);
	return SHVM_OK;
}

static int file_init(struct payload_file *f, const struct payload *p,
		     const struct shvm_file *from, struct shvm_err *err)
{
	AUTO_DONE(payload_file) new = { .data.wipe = true };

	TRY(check_name(p, from->name, err));
	if (from->size > PAYLOAD_SIZE_MAX - payload_size(p))
		return err_set(err, SHVM_E_ARG,
			       "file \"%s\": more than %d bytes in all",
			       from->name, PAYLOAD_SIZE_MAX);
	new.name = strdup(from->name);
	TRY(err_null(err, new.name, "file name"));
	buf_add(&new.data, from->data, from->size);
	TRY(buf_check(&new.data, "file", err));
	*f = MOVE(new);
	return SHVM_OK;
}

int payload_set_answer(struct payload *p, const struct shvm_file *file,
		       struct shvm_err *err)
{
	struct payload_file old = p->answer;
	int r;

	if (file->size == 0)
		return err_set(err, SHVM_E_FORMAT,
			       "answer file \"%s\" is empty", file->name);
	p->answer = (struct payload_file){ 0 };
	r = file_init(&p->answer, p, file, err);
	if (r < 0)
		p->answer = old;
	else
		payload_file_done(&old);
	return r;
}

int payload_add(struct payload *p, const struct shvm_file *file,
		struct shvm_err *err)
{
	if (p->count >= PAYLOAD_FILES_MAX)
		return err_set(err, SHVM_E_ARG, "more than %d files",
			       PAYLOAD_FILES_MAX);
	/* The structs contain only pointers, so realloc() leaves no secret. */
	TRY(err_null(err, ARRAY_GROW(p->files, p->count), "files"));
	TRY(file_init(&p->files[p->count], p, file, err));
	p->count++;
	return SHVM_OK;
}

static struct payload_file *find(const struct payload *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->files[i].name, name) == 0)
			return &p->files[i];
	return NULL;
}

bool payload_has(const struct payload *p, const char *name)
{
	return find(p, name) != NULL;
}

int payload_substitute(struct payload *p, const char *name,
		       struct shvm_err *err)
{
	struct payload_file *f = find(p, name);

	if (!f)
		return err_set(err, SHVM_E_ARG, "no file is called \"%s\"",
			       name);
	if (f->host_key)
		return err_set(err, SHVM_E_ARG,
			       "no values go into the SSH host key \"%s\"",
			       name);
	f->substitute = true;
	return SHVM_OK;
}

const struct payload_file *payload_host_key(const struct payload *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->files[i].host_key)
			return &p->files[i];
	return NULL;
}

int payload_set_host_key(struct payload *p, const void *data, size_t len,
			 struct shvm_err *err)
{
	const struct payload_file *old = payload_host_key(p);
	AUTO_DONE(ssh_host_key) key = { 0 };
	char name[64];
	const struct shvm_file file = { name, data, len };

	TRY(ssh_host_key_read(data, len, &key, err));
	(void)snprintf(name, sizeof(name), "ssh_host_%s_key", key.kind);
	if (old)
		TRY(payload_remove(p, old->name, err));
	TRY(payload_add(p, &file, err));
	p->files[p->count - 1].host_key = true;
	return SHVM_OK;
}

int payload_remove(struct payload *p, const char *name, struct shvm_err *err)
{
	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(p->files[i].name, name) != 0)
			continue;
		payload_file_done(&p->files[i]);
		memmove(&p->files[i], &p->files[i + 1],
			(p->count - i - 1) * sizeof(p->files[0]));
		p->count--;
		return SHVM_OK;
	}
	return err_set(err, SHVM_E_ARG, "no file is called \"%s\"", name);
}

uint64_t payload_other_size(const struct payload *p)
{
	uint64_t size = 0;

	for (size_t i = 0; i < p->count; i++)
		size += p->files[i].data.len;
	return size;
}

int payload_check_size(const struct payload *p, struct shvm_err *err)
{
	const uint64_t size = payload_other_size(p);

	if (size > PAYLOAD_OTHER_MAX)
		return err_reason(
			err, SHVM_E_ARG, "size-limit",
			"other files have %ju bytes together, the limit is %d (384 KiB)",
			(uintmax_t)size, PAYLOAD_OTHER_MAX);
	return SHVM_OK;
}
