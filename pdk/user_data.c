/* SPDX-License-Identifier: MIT */
/* cloud-config user-data as an answer file: YAML that can mean one thing only. */
#include "pdk/user_data.h"

#include "base/match.h"
#include "base/utf8.h"

#include <openssl/crypto.h>
#include <string.h>
#include <yaml.h>

/* What the owner may not set: shvm's vendor-data does, and user-data wins. */
static const struct {
	const char *key, *why;
	bool host_key; /* only when an SSH host key is sealed with it */
} reserved[] = {
	{ "manual_cache_clean",
	  "is set by shvm, so that the machine keeps its identity without the seed",
	  false },
	{ "power_state",
	  "is set by shvm: provisioning ends when the machine powers off",
	  false },
	{ "vendor_data", "would turn off what shvm adds", false },
	{ "ssh_keys", "would replace the sealed SSH host key", true },
	{ "ssh_deletekeys", "is set by shvm for the sealed SSH host key",
	  true },
};

struct reader {
	yaml_parser_t parser;
	bool host_key; /* one is sealed with it */
	unsigned int depth;
	bool is_mapping[USER_DATA_DEPTH]; /* of the collections around */
	bool is_value[USER_DATA_DEPTH];	  /* of a mapping: the key was read */
	char *keys[USER_DATA_KEYS];	  /* of the top level */
	size_t key_count;
};

static int refuse(const yaml_mark_t *at, const char *why, struct shvm_err *err)
{
	return err_set(err, SHVM_E_FORMAT, "line %zu, column %zu: %s",
		       at->line + 1, at->column + 1, why);
}

/* Tabs and line breaks are the only control characters. */
static const char *find_control(const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c = 0;

		n = utf8_next(text + i, len - i, &c);
		if (n == 0 || c == 0x7f || (c >= 0x80 && c < 0xa0) ||
		    c == 0xfeff || (c < 0x20 && !strchr("\t\n\r", (int)c)) ||
		    c == 0)
			return text + i;
	}
	return NULL;
}

static int check_characters(const struct buf *text, struct shvm_err *err)
{
	const char *s = (const char *)text->data;
	const char *p = find_control(s, text->len);
	yaml_mark_t at = { 0 };

	if (!p)
		return SHVM_OK;
	for (const char *q = s; q < p; q++) {
		if (*q == '\n') {
			at.line++;
			at.column = 0;
		} else if ((*q & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return refuse(&at, "a control character, or a byte that is not UTF-8",
		      err);
}

/* The line that cloud-init looks for; "#cloud-config-archive" is another. */
static int check_first_line(const struct buf *text, struct shvm_err *err)
{
	static const char head[] = "#cloud-config";
	const char *s = (const char *)text->data;
	size_t at = sizeof(head) - 1;

	if (text_begins(s, text->len, "## template:"))
		return err_set(
			err, SHVM_E_FORMAT,
			"line 1: is a Jinja template, of which cannot be known what it becomes");
	if (!text_begins(s, text->len, head))
		at = 0;
	while (at > 0 && at < text->len && strchr(" \t\r", s[at]))
		at++;
	if (at == 0 || (at < text->len && s[at] != '\n'))
		return err_set(
			err, SHVM_E_FORMAT,
			"line 1: neither XML nor the line \"#cloud-config\", with which user-data of cloud-init begins");
	return SHVM_OK;
}

/* A key of the top level: is it one that may be there, and for the first time? */
static int add_key(struct reader *r, const yaml_event_t *e,
		   struct shvm_err *err)
{
	const char *key = (const char *)e->data.scalar.value;
	const size_t len = e->data.scalar.length;

	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (text_is(key, len, reserved[i].key) &&
		    (r->host_key || !reserved[i].host_key))
			return err_set(err, SHVM_E_FORMAT,
				       "line %zu, column %zu: %s %s",
				       e->start_mark.line + 1,
				       e->start_mark.column + 1,
				       reserved[i].key, reserved[i].why);
	for (size_t i = 0; i < r->key_count; i++)
		if (text_is(key, len, r->keys[i]))
			return refuse(
				&e->start_mark,
				"a key of the top level that is there already",
				err);
	if (r->key_count == USER_DATA_KEYS)
		return refuse(&e->start_mark, "too many keys of the top level",
			      err);
	r->keys[r->key_count] = strndup(key, len);
	TRY(err_null(err, r->keys[r->key_count], "user-data"));
	r->key_count++;
	return SHVM_OK;
}

/* A node begins: where is it, and what is expected after it? */
static int place(struct reader *r, const yaml_event_t *e, struct shvm_err *err)
{
	const unsigned int at = r->depth - 1;
	const bool is_scalar = e->type == YAML_SCALAR_EVENT;

	if (r->depth == 0)
		return e->type == YAML_MAPPING_START_EVENT
			       ? SHVM_OK
			       : refuse(&e->start_mark,
					"not a mapping (KEY: VALUE)", err);
	if (!r->is_mapping[at])
		return SHVM_OK;
	r->is_value[at] = !r->is_value[at];
	if (!r->is_value[at])
		return SHVM_OK;
	if (!is_scalar)
		return refuse(&e->start_mark, "a key that is not text", err);
	if (text_is((const char *)e->data.scalar.value, e->data.scalar.length,
		    "<<"))
		return refuse(&e->start_mark, "a merge key (<<)", err);
	return at == 0 ? add_key(r, e, err) : SHVM_OK;
}

static int check_scalar(struct reader *r, const yaml_event_t *e,
			struct shvm_err *err)
{
	if (e->data.scalar.anchor)
		return refuse(&e->start_mark, "an anchor (&NAME)", err);
	if (e->data.scalar.tag)
		return refuse(&e->start_mark, "a tag (!NAME)", err);
	if (find_control((const char *)e->data.scalar.value,
			 e->data.scalar.length))
		return refuse(&e->start_mark, "a text with a control character",
			      err);
	return place(r, e, err);
}

static int begin(struct reader *r, const yaml_event_t *e, bool is_mapping,
		 struct shvm_err *err)
{
	const bool anchor = is_mapping ? e->data.mapping_start.anchor != NULL
				       : e->data.sequence_start.anchor != NULL;
	const bool tag = is_mapping ? e->data.mapping_start.tag != NULL
				    : e->data.sequence_start.tag != NULL;

	if (anchor)
		return refuse(&e->start_mark, "an anchor (&NAME)", err);
	if (tag)
		return refuse(&e->start_mark, "a tag (!NAME)", err);
	TRY(place(r, e, err));
	if (r->depth == USER_DATA_DEPTH)
		return err_set(
			err, SHVM_E_FORMAT,
			"line %zu, column %zu: more than %d collections inside each other",
			e->start_mark.line + 1, e->start_mark.column + 1,
			USER_DATA_DEPTH);
	r->is_mapping[r->depth] = is_mapping;
	r->is_value[r->depth] = false;
	r->depth++;
	return SHVM_OK;
}

static int document(const yaml_event_t *e, unsigned int *documents,
		    struct shvm_err *err)
{
	if ((*documents)++ > 0)
		return refuse(&e->start_mark, "a second document", err);
	if (e->data.document_start.version_directive ||
	    e->data.document_start.tag_directives.start !=
		    e->data.document_start.tag_directives.end)
		return refuse(&e->start_mark, "a directive (%NAME)", err);
	return SHVM_OK;
}

static int handle(struct reader *r, const yaml_event_t *e,
		  unsigned int *documents, struct shvm_err *err)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return document(e, documents, err);
	case YAML_ALIAS_EVENT:
		return refuse(&e->start_mark, "an alias (*NAME)", err);
	case YAML_SCALAR_EVENT:
		return check_scalar(r, e, err);
	case YAML_SEQUENCE_START_EVENT:
		return begin(r, e, false, err);
	case YAML_MAPPING_START_EVENT:
		return begin(r, e, true, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return SHVM_OK;
	default:
		return SHVM_OK;
	}
}

/* libyaml's texts are constant: they have nothing of the document. */
static int parser_failed(const yaml_parser_t *p, struct shvm_err *err)
{
	if (p->error == YAML_MEMORY_ERROR)
		return err_nomem(err, "user-data");
	return refuse(&p->problem_mark, p->problem ? p->problem : "not YAML",
		      err);
}

static int read_events(struct reader *r, struct shvm_err *err)
{
	unsigned int documents = 0;
	bool end = false;

	while (!end) {
		yaml_event_t e;
		int result;

		if (!yaml_parser_parse(&r->parser, &e))
			return parser_failed(&r->parser, err);
		end = e.type == YAML_STREAM_END_EVENT;
		result = handle(r, &e, &documents, err);
		if (e.type == YAML_SCALAR_EVENT)
			OPENSSL_cleanse(e.data.scalar.value,
					e.data.scalar.length);
		yaml_event_delete(&e);
		TRY(result);
	}
	return documents > 0 ? SHVM_OK
			     : err_set(err, SHVM_E_FORMAT,
				       "has nothing but comments");
}

static int check(const struct buf *text, bool host_key, struct shvm_err *err)
{
	struct reader *r;
	int result;

	if (text->len > USER_DATA_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "user-data of %zu bytes, the limit is %d",
			       text->len, USER_DATA_MAX);
	TRY(check_first_line(text, err));
	TRY(check_characters(text, err));
	r = calloc(1, sizeof(*r));
	TRY(err_null(err, r, "user-data"));
	r->host_key = host_key;
	if (yaml_parser_initialize(&r->parser)) {
		yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
		yaml_parser_set_input_string(&r->parser, text->data, text->len);
		result = read_events(r, err);
		yaml_parser_delete(&r->parser);
	} else {
		result = err_nomem(err, "user-data");
	}
	for (size_t i = 0; i < r->key_count; i++)
		free(r->keys[i]);
	free(r);
	return result;
}

int user_data_check(const struct buf *text, struct shvm_err *err)
{
	return check(text, false, err);
}

int user_data_check_host_key(const struct buf *text, struct shvm_err *err)
{
	return check(text, true, err);
}
