/* SPDX-License-Identifier: MIT */
/* An answer file as a template: its tokens are found, and with a value for
 * each of them none is left that was there before. A password that is put in
 * is there, whatever stands around it, and can be put in again. */
#include "pdk/answer.h"
#include "pdk/answer_file.h"
#include "pdk/answer_password.h"
#include "pdk/fabric.h"
#include "pdk/linux_answer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check_password(const struct buf *in, enum answer_system system)
{
	struct old_passwords old = { 0 };
	struct secret *password = NULL;
	struct buf one = { 0 }, two = { 0 };
	struct payload p = { 0 };
	const struct shvm_file file = { "a.xml", in->data, in->len };
	struct password_change change = { 0 };

	if (secret_copy((const uint8_t *)"x", 1, &password, NULL) == 0) {
		change.password = password;
		if (answer_set_password(in, system, &change, &one, &old,
					NULL) == 0 &&
		    (answer_set_password(&one, system, &change, &two, &old,
					 NULL) < 0 ||
		     one.len != two.len ||
		     memcmp(one.data, two.data, one.len) != 0))
			abort();
		if (payload_set_answer(&p, &file, NULL) == 0)
			(void)old_passwords_warn(&old, &p, NULL, NULL);
	}
	payload_done(&p);
	old_passwords_done(&old);
	secret_free(password);
	buf_done(&one);
	buf_done(&two);
}

/* All placeholders get a value, and none is left that was there before; XML
 * stays XML. */
static void check(enum placeholder_form form, const struct buf *in)
{
	struct shvm_fabric *f = NULL;
	struct tokens t = { 0 };
	struct buf out = { 0 }, text = { 0 };
	struct shvm_err err = { 0 };
	enum answer_system system;
	const char *value = form == PLACEHOLDER_XML ? "]]>&v<\"" : "v";
	size_t count = 0;

	if (fabric_scan(form, in->data, in->len, &t, NULL) == 0 &&
	    shvm_fabric_new(&f, NULL) == 0) {
		for (size_t i = 0; i < t.count; i++)
			if (shvm_fabric_add(f, t.items[i], value, &err) < 0 &&
			    !strstr(err.msg, "the value of"))
				abort();
		if (fabric_check_complete(f, &t, NULL) == 0 &&
		    (fabric_substitute(f, form, in, &out, &count, NULL) < 0 ||
		     count < t.count))
			abort();
		if (form == PLACEHOLDER_XML && count > 0 &&
		    answer_file_read(in->data, in->len, &text, &system, NULL) ==
			    0 &&
		    system != ANSWER_CLOUD_INIT) {
			buf_done(&text);
			text = (struct buf){ 0 };
			if (answer_file_read(out.data, out.len, &text, &system,
					     NULL) < 0)
				abort();
		}
	}
	shvm_fabric_free(f);
	tokens_done(&t);
	buf_done(&out);
	buf_done(&text);
}

/* For cloud-init. */
static void check_translation(const struct buf *text, enum answer_system system)
{
	struct linux_answer a = { 0 };
	struct xml_doc *doc = NULL;
	struct buf b = { 0 };

	if (system == ANSWER_LINUX &&
	    answer_file_parse(text, &doc, &system, NULL) == 0 &&
	    linux_answer_read(doc, &a, NULL) == 0)
		(void)network_write(&a.network, &b, NULL);
	xml_free(doc);
	buf_done(&b);
}

/* What is read once is read as the same again, and its values can be judged. */
static void check_file(const struct buf *in)
{
	struct buf one = { 0 }, two = { 0 };
	enum answer_system system;

	if (answer_file_read(in->data, in->len, &one, &system, NULL) == 0) {
		if (answer_file_read(one.data, one.len, &two, &system, NULL) <
			    0 ||
		    one.len != two.len ||
		    memcmp(one.data, two.data, one.len) != 0)
			abort();
		(void)answer_values_check(&one, true, NULL, NULL);
		check_translation(&one, system);
		check_password(&one, system);
	}
	buf_done(&one);
	buf_done(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf in = { 0 };

	buf_add(&in, data, size);
	check(PLACEHOLDER_XML, &in);
	check(PLACEHOLDER_YAML, &in);
	check(PLACEHOLDER_SCRIPT, &in);
	check_file(&in);
	buf_done(&in);
	return 0;
}
