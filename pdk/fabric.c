/* SPDX-License-Identifier: MIT */
/* Fabric data (FSK): the pairs and their file. */
#include "pdk/fabric.h"

#include "base/array.h"
#include "base/file.h"
#include "base/xml.h"
#include "pdk/text.h"
#include "pdk/windows_names.h"

#include <string.h>

int shvm_fabric_new(struct shvm_fabric **ret, struct shvm_err *err)
{
	struct shvm_fabric *f = calloc(1, sizeof(*f));

	TRY(err_null(err, f, "fabric data"));
	*ret = f;
	return SHVM_OK;
}

void shvm_fabric_free(struct shvm_fabric *fabric)
{
	if (!fabric)
		return;
	for (size_t i = 0; i < fabric->count; i++) {
		free(fabric->pairs[i].key);
		free(fabric->pairs[i].value);
	}
	free(fabric->pairs);
	free(fabric);
}

size_t shvm_fabric_count(const struct shvm_fabric *fabric)
{
	return fabric->count;
}

const char *shvm_fabric_key(const struct shvm_fabric *fabric, size_t i)
{
	return fabric->pairs[i].key;
}

const char *shvm_fabric_value(const struct shvm_fabric *fabric, size_t i)
{
	return fabric->pairs[i].value;
}

bool shvm_fabric_key_is_token(const char *key)
{
	const size_t len = strlen(key);

	return len > 0 && placeholder_length(key, len) == len;
}

const char *fabric_value(const struct shvm_fabric *f, const char *key)
{
	for (size_t i = 0; f && i < f->count; i++)
		if (strcmp(f->pairs[i].key, key) == 0)
			return f->pairs[i].value;
	return NULL;
}

/* Control characters of ASCII, and U+0080 to U+009F. */
static bool has_control(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p; p++)
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
			return true;
	return false;
}

/* Values that no system accepts, for names in the documentation of Windows. Values
 * that only some systems refuse are checked with the answer file. */
static int check_known(const char *key, const char *value, struct shvm_err *err)
{
	static const char *const addresses[] = { "@IP4Addr-", "@IP6Addr-",
						 "@NextHop-", "@DnsAddr-" };
	enum name_verdict verdict = NAME_GOOD;
	const char *why;

	if (strcmp(key, "@ComputerName@") == 0)
		verdict = any_host_name(value, &why);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		if (strncmp(key, addresses[i], strlen(addresses[i])) == 0)
			verdict = any_ip_address(value, &why);
	if (verdict == NAME_WRONG)
		return err_set(err, SHVM_E_ARG,
			       "fabric data: the value of \"%s\" %s", key, why);
	return SHVM_OK;
}

static int check_pair(const struct shvm_fabric *f, const char *key,
		      const char *value, struct shvm_err *err)
{
	const size_t key_len = strlen(key), value_len = strlen(value);

	if (key_len == 0)
		return err_set(err, SHVM_E_ARG, "fabric data: empty key");
	if (key_len > FABRIC_KEY_MAX)
		return err_set(err, SHVM_E_ARG,
			       "fabric data: key of %zu bytes, the limit is %d",
			       key_len, FABRIC_KEY_MAX);
	if (!text_is_xml(key, key_len))
		return err_set(err, SHVM_E_ARG,
			       "fabric data: a key is not plain UTF-8 text");
	if (value_len == 0)
		return err_set(err, SHVM_E_ARG,
			       "fabric data: the value of \"%s\" is empty",
			       key);
	if (value_len > FABRIC_VALUE_MAX)
		return err_set(
			err, SHVM_E_ARG,
			"fabric data: the value of \"%s\" has %zu bytes, the limit is %d",
			key, value_len, FABRIC_VALUE_MAX);
	if (!text_is_xml(value, value_len))
		return err_set(
			err, SHVM_E_ARG,
			"fabric data: the value of \"%s\" is not plain UTF-8 text",
			key);
	if (has_control(key) || has_control(value))
		return err_set(
			err, SHVM_E_ARG,
			"fabric data: the value of \"%s\", or the key, has a control character",
			has_control(key) ? "(not printable)" : key);
	if (fabric_value(f, key))
		return err_set(err, SHVM_E_ARG,
			       "fabric data: key \"%s\" is there twice", key);
	return check_known(key, value, err);
}

int shvm_fabric_add(struct shvm_fabric *fabric, const char *key,
		    const char *value, struct shvm_err *err)
{
	struct fabric_pair pair;

	if (fabric->count >= FABRIC_PAIRS_MAX)
		return err_set(err, SHVM_E_ARG,
			       "fabric data: more than %d pairs",
			       FABRIC_PAIRS_MAX);
	TRY(check_pair(fabric, key, value, err));
	TRY(err_null(err, ARRAY_GROW(fabric->pairs, fabric->count),
		     "fabric data"));
	pair.key = strdup(key);
	pair.value = strdup(value);
	if (!pair.key || !pair.value) {
		free(pair.key);
		free(pair.value);
		return err_nomem(err, "fabric data");
	}
	fabric->pairs[fabric->count++] = pair;
	return SHVM_OK;
}

static int pair_decode(const struct xml_node *n, struct shvm_fabric *f,
		       struct shvm_err *err)
{
	static const char *const names[] = { "Key", "Value", NULL };
	const char *key = xml_attr(n, "Key"), *value = xml_attr(n, "Value");
	int r;

	if (!key || !value)
		return err_set(err, SHVM_E_FORMAT,
			       "fabric data: line %u: Pair needs Key and Value",
			       xml_line(n));
	TRY(xml_check_attrs(n, names, err));
	TRY(xml_check_no_text(n, err));
	if (xml_first(n))
		return err_set(
			err, SHVM_E_FORMAT,
			"fabric data: line %u: Pair has an element in it",
			xml_line(n));
	r = shvm_fabric_add(f, key, value, err);
	if (r == SHVM_E_ARG) {
		if (err)
			err->code = SHVM_E_FORMAT;
		return SHVM_E_FORMAT;
	}
	return r;
}

int fabric_decode(const uint8_t *xml, size_t len, struct shvm_fabric **ret,
		  struct shvm_err *err)
{
	AUTO(fabric_ptr) f = NULL;
	AUTO(xml_ptr) doc = NULL;
	struct xml_node *root, *n;
	struct xml_seq seq;

	TRY(xml_parse(xml, len, FABRIC_FILE_MAX, "fabric data", &doc, err));
	root = xml_root(doc);
	if (!xml_is(root, FSK_NS, "FabricData"))
		return err_set(err, SHVM_E_FORMAT,
			       "fabric data: the root is <%s>, not FabricData",
			       xml_name(root));
	TRY(xml_check_attrs(root, NULL, err));
	TRY(xml_check_no_text(root, err));
	TRY(shvm_fabric_new(&f, err));
	seq = xml_seq_begin(root);
	while ((n = xml_seq_maybe(&seq, FSK_NS, "Pair")) != NULL)
		TRY(pair_decode(n, f, err));
	TRY(xml_seq_end(&seq, err));
	*ret = STEAL(f);
	return SHVM_OK;
}

int fabric_encode(const struct shvm_fabric *f, struct buf *ret,
		  struct shvm_err *err)
{
	buf_add_text(ret, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			  "<FabricData xmlns=\"" FSK_NS "\">\n");
	for (size_t i = 0; i < f->count; i++) {
		const struct fabric_pair *p = &f->pairs[i];

		buf_add_text(ret, "  <Pair Key=\"");
		text_add_xml(ret, p->key, strlen(p->key), 0);
		buf_add_text(ret, "\" Value=\"");
		text_add_xml(ret, p->value, strlen(p->value), 0);
		buf_add_text(ret, "\"/>\n");
	}
	buf_add_text(ret, "</FabricData>\n");
	return buf_check(ret, "fabric data", err);
}

int shvm_fabric_encode(const struct shvm_fabric *fabric, uint8_t **ret,
		       size_t *ret_size, struct shvm_err *err)
{
	AUTO_DONE(buf) b = { 0 };

	TRY(fabric_encode(fabric, &b, err));
	*ret_size = b.len;
	*ret = STEAL(b.data);
	return SHVM_OK;
}

int shvm_fabric_load(const char *path, struct shvm_fabric **ret,
		     struct shvm_err *err)
{
	AUTO_DONE(buf) b = { 0 };

	TRY(file_read_all(path, FABRIC_FILE_MAX, &b, err));
	return err_prefix(err, fabric_decode(b.data, b.len, ret, err), "%s",
			  path);
}
