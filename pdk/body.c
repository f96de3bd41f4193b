/* SPDX-License-Identifier: MIT */
/* The content of a shielding data file: set, encoded, decoded and described. */
#include "pdk/body.h"

#include "base/encode.h"
#include "base/reserved.h"
#include "pdk/answer_file.h"
#include "pdk/specialize.h"
#include "pdk/ssh_host_key.h"
#include "pdk/text.h"
#include "pdk/trusted_catalog.h"

#include <stdlib.h>
#include <string.h>

void body_done(struct body *b)
{
	qualifiers_done(&b->qualifiers);
	payload_done(&b->payload);
}

int body_check(const struct body *b, struct shvm_err *err)
{
	if (b->kind == SHVM_PDK_TEMPLATE) {
		if (!b->payload.answer.name)
			return err_set(
				err, SHVM_E_ARG,
				"a file for templates needs an answer file");
		if (b->qualifiers.count == 0)
			return err_set(
				err, SHVM_E_ARG,
				"a file for templates must trust at least one");
		return SHVM_OK;
	}
	if (b->payload.answer.name)
		return err_set(
			err, SHVM_E_ARG,
			"a file for existing machines takes no answer file");
	if (b->qualifiers.count > 0)
		return err_set(
			err, SHVM_E_ARG,
			"a file for existing machines trusts no templates");
	if (payload_host_key(&b->payload))
		return err_set(
			err, SHVM_E_ARG,
			"a file for existing machines takes no SSH host key");
	return SHVM_OK;
}

static void file_encode(const char *element, const struct payload_file *f,
			struct buf *ret)
{
	buf_printf(ret, "  <%s Name=\"", element);
	text_add_xml(ret, f->name, strlen(f->name), 0);
	buf_printf(ret, "\"%s>",
		   f->substitute ? " Substitute=\"true\""
		   : f->host_key ? " SSHHostKey=\"true\""
				 : "");
	base64_encode(ret, f->data.data, f->data.len);
	buf_printf(ret, "</%s>\n", element);
}

int body_encode(const struct body *b, struct buf *ret, struct shvm_err *err)
{
	TRY(body_check(b, err));
	ret->wipe = true;
	buf_printf(ret,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		   "<ShieldingData xmlns=\"" PDK_NS "\" Kind=\"%s\">\n"
		   "  <Policy>%s</Policy>\n",
		   b->kind == SHVM_PDK_TEMPLATE ? "Template" : "ExistingVM",
		   shvm_policy_name(b->policy));
	if (b->qualifiers.count > 0)
		qualifiers_encode(&b->qualifiers, false, ret);
	if (b->payload.answer.name)
		file_encode("AnswerFile", &b->payload.answer, ret);
	for (size_t i = 0; i < b->payload.count; i++)
		file_encode("OtherFile", &b->payload.files[i], ret);
	buf_add_text(ret, "</ShieldingData>\n");
	TRY(buf_check(ret, "body", err));
	if (ret->len > BODY_SIZE_MAX)
		return err_set(err, SHVM_E_ARG,
			       "body of %zu bytes, the limit is %d", ret->len,
			       BODY_SIZE_MAX);
	return SHVM_OK;
}

static int head_decode(const struct xml_node *root, struct xml_seq *seq,
		       struct body *b, struct shvm_err *err)
{
	static const char *const names[] = { "Kind", NULL };
	const char *kind, *policy;
	struct xml_node *n;

	TRY(pdk_check_root(root, "body", "ShieldingData", err));
	TRY(xml_check_attrs(root, names, err));
	TRY(xml_check_no_text(root, err));
	kind = xml_attr(root, "Kind");
	if (kind && strcmp(kind, "Template") == 0)
		b->kind = SHVM_PDK_TEMPLATE;
	else if (kind && strcmp(kind, "ExistingVM") == 0)
		b->kind = SHVM_PDK_EXISTING_VM;
	else
		return err_set(err, SHVM_E_FORMAT,
			       "body: Kind is neither Template nor ExistingVM");

	TRY(xml_seq_need(seq, PDK_NS, "Policy", &n, err));
	TRY(xml_check_attrs(n, NULL, err));
	TRY(xml_text(n, &policy, err));
	if (strcmp(policy, "Shielded") == 0)
		b->policy = SHVM_POLICY_SHIELDED;
	else if (strcmp(policy, "EncryptionSupported") == 0)
		b->policy = SHVM_POLICY_ENCRYPTION_SUPPORTED;
	else
		return err_set(
			err, SHVM_E_FORMAT,
			"body: Policy is neither Shielded nor EncryptionSupported");
	return SHVM_OK;
}

/* An SSH host key is named by its kind, and there once. */
static int host_key_decode(const struct xml_node *n, const struct buf *data,
			   const char *name, struct body *b,
			   struct shvm_err *err)
{
	const struct payload_file *f;

	if (payload_host_key(&b->payload))
		return err_set(err, SHVM_E_FORMAT,
			       "body: line %u: a second SSH host key",
			       xml_line(n));
	TRY(payload_set_host_key(&b->payload, data->data, data->len, err));
	f = payload_host_key(&b->payload);
	if (strcmp(f->name, name) != 0)
		return err_set(
			err, SHVM_E_FORMAT,
			"body: line %u: the SSH host key is not called %s",
			xml_line(n), f->name);
	return SHVM_OK;
}

static int file_decode(const struct xml_node *n, bool answer, struct body *b,
		       struct shvm_err *err)
{
	static const char *const names[] = { "Name", NULL };
	static const char *const other_names[] = { "Name", "Substitute",
						   "SSHHostKey", NULL };
	const char *substitute = xml_attr(n, "Substitute");
	const char *host_key = xml_attr(n, "SSHHostKey");
	AUTO_DONE(buf) data = { .wipe = true };
	const char *name = xml_attr(n, "Name"), *text;
	struct shvm_file file;
	int r;

	if (!name)
		return err_set(err, SHVM_E_FORMAT,
			       "body: line %u: %s has no Name", xml_line(n),
			       xml_name(n));
	TRY(xml_check_attrs(n, answer ? names : other_names, err));
	TRY(xml_text(n, &text, err));
	if (substitute && strcmp(substitute, "true") != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "body: line %u: Substitute is not \"true\"",
			       xml_line(n));
	if (host_key && (substitute || strcmp(host_key, "true") != 0))
		return err_set(
			err, SHVM_E_FORMAT,
			"body: line %u: SSHHostKey is not \"true\", or Substitute is there as well",
			xml_line(n));
	TRY(base64_decode(text, strlen(text), "body: a file's content", &data,
			  err));
	file = (struct shvm_file){ name, data.data, data.len };
	if (answer)
		r = payload_set_answer(&b->payload, &file, err);
	else if (host_key)
		r = host_key_decode(n, &data, name, b, err);
	else
		r = payload_add(&b->payload, &file, err);
	if (r == SHVM_OK && substitute)
		r = payload_substitute(&b->payload, name, err);
	/* A wrong argument for the writer is a damaged file for the reader. */
	if (r == SHVM_E_ARG) {
		if (err)
			err->code = SHVM_E_FORMAT;
		return err_prefix(err, SHVM_E_FORMAT, "body");
	}
	return r;
}

static int parts_decode(struct xml_seq *seq, struct body *b,
			struct shvm_err *err)
{
	struct xml_node *n;

	n = xml_seq_maybe(seq, PDK_NS, "VolumeIDQualifiers");
	if (n)
		TRY(qualifiers_decode(n, &b->qualifiers, err));
	n = xml_seq_maybe(seq, PDK_NS, "AnswerFile");
	if (n)
		TRY(file_decode(n, true, b, err));
	while ((n = xml_seq_maybe(seq, PDK_NS, "OtherFile")) != NULL)
		TRY(file_decode(n, false, b, err));
	return xml_seq_end(seq, err);
}

int body_decode(const uint8_t *xml, size_t len, struct body *ret,
		struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;
	AUTO_DONE(body) b = { 0 };
	struct xml_seq seq;

	TRY(xml_parse(xml, len, BODY_SIZE_MAX, "body", &doc, err));
	seq = xml_seq_begin(xml_root(doc));
	TRY(head_decode(xml_root(doc), &seq, &b, err));
	TRY(parts_decode(&seq, &b, err));
	if (body_check(&b, err) < 0) {
		if (err)
			err->code = SHVM_E_FORMAT;
		return err_prefix(err, SHVM_E_FORMAT, "body");
	}
	*ret = MOVE(b);
	return SHVM_OK;
}

/* Given files replace files of the same name. */
static int put_files(struct payload *p, const struct shvm_pdk_content *c,
		     struct shvm_err *err)
{
	for (size_t i = 0; i < c->file_count; i++)
		if (payload_has(p, c->files[i].name))
			TRY(payload_remove(p, c->files[i].name, err));
	for (size_t i = 0; i < c->file_count; i++)
		TRY(payload_add(p, &c->files[i], err));
	for (size_t i = 0; i < c->substitute_count; i++)
		TRY(payload_substitute(p, c->substitute[i], err));
	return SHVM_OK;
}

int body_put(struct body *b, const struct shvm_pdk_content *c,
	     struct shvm_err *err)
{
	TRY(reserved_check(c->reserved, "struct shvm_pdk_content", err));
	if (c->policy)
		b->policy = *c->policy;
	if (c->answer)
		TRY(payload_set_answer(&b->payload, c->answer, err));
	TRY(put_files(&b->payload, c, err));
	if (c->ssh_host_key)
		TRY(err_prefix(err,
			       payload_set_host_key(&b->payload,
						    c->ssh_host_key->data,
						    c->ssh_host_key->size, err),
			       "%s", c->ssh_host_key->name));
	return trusted_qualifiers_add(c, &b->qualifiers, err);
}

/* Stored in UTF-8, so that other readers need no converter. */
static int store_utf8(struct payload *p, struct shvm_err *err)
{
	AUTO_DONE(buf) text = { .wipe = true };
	enum answer_system system;

	TRY(err_prefix(err,
		       answer_file_read(p->answer.data.data, p->answer.data.len,
					&text, &system, err),
		       "%s", p->answer.name));
	buf_done(&p->answer.data);
	p->answer.data = MOVE(text);
	return SHVM_OK;
}

int body_finish(struct body *b, const struct shvm_pdk_content *c,
		struct shvm_err *err)
{
	const struct notes notes = { c->note, c->note_ctx };
	int r = SHVM_OK;

	if (b->payload.answer.name)
		r = store_utf8(&b->payload, err);
	if (r == SHVM_OK)
		r = specialize_check(&b->payload, NULL, &notes, err);
	if (r == SHVM_E_VERIFY) {
		r = SHVM_E_FORMAT;
		if (err)
			err->code = r;
	}
	if (r == SHVM_OK && !c->no_size_limit)
		r = payload_check_size(&b->payload, err);
	return r < 0 ? r : body_check(b, err);
}

void body_lists_done(struct body_lists *l)
{
	free(l->files);
	free(l->substitute);
	tokens_done(&l->keys);
	ssh_host_key_done(&l->host_key);
	*l = (struct body_lists){ 0 };
}

int body_describe(const struct body *b, struct body_lists *l,
		  struct shvm_pdk_info *ret, struct shvm_err *err)
{
	const struct payload *p = &b->payload;
	const struct payload_file *key = payload_host_key(p);
	int r;

	if (key) {
		TRY(ssh_host_key_read(key->data.data, key->data.len,
				      &l->host_key, err));
		ret->ssh_host_key = l->host_key.public_key;
		ret->ssh_host_key_fingerprint = l->host_key.fingerprint;
	}
	l->files = calloc(p->count + 1, sizeof(*l->files));
	l->substitute = calloc(p->count + 1, sizeof(*l->substitute));
	if (!l->files || !l->substitute)
		return err_nomem(err, "description");
	ret->kind = b->kind;
	ret->answer = (struct shvm_file){ p->answer.name, p->answer.data.data,
					  p->answer.data.len };
	ret->files = l->files;
	ret->file_count = p->count;
	ret->substitute = l->substitute;
	ret->substitute_count = 0;
	for (size_t i = 0; i < p->count; i++) {
		const struct payload_file *f = &p->files[i];

		l->files[i] = (struct shvm_file){ f->name, f->data.data,
						  f->data.len };
		if (f->substitute)
			l->substitute[ret->substitute_count++] = f->name;
	}
	r = specialize_keys(p, &l->keys, err);
	ret->keys = (const char *const *)l->keys.items;
	ret->key_count = l->keys.count;
	return r;
}
