/* SPDX-License-Identifier: MIT */
/* The seed that cloud-init's data source NoCloud reads at the first boot. */
#include "pdk/cloud_seed.h"

#include "base/encode.h"
#include "base/line.h"
#include "base/match.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "pdk/answer_file.h"
#include "pdk/linux_answer.h"
#include "pdk/password_hash.h"
#include "pdk/ssh_host_key.h"
#include "pdk/windows_names.h"

#include <ctype.h>
#include <string.h>

enum {
	INSTANCE_ID_MAX = 64 /* bytes; ours */
};

/* Ends the provisioning, and has the machine keep its identity without seed. */
static const char ending[] = "#cloud-config\n"
			     "# What shvm adds to the owner's user-data.\n"
			     "manual_cache_clean: true\n"
			     "power_state:\n"
			     "  mode: poweroff\n"
			     "  delay: now\n"
			     "  message: provisioning has finished\n"
			     "  timeout: 60\n"
			     "  condition: true\n";

/* The parts as they are made. */
struct parts {
	struct buf user_data, meta_data, vendor_data, network;
};

static void parts_done(struct parts *p)
{
	buf_done(&p->user_data);
	buf_done(&p->meta_data);
	buf_done(&p->vendor_data);
	buf_done(&p->network);
}

/* A double-quoted scalar of text in UTF-8. */
static void add_quoted(struct buf *b, const char *text, size_t len)
{
	buf_add_text(b, "\"");
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c = 0;

		n = utf8_next(text + i, len - i, &c);
		if (n == 0)
			n = 1;
		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", (int)c);
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xfeff ||
			 c == 0x2028 || c == 0x2029)
			buf_printf(b, "\\u%04x", c);
		else
			buf_add(b, text + i, n);
	}
	buf_add_text(b, "\"");
}

/* "KEY: value"; white space around the value is that of the layout. */
static void add_member(struct buf *b, const char *key, const char *value)
{
	size_t len = strlen(value);

	text_trim(&value, &len);
	buf_add_text(b, key);
	add_quoted(b, value, len);
	buf_add_text(b, "\n");
}

/* The base64 of a password, as in the answer file, becomes a hash. */
static int add_password(struct buf *b, const char *base64, struct shvm_err *err)
{
	AUTO_DONE(buf) password = { .wipe = true };
	AUTO_DONE(buf) hash = { .wipe = true };

	TRY(err_as_reason(err,
			  base64_decode(base64, strlen(base64),
					"answer file: a user's password",
					&password, err),
			  SHVM_E_VERIFY, "value-refused"));
	if (password.len == 0 ||
	    !utf8_is_valid((const char *)password.data, password.len))
		return err_reason(
			err, SHVM_E_VERIFY, "value-refused",
			"answer file: a user's password is empty, or not base64 of text");
	buf_add_zeros(&password, 1);
	TRY(buf_check(&password, "password", err));
	TRY(password_hash((const char *)password.data, &hash, err));
	buf_add_text(b, "  lock_passwd: false\n  hashed_passwd: ");
	add_quoted(b, (const char *)hash.data, hash.len);
	buf_add_text(b, "\n");
	return SHVM_OK;
}

static bool is_user_name(const char *s, size_t len)
{
	if (len == 0 || len > 32 || isdigit((unsigned char)s[0]) || s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_' && s[i] != '-')
			return false;
	return true;
}

static int add_user(struct buf *b, const struct linux_user *u,
		    struct shvm_err *err)
{
	const char *name = u->name;
	size_t len = strlen(name);

	text_trim(&name, &len);
	if (!is_user_name(name, len))
		return err_reason(
			err, SHVM_E_VERIFY, "value-refused",
			"answer file: \"%.*s\" is not the name of a user",
			LINE_FIT(name, 60));
	add_member(b, "- name: ", u->name);
	if (u->password)
		TRY(add_password(b, u->password, err));
	else
		buf_add_text(b, "  lock_passwd: true\n");
	if (u->ssh_key) {
		buf_add_text(b, "  ssh_authorized_keys:\n");
		add_member(b, "  - ", u->ssh_key);
	}
	return SHVM_OK;
}

/* What a LinuxOSSpecialization says, in the words of cloud-init. */
static int translate(const struct buf *answer, struct parts *p,
		     const char **ret_host, struct xml_doc **ret_doc,
		     struct shvm_err *err)
{
	struct linux_answer a = { 0 };
	struct buf *b = &p->user_data;
	enum answer_system system;

	TRY(answer_file_parse(answer, ret_doc, &system, err));
	if (system != ANSWER_LINUX)
		return err_set(
			err, SHVM_E_ARG,
			"the answer file is for Windows, which has no cloud-init");
	TRY(linux_answer_read(*ret_doc, &a, err));
	buf_add_text(b, "#cloud-config\n"
			"# From a LinuxOSSpecialization document.\n"
			"disable_root: false\n"
			"users:");
	buf_add_text(b, a.user_count > 0 ? "\n" : " []\n");
	for (size_t i = 0; i < a.user_count; i++)
		TRY(add_user(b, &a.users[i], err));
	*ret_host = a.host_name;
	return network_write(&a.network, &p->network, err);
}

static int add_instance_id(struct buf *b, const char *id, struct shvm_err *err)
{
	uint8_t random[16];
	const size_t len = id ? strlen(id) : 0;

	if (!id) {
		TRY(secret_random(random, sizeof(random), err));
		buf_add_text(b, "instance-id: \"");
		for (size_t i = 0; i < sizeof(random); i++)
			buf_printf(b, "%s%02x",
				   i == 4 || i == 6 || i == 8 || i == 10 ? "-"
									 : "",
				   random[i]);
		buf_add_text(b, "\"\n");
		return SHVM_OK;
	}
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)id[i]) && !strchr("-._", id[i]))
			return err_set(
				err, SHVM_E_ARG,
				"instance id \"%.*s\" has other characters than letters, digits and - . _",
				LINE_FIT(id, INSTANCE_ID_MAX));
	if (len == 0 || len > INSTANCE_ID_MAX)
		return err_set(err, SHVM_E_ARG,
			       "instance id of %zu bytes, not 1 to %d", len,
			       INSTANCE_ID_MAX);
	add_member(b, "instance-id: ", id);
	return SHVM_OK;
}

static int add_host_name(struct buf *b, const char *host, struct shvm_err *err)
{
	char name[256];
	size_t len = host ? strlen(host) : 0;
	const char *why;

	if (!host)
		return SHVM_OK;
	text_trim(&host, &len);
	if (len == 0)
		return SHVM_OK;
	if (len >= sizeof(name))
		return err_reason(err, SHVM_E_VERIFY, "value-refused",
				  "the host name has %zu bytes", len);
	memcpy(name, host, len);
	name[len] = '\0';
	if (any_host_name(name, &why) == NAME_WRONG)
		return err_reason(err, SHVM_E_VERIFY, "value-refused",
				  "host name \"%.*s\" %s", LINE_FIT(name, 100),
				  why);
	if (strcmp(name, "*") != 0)
		add_member(b, "local-hostname: ", name);
	return SHVM_OK;
}

/* The private key as a block scalar, in which nothing is escaped. */
static int add_host_key(struct buf *b, const struct payload_file *f,
			struct shvm_err *err)
{
	AUTO_DONE(ssh_host_key) key = { 0 };
	const char *text = (const char *)f->data.data;
	size_t len = f->data.len;

	TRY(ssh_host_key_read(text, len, &key, err));
	text_trim(&text, &len);
	buf_printf(b,
		   "ssh_deletekeys: true\n"
		   "ssh_keys:\n"
		   "  %s_public: \"%s\"\n"
		   "  %s_private: |\n",
		   key.kind, key.public_key, key.kind);
	while (len > 0) {
		const char *feed = memchr(text, '\n', len);
		const size_t n = feed ? (size_t)(feed - text) : len;
		size_t shown = n;
		const char *line = text;

		text_trim(&line, &shown);
		buf_add_text(b, "    ");
		buf_add(b, line, shown);
		buf_add_text(b, "\n");
		text += feed ? n + 1 : n;
		len -= feed ? n + 1 : n;
	}
	return SHVM_OK;
}

static int add_vendor_data(const struct payload *from, struct buf *b,
			   struct shvm_err *err)
{
	const struct payload_file *key = payload_host_key(from);

	b->wipe = true;
	buf_add_text(b, ending);
	if (key)
		TRY(add_host_key(b, key, err));
	return buf_check(b, "vendor-data", err);
}

static int fill(const struct payload *from, const struct shvm_fabric *fabric,
		const char *instance_id, struct parts *p, struct shvm_err *err)
{
	const char *host = fabric_value(fabric, "@ComputerName@");
	const struct buf *answer = &from->answer.data;
	AUTO(xml_ptr) doc = NULL;
	struct network net = { 0 };

	if (!from->answer.name)
		return err_set(err, SHVM_E_ARG,
			       "there is no answer file to make a seed from");
	p->user_data.wipe = true;
	if (answer_is_user_data(answer)) {
		buf_add(&p->user_data, answer->data, answer->len);
		TRY(network_from_fabric(fabric, &net, err));
		TRY(network_write(&net, &p->network, err));
	} else {
		TRY(translate(answer, p, &host, &doc, err));
	}
	TRY(add_instance_id(&p->meta_data, instance_id, err));
	TRY(add_host_name(&p->meta_data, host, err));
	TRY(buf_check(&p->meta_data, "meta-data", err));
	TRY(add_vendor_data(from, &p->vendor_data, err));
	return buf_check(&p->user_data, "user-data", err);
}

static int add_part(struct payload *to, const char *name, const void *data,
		    size_t len, struct shvm_err *err)
{
	const struct shvm_file file = { name, data, len };

	return payload_add(to, &file, err);
}

/* In any case of letters, as file systems of seeds compare. */
static bool is_part(const char *name)
{
	static const char *const parts[] = { "user-data", "meta-data",
					     "vendor-data", "network-config" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (strcasecmp(name, parts[i]) == 0)
			return true;
	return false;
}

/* The owner's own files go along; a network-config of the owner is a part. */
static int add_others(const struct payload *from, struct payload *to,
		      struct shvm_err *err)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct payload_file *f = &from->files[i];

		if (f->host_key)
			continue; /* is in vendor-data */
		if (is_part(f->name) && strcmp(f->name, "network-config") != 0)
			return err_reason(
				err, SHVM_E_VERIFY, "file-refused",
				"file \"%s\" has the name of a part of the seed",
				f->name);
		TRY(err_as_reason(err,
				  add_part(to, f->name, f->data.data,
					   f->data.len, err),
				  SHVM_E_VERIFY, "file-refused"));
	}
	return SHVM_OK;
}

int cloud_seed_make(const struct payload *from,
		    const struct shvm_fabric *fabric, const char *instance_id,
		    struct payload *ret, struct shvm_err *err)
{
	AUTO_DONE(parts) p = { 0 };
	AUTO_DONE(payload) to = { 0 };

	TRY(fill(from, fabric, instance_id, &p, err));
	TRY(add_part(&to, "user-data", p.user_data.data, p.user_data.len, err));
	TRY(add_part(&to, "meta-data", p.meta_data.data, p.meta_data.len, err));
	TRY(add_part(&to, "vendor-data", p.vendor_data.data, p.vendor_data.len,
		     err));
	if (!payload_has(from, "network-config"))
		TRY(add_part(&to, "network-config", p.network.data,
			     p.network.len, err));
	TRY(add_others(from, &to, err));
	*ret = MOVE(to);
	return SHVM_OK;
}
