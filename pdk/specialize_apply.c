/* SPDX-License-Identifier: MIT */
/* Checks the files for one VM and replaces placeholders by the fabric's values. */
#include "base/utf8.h"
#include "pdk/answer_file.h"
#include "pdk/pdk_file.h"
#include "pdk/specialize.h"
#include "pdk/user_data.h"
#include "pdk/windows_names.h"

#include <string.h>

/* Turns a failure into SHVM_E_VERIFY with this reason. */
static int as_no(struct shvm_err *err, int r, const char *reason)
{
	return err_as_reason(err, r, SHVM_E_VERIFY, reason);
}

/* Without an answer file the VM may run Windows. */
static int check_name(const char *name, enum answer_system system,
		      struct shvm_err *err)
{
	const char *why;

	if (system != ANSWER_WINDOWS ||
	    windows_file_name(name, &why) != NAME_WRONG)
		return SHVM_OK;
	return err_reason(err, SHVM_E_VERIFY, "file-refused", "file \"%s\" %s",
			  name, why);
}

static int check_names(const struct payload *p, enum answer_system system,
		       struct shvm_err *err)
{
	if (p->answer.name)
		TRY(check_name(p->answer.name, system, err));
	for (size_t i = 0; i < p->count; i++)
		TRY(check_name(p->files[i].name, system, err));
	return SHVM_OK;
}

static enum placeholder_form form_of(const struct payload_file *f)
{
	return placeholder_form_of(f->name, f->data.data, f->data.len);
}

/* Are placeholders allowed in this file? keys receives them. */
static int scan_file(const struct payload_file *f, struct tokens *keys,
		     struct shvm_err *err)
{
	const enum placeholder_form form = form_of(f);
	AUTO(xml_ptr) doc = NULL;
	int r = SHVM_OK;

	if (f->data.len == 0)
		return SHVM_OK;
	if (!utf8_is_valid(f->data.data, f->data.len))
		r = err_set(err, SHVM_E_FORMAT,
			    "is not UTF-8 text, so no value can go into it");
	else if (form == PLACEHOLDER_XML)
		r = xml_parse_foreign(f->data.data, f->data.len,
				      PAYLOAD_SIZE_MAX, "XML", &doc, err);
	if (r == SHVM_OK)
		r = fabric_scan(form, f->data.data, f->data.len, keys, err);
	return err_prefix(err, as_no(err, r, "file-refused"), "file \"%s\"",
			  f->name);
}

/* The answer file in UTF-8, its placeholders, and the system it is for. */
static int scan_answer(const struct payload_file *answer, struct buf *ret,
		       enum answer_system *ret_system, struct tokens *keys,
		       struct shvm_err *err)
{
	int r;

	r = answer_file_read(answer->data.data, answer->data.len, ret,
			     ret_system, err);
	if (r == SHVM_OK)
		r = err_prefix(err,
			       fabric_scan(answer_form(ret), ret->data,
					   ret->len, keys, err),
			       "answer file");
	return as_no(err, r, "answer-file-invalid");
}

/* The machine must have the key whose fingerprint its owner was told. */
static int check_host_key(const struct payload *p, const struct buf *text,
			  enum answer_system system, const char *reason,
			  struct shvm_err *err)
{
	if (!payload_host_key(p) || !p->answer.name)
		return SHVM_OK;
	if (system == ANSWER_WINDOWS)
		return err_reason(
			err, SHVM_E_VERIFY, "file-refused",
			"an SSH host key is for Linux, and the answer file is for Windows");
	if (system != ANSWER_CLOUD_INIT)
		return SHVM_OK;
	return err_prefix(err,
			  as_no(err, user_data_check_host_key(text, err),
				reason),
			  "answer file");
}

/* Checks everything except values; text receives that of the answer file. */
static int check_all(const struct payload *p, struct buf *text,
		     struct tokens *keys, struct shvm_err *err)
{
	enum answer_system system = ANSWER_WINDOWS;

	if (p->answer.name)
		TRY(scan_answer(&p->answer, text, &system, keys, err));
	TRY(check_names(p, system, err));
	TRY(check_host_key(p, text, system, "answer-file-invalid", err));
	for (size_t i = 0; i < p->count; i++)
		if (p->files[i].substitute)
			TRY(scan_file(&p->files[i], keys, err));
	return SHVM_OK;
}

int specialize_check(const struct payload *p, struct tokens *keys,
		     const struct notes *notes, struct shvm_err *err)
{
	AUTO_DONE(buf) text = { .wipe = true };
	AUTO_DONE(tokens) found = { 0 };

	TRY(check_all(p, &text, &found, err));
	if (p->answer.name)
		TRY(answer_values_check(&text, false, notes, err));
	if (keys)
		*keys = MOVE(found);
	return SHVM_OK;
}

int specialize_keys(const struct payload *p, struct tokens *keys,
		    struct shvm_err *err)
{
	AUTO_DONE(buf) text = { .wipe = true };
	enum answer_system system;
	int r = SHVM_OK;

	/* Other failures are reported by specialize_check(). */
	if (p->answer.name)
		r = scan_answer(&p->answer, &text, &system, keys, NULL);
	for (size_t i = 0; r != SHVM_E_NOMEM && i < p->count; i++)
		if (p->files[i].substitute)
			r = scan_file(&p->files[i], keys, NULL);
	return r == SHVM_E_NOMEM ? err_nomem(err, "placeholders") : SHVM_OK;
}

/* An answer file in UTF-16 is converted to UTF-8 here. */
static int apply_answer(const char *name, const struct buf *text,
			const struct shvm_fabric *fabric,
			const struct notes *notes, struct payload *ret,
			size_t *count, struct shvm_err *err)
{
	AUTO_DONE(buf) data = { .wipe = true };
	struct shvm_file file;

	TRY(err_prefix(err,
		       fabric_substitute(fabric, answer_form(text), text, &data,
					 count, err),
		       "%s", name));
	TRY(answer_values_check(&data, true, notes, err));
	file = (struct shvm_file){ name, data.data, data.len };
	return as_no(err, payload_set_answer(ret, &file, err), "value-refused");
}

static int apply_file(const struct payload_file *from,
		      const struct shvm_fabric *fabric, struct payload *ret,
		      size_t *count, struct shvm_err *err)
{
	AUTO_DONE(buf) data = { .wipe = true };
	struct shvm_file file = { from->name, from->data.data, from->data.len };

	if (from->host_key)
		return payload_set_host_key(ret, file.data, file.size, err);
	if (!from->substitute || from->data.len == 0)
		return payload_add(ret, &file, err);
	TRY(err_prefix(err,
		       fabric_substitute(fabric, form_of(from), &from->data,
					 &data, count, err),
		       "file \"%s\"", from->name));
	file.data = data.data;
	file.size = data.len;
	return as_no(err, payload_add(ret, &file, err), "value-refused");
}

int specialize_apply(const struct payload *from,
		     const struct shvm_fabric *fabric,
		     const struct notes *notes, struct payload *ret,
		     size_t *ret_count, struct shvm_err *err)
{
	AUTO_DONE(payload) p = { 0 };
	AUTO_DONE(buf) text = { .wipe = true };
	AUTO_DONE(tokens) keys = { 0 };
	size_t count = 0;

	TRY(check_all(from, &text, &keys, err));
	TRY(fabric_check_complete(fabric, &keys, err));
	if (from->answer.name)
		TRY(apply_answer(from->answer.name, &text, fabric, notes, &p,
				 &count, err));
	if (from->answer.name && answer_is_user_data(&p.answer.data))
		TRY(check_host_key(from, &p.answer.data, ANSWER_CLOUD_INIT,
				   "value-refused", err));
	for (size_t i = 0; i < from->count; i++)
		TRY(apply_file(&from->files[i], fabric, &p, &count, err));
	*ret = MOVE(p);
	*ret_count = count;
	return SHVM_OK;
}
