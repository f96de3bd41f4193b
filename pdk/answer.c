/* SPDX-License-Identifier: MIT */
/* Shared by the builders of answer files: texts, passwords, results. */
#include "pdk/answer.h"

#include "base/encode.h"
#include "base/utf16.h"
#include "base/utf8.h"
#include "pdk/fabric.h"
#include "pdk/text.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

int shvm_static_ip_parse(const char *text, enum shvm_static_ip *ret,
			 struct shvm_err *err)
{
	static const char *const names[] = { "None", "All", "IPv4Address",
					     "IPv6Address", "DnsServerOnly" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(text, names[i]) == 0) {
			*ret = (enum shvm_static_ip)i;
			return SHVM_OK;
		}
	return err_set(
		err, SHVM_E_ARG,
		"static IP \"%s\" is none of None, All, IPv4Address, IPv6Address, DnsServerOnly",
		text);
}

void answer_add_text(struct buf *b, const char *text)
{
	text_add_xml(b, text, strlen(text), TEXT_ESCAPE_AT);
}

void answer_add_element(struct buf *b, unsigned int indent, const char *name,
			const char *text)
{
	buf_printf(b, "%*s<%s>", (int)indent, "", name);
	answer_add_text(b, text);
	buf_printf(b, "</%s>\n", name);
}

/* Control characters of ASCII and Latin-1, and a byte order mark. */
static bool has_control(const void *text, size_t len)
{
	return utf8_has_control(text, len) ||
	       memmem(text, len, "\xef\xbb\xbf", 3);
}

int answer_check_text(const char *text, size_t max, const char *what,
		      struct shvm_err *err)
{
	const size_t len = strlen(text);

	if (len == 0)
		return err_set(err, SHVM_E_ARG, "%s is empty", what);
	if (len > max)
		return err_set(err, SHVM_E_ARG,
			       "%s has %zu bytes, the limit is %zu", what, len,
			       max);
	if (!text_is_xml(text, len) || has_control(text, len))
		return err_set(err, SHVM_E_ARG,
			       "%s is not one line of UTF-8 text", what);
	return SHVM_OK;
}

int answer_password(shvm_passphrase_fn ask, void *ctx, const char *what,
		    struct secret **ret, struct shvm_err *err)
{
	AUTO(secret_ptr) s = NULL;

	TRY(secret_ask(ask, ctx, what, &s, err));
	if (s->size == 0)
		return err_reason(err, SHVM_E_ARG, "empty-password",
				  "%s is empty", what);
	if (!text_is_xml((const char *)s->data, s->size) ||
	    has_control(s->data, s->size))
		return err_set(err, SHVM_E_ARG,
			       "%s is not one line of UTF-8 text", what);
	*ret = STEAL(s);
	return SHVM_OK;
}

int answer_hide_password(const struct secret *password, const char *suffix,
			 struct buf *ret, struct shvm_err *err)
{
	AUTO_DONE(buf) wide = { .wipe = true };

	if (!utf16_from_utf8((const char *)password->data, password->size,
			     &wide) ||
	    !utf16_from_utf8(suffix, strlen(suffix), &wide))
		return err_set(err, SHVM_E_ARG, "a password is not UTF-8");
	TRY(buf_check(&wide, "password", err));
	base64_encode(ret, wide.data, wide.len);
	return SHVM_OK;
}

int answer_check_adapters(enum shvm_static_ip ip, uint32_t *adapters,
			  struct shvm_err *err)
{
	if (ip == SHVM_STATIC_IP_NONE && *adapters > 0)
		return err_set(err, SHVM_E_ARG,
			       "a number of adapters needs a static IP pool");
	if (*adapters == 0)
		*adapters = 1;
	if (*adapters > ANSWER_ADAPTERS_MAX)
		return err_set(err, SHVM_E_ARG, "%u adapters, the limit is %d",
			       *adapters, ANSWER_ADAPTERS_MAX);
	return SHVM_OK;
}

void shvm_answer_done(struct shvm_answer *answer)
{
	if (answer->xml)
		OPENSSL_cleanse(answer->xml, answer->xml_size);
	free(answer->xml);
	for (size_t i = 0; i < answer->file_count; i++) {
		struct shvm_file *f = &answer->files[i];
		void *data = (void *)(uintptr_t)f->data;

		if (data)
			OPENSSL_cleanse(data, f->size);
		free(data);
		free((void *)(uintptr_t)f->name);
	}
	free(answer->files);
	for (size_t i = 0; i < answer->key_count; i++)
		free(answer->keys[i]);
	free(answer->keys);
	*answer = (struct shvm_answer){ 0 };
}

int answer_finish(struct buf *xml, struct payload *files,
		  struct shvm_answer *ret, struct shvm_err *err)
{
	AUTOFREE struct shvm_file *list = NULL;
	AUTO_DONE(tokens) keys = { 0 };

	TRY(buf_check(xml, "answer file", err));
	if (files->count > 0) {
		list = calloc(files->count, sizeof(*list));
		TRY(err_null(err, list, "answer file"));
	}
	TRY(fabric_scan(PLACEHOLDER_XML, xml->data, xml->len, &keys, err));

	*ret = (struct shvm_answer){
		.xml_size = xml->len,
		.files = list,
		.file_count = files->count,
		.key_count = keys.count,
	};
	ret->keys = STEAL(keys.items);
	keys.count = 0;
	ret->xml = STEAL(xml->data);
	*xml = (struct buf){ 0 };
	for (size_t i = 0; i < files->count; i++) {
		struct payload_file *f = &files->files[i];

		list[i].name = STEAL(f->name);
		list[i].size = f->data.len;
		list[i].data = STEAL(f->data.data);
		f->data = (struct buf){ 0 };
	}
	list = NULL; /* owned by the answer now */
	return SHVM_OK;
}

int shvm_password_random(char buf[SHVM_PASSWORD_SIZE], struct shvm_err *err)
{
	/* No similar characters; 64 of them, so that 6 bits select one. */
	static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ"
				       "abcdefghijkmnopqrstuvwxyz"
				       "23456789+-=_.:!";
	uint8_t bytes[SHVM_PASSWORD_SIZE - 1];
	bool good = false;

	static_assert(sizeof(alphabet) - 1 == 64, "one of 64 by 6 bits");
	while (!good) {
		TRY(secret_random(bytes, sizeof(bytes), err));
		for (size_t i = 0; i < sizeof(bytes); i++)
			buf[i] = alphabet[bytes[i] & 63];
		buf[sizeof(bytes)] = '\0';
		/* Windows requires several kinds; otherwise generate again. */
		good = strpbrk(buf, "ABCDEFGHJKLMNPQRSTUVWXYZ") &&
		       strpbrk(buf, "abcdefghijkmnopqrstuvwxyz") &&
		       strpbrk(buf, "23456789") && strpbrk(buf, "+-=_.:!");
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return SHVM_OK;
}
