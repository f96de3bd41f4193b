/* SPDX-License-Identifier: MIT */
/* The XML body of a shielding data file, and its compressed form. */
#include "pdk/body.h"

#include "base/encode.h"
#include "pdk/text.h"

#include <openssl/crypto.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

enum {
	INFLATE_STEP = 64 * 1024
};

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
	return SHVM_OK;
}

static void file_encode(const char *element, const struct payload_file *f,
			struct buf *ret)
{
	buf_printf(ret, "  <%s Name=\"", element);
	text_add_xml(ret, f->name, strlen(f->name), 0);
	buf_printf(ret, "\"%s>", f->substitute ? " Substitute=\"true\"" : "");
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

	if (!xml_is(root, PDK_NS, "ShieldingData"))
		return err_set(
			err, SHVM_E_FORMAT,
			"body: the root is <%s> of \"%.60s\", not " PDK_NS,
			xml_name(root), xml_ns(root));
	if (xml_check_attrs(root, names, err) < 0 ||
	    xml_check_no_text(root, err) < 0)
		return SHVM_E_FORMAT;
	kind = xml_attr(root, "Kind");
	if (kind && strcmp(kind, "Template") == 0)
		b->kind = SHVM_PDK_TEMPLATE;
	else if (kind && strcmp(kind, "ExistingVM") == 0)
		b->kind = SHVM_PDK_EXISTING_VM;
	else
		return err_set(err, SHVM_E_FORMAT,
			       "body: Kind is neither Template nor ExistingVM");

	TRY(xml_seq_need(seq, PDK_NS, "Policy", &n, err));
	if (xml_check_attrs(n, (const char *const[]){ NULL }, err) < 0 ||
	    xml_text(n, &policy, err) < 0)
		return SHVM_E_FORMAT;
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

static int file_decode(const struct xml_node *n, bool answer, struct body *b,
		       struct shvm_err *err)
{
	static const char *const names[] = { "Name", NULL };
	static const char *const other_names[] = { "Name", "Substitute", NULL };
	const char *substitute = xml_attr(n, "Substitute");
	AUTO_DONE(buf) data = { .wipe = true };
	const char *name = xml_attr(n, "Name"), *text;
	struct shvm_file file;
	int r;

	if (!name)
		return err_set(err, SHVM_E_FORMAT,
			       "body: line %u: %s has no Name", xml_line(n),
			       xml_name(n));
	if (xml_check_attrs(n, answer ? names : other_names, err) < 0 ||
	    xml_text(n, &text, err) < 0)
		return SHVM_E_FORMAT;
	if (substitute && strcmp(substitute, "true") != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "body: line %u: Substitute is not \"true\"",
			       xml_line(n));
	r = base64_decode(text, strlen(text), "body: a file's content", &data,
			  err);
	if (r < 0)
		return r;
	file = (struct shvm_file){ name, data.data, data.len };
	if (answer)
		r = payload_set_answer(&b->payload, &file, err);
	else
		r = payload_add(&b->payload, &file, err);
	if (r == SHVM_OK && substitute)
		r = payload_substitute(&b->payload, name, err);
	/* What is a wrong argument for us is a damaged file for a reader. */
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

/*
 * zlib keeps the last 32 KiB of the text in a window of its own: it is wiped
 * when it is released. The size stands before the bytes that zlib gets.
 */
static void *window_new(void *ctx, unsigned int items, unsigned int size)
{
	size_t len;
	max_align_t *p;

	(void)ctx;
	if (__builtin_mul_overflow((size_t)items, (size_t)size, &len) ||
	    __builtin_add_overflow(len, sizeof(*p), &len))
		return NULL;
	p = calloc(1, len);
	if (!p)
		return NULL;
	memcpy(p, &len, sizeof(len));
	return p + 1;
}

static void window_free(void *ctx, void *window)
{
	max_align_t *p = (max_align_t *)window - 1;
	size_t len;

	(void)ctx;
	memcpy(&len, p, sizeof(len));
	OPENSSL_cleanse(p, len);
	free(p);
}

int body_deflate(const struct buf *xml, struct buf *ret, struct shvm_err *err)
{
	z_stream z = { .zalloc = window_new, .zfree = window_free };
	uLong bound;
	uint8_t *p;
	int r;

	/* The stream shows as much as the text does. */
	ret->wipe = true;
	if (deflateInit(&z, Z_BEST_COMPRESSION) != Z_OK)
		return err_nomem(err, "body");
	bound = deflateBound(&z, (uLong)xml->len);
	p = buf_grow(ret, bound);
	if (!p) {
		(void)deflateEnd(
			&z); /* without memory there is no more to do */
		return err_nomem(err, "body");
	}
	z.next_in = xml->data;
	z.avail_in = (uInt)xml->len; /* below BODY_SIZE_MAX, as its bound is */
	z.next_out = p;
	z.avail_out = (uInt)bound;
	r = deflate(&z, Z_FINISH);
	ret->len -= z.avail_out;
	(void)deflateEnd(&z); /* fails only for an unfinished stream */
	return r == Z_STREAM_END ? SHVM_OK : err_nomem(err, "body");
}

static int inflate_all(z_stream *z, struct buf *ret, struct shvm_err *err)
{
	size_t total = 0;
	int r;

	do {
		/* A byte more than the limit shows that there is more. */
		size_t room = BODY_SIZE_MAX - total < INFLATE_STEP
				      ? BODY_SIZE_MAX - total + 1
				      : INFLATE_STEP;
		uint8_t *p = buf_grow(ret, room);

		TRY(err_null(err, p, "body"));
		z->next_out = p;
		z->avail_out = (uInt)room;
		r = inflate(z, Z_NO_FLUSH);
		ret->len -= z->avail_out;
		total += room - z->avail_out;
		if (r == Z_MEM_ERROR)
			return err_nomem(err, "body");
		if (r != Z_OK && r != Z_STREAM_END)
			return err_set(
				err, SHVM_E_FORMAT,
				"body: the zlib stream is damaged or cut off after %zu bytes",
				total);
		if (total > BODY_SIZE_MAX)
			return err_set(err, SHVM_E_FORMAT,
				       "body: inflates to more than %d bytes",
				       BODY_SIZE_MAX);
	} while (r != Z_STREAM_END);
	if (z->avail_in > 0)
		return err_set(err, SHVM_E_FORMAT,
			       "body: %u bytes behind the zlib stream",
			       z->avail_in);
	return SHVM_OK;
}

int body_inflate(const uint8_t *data, size_t len, struct buf *ret,
		 struct shvm_err *err)
{
	z_stream z = { .zalloc = window_new, .zfree = window_free };
	AUTO_DONE(buf) out = { .wipe = true };
	int r;

	if (len > UINT32_MAX)
		return err_set(err, SHVM_E_FORMAT, "body: %zu bytes", len);
	if (inflateInit(&z) != Z_OK)
		return err_nomem(err, "body");
	z.next_in = data;
	z.avail_in = (uInt)len;
	r = inflate_all(&z, &out, err);
	(void)inflateEnd(&z); /* fails only for a state that was not begun */
	if (r < 0)
		return r;
	ret->wipe = true;
	buf_add(ret, out.data, out.len);
	return buf_check(ret, "body", err);
}
