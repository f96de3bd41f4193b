/* SPDX-License-Identifier: MIT */
/* A shielding data file as one declarative file that can live in a repository;
 * docs/pdk-spec.schema.json is its grammar. */
#include "base/buf.h"
#include "base/file.h"
#include "cli/pdk_cmds.h"

#include <string.h>
#include <strings.h>

enum {
	SPEC_SIZE_MAX = 1 << 20,
	SPEC_STRINGS_MAX = 10000
};

enum spec_kind {
	SPEC_TEXT,
	SPEC_PATH,   /* relative to the specification */
	SPEC_SOURCE, /* a path, or "random", "fd:N", "-" */
	SPEC_KEY,    /* a path, or a URI */
	SPEC_BOOL,
	SPEC_UINT,
	SPEC_TEXTS,	/* array of strings */
	SPEC_PATHS,	/* array of paths */
	SPEC_TEMPLATES, /* array of {path, rule} */
	SPEC_FILES,	/* array of paths or {name, path} */
	SPEC_KIND,	/* "Template" or "ExistingVM" */
	SPEC_ANSWER,	/* object: an answer file to make */
	SPEC_IGNORED,
};

struct spec_member {
	const char *name;
	enum spec_kind kind;
	size_t field;
};

#define AT(f) offsetof(struct create_args, f)
static const struct spec_member top_members[] = {
	{ "schema", SPEC_IGNORED, 0 },
	{ "$schema", SPEC_IGNORED, 0 },
	{ "owner", SPEC_PATH, AT(owner) },
	{ "owner_signing_key", SPEC_KEY, AT(owner_signing_key) },
	{ "owner_signing_key_pass_file", SPEC_SOURCE,
	  AT(owner_signing_key_pass_file) },
	{ "guardians", SPEC_PATHS, AT(fabrics.guardians) },
	{ "guardian_ca", SPEC_PATH, AT(fabrics.trust.guardian_ca) },
	{ "guardian_fingerprints", SPEC_TEXTS,
	  AT(fabrics.trust.guardian_fingerprints) },
	{ "tls_ca", SPEC_PATH, AT(fabrics.trust.tls_ca) },
	{ "allow_untrusted_root", SPEC_BOOL,
	  AT(fabrics.trust.allow_untrusted_root) },
	{ "allow_expired", SPEC_BOOL, AT(fabrics.trust.allow_expired) },
	{ "kind", SPEC_KIND, AT(existing_vm) },
	{ "policy", SPEC_TEXT, AT(c.policy) },
	{ "templates", SPEC_TEMPLATES, AT(c.trust) },
	{ "signers", SPEC_PATHS, AT(c.signers) },
	{ "ca", SPEC_PATHS, AT(c.ca) },
	{ "tsa_ca", SPEC_PATHS, AT(c.tsa_ca) },
	{ "trust_on_first_use", SPEC_BOOL, AT(c.trust_on_first_use) },
	{ "pin_digest", SPEC_BOOL, AT(c.pin_digest) },
	{ "publish_qualifiers", SPEC_BOOL, AT(publish_qualifiers) },
	{ "answer_file", SPEC_PATH, AT(c.answer_file) },
	{ "answer", SPEC_ANSWER, AT(c.answer) },
	{ "files", SPEC_FILES, AT(c.files) },
	{ "substitute", SPEC_TEXTS, AT(c.substitute) },
	{ "no_size_limit", SPEC_BOOL, AT(c.no_size_limit) },
	{ 0 },
};

static const struct spec_member answer_members[] = {
	{ "os", SPEC_TEXT, AT(c.answer) },
	{ "admin_password", SPEC_SOURCE, AT(c.a.admin_password) },
	{ "admin_password_out", SPEC_PATH, AT(c.a.admin_password_out) },
	{ "admin_name", SPEC_TEXT, AT(c.a.admin_name) },
	{ "root_password", SPEC_SOURCE, AT(c.a.root_password) },
	{ "root_password_out", SPEC_PATH, AT(c.a.root_password_out) },
	{ "ssh_key", SPEC_PATH, AT(c.a.ssh_key) },
	{ "product_key", SPEC_BOOL, AT(c.a.product_key) },
	{ "domain", SPEC_TEXT, AT(c.a.domain) },
	{ "domain_user", SPEC_TEXT, AT(c.a.domain_user) },
	{ "domain_pass_file", SPEC_SOURCE, AT(c.a.domain_pass_file) },
	{ "domain_ou", SPEC_TEXT, AT(c.a.domain_ou) },
	{ "rdp_cert", SPEC_PATH, AT(c.a.rdp_cert) },
	{ "rdp_cert_pass_file", SPEC_SOURCE, AT(c.a.rdp_cert_pass_file) },
	{ "scripts", SPEC_PATHS, AT(c.a.scripts) },
	{ "static_ip", SPEC_TEXT, AT(c.a.static_ip) },
	{ "adapters", SPEC_UINT, AT(c.a.adapters) },
	{ "locale", SPEC_TEXT, AT(c.a.locale) },
	{ "time_zone", SPEC_TEXT, AT(c.a.time_zone) },
	{ 0 },
};
#undef AT

const char pdk_spec_example[] =
	"{\n"
	"  \"//\": \"shvm pdk create OUT.pdk --spec THIS; paths begin at this file's folder; members named // are remarks\",\n"
	"  \"schema\": 1,\n"
	"  \"owner\": \"owner.xml\",\n"
	"  \"owner_signing_key\": \"owner-signing.pfx\",\n"
	"  \"// pass\": \"never the passphrase itself: a file, fd:N or - for the terminal\",\n"
	"  \"owner_signing_key_pass_file\": \"-\",\n"
	"  \"guardians\": [\"fabric.xml\"],\n"
	"  \"// trust\": \"or guardian_fingerprints: the SHA-256 of each guardian's signing certificate, as its people tell it\",\n"
	"  \"guardian_ca\": \"fabric-ca.pem\",\n"
	"  \"kind\": \"Template\",\n"
	"  \"policy\": \"Shielded\",\n"
	"  \"templates\": [\n"
	"    { \"path\": \"template.vsc\", \"rule\": \"GreaterThanOrEquals\" }\n"
	"  ],\n"
	"  \"signers\": [\"author.pem\"],\n"
	"  \"publish_qualifiers\": true,\n"
	"  \"// answer\": \"or answer_file with a file that exists\",\n"
	"  \"answer\": {\n"
	"    \"os\": \"windows\",\n"
	"    \"admin_password\": \"random\",\n"
	"    \"admin_password_out\": \"admin-password.txt\",\n"
	"    \"time_zone\": \"@TimeZone@\"\n"
	"  },\n"
	"  \"files\": [\n"
	"    { \"name\": \"agent.conf\", \"path\": \"files/agent.conf\" }\n"
	"  ]\n"
	"}\n";

/* One load; the folder ends in a slash or is empty. */
struct loader {
	struct pdk_spec *spec;
	const char *path;
	struct buf folder;
	struct create_args *args;
	struct shvm_err *err;
};

void pdk_spec_done(struct pdk_spec *spec)
{
	json_decref(spec->root);
	for (size_t i = 0; i < spec->count; i++)
		free(spec->strings[i]);
	free(spec->strings);
	*spec = (struct pdk_spec){ 0 };
}

#define WRONG(l, ...) err_set((l)->err, SHVM_E_ARG, __VA_ARGS__)

/* Memory that goes with the specification; malloc()ed p is taken over. */
static int keep(struct loader *l, void *p)
{
	char **strings;

	if (!p)
		return err_nomem(l->err, l->path);
	strings = realloc(l->spec->strings,
			  (l->spec->count + 1) * sizeof(*strings));
	if (!strings) {
		free(p);
		return err_nomem(l->err, l->path);
	}
	l->spec->strings = strings;
	strings[l->spec->count++] = p;
	return SHVM_OK;
}

static int get_text(struct loader *l, const char *name, const json_t *value,
		    const char **ret)
{
	if (!json_is_string(value))
		return WRONG(l, "%s: %s is not a string", l->path, name);
	if (strlen(json_string_value(value)) != json_string_length(value))
		return WRONG(l, "%s: %s holds a NUL", l->path, name);
	*ret = json_string_value(value);
	return SHVM_OK;
}

/* Owner and guardians may be URLs. */
static bool is_url(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 ||
	       strncasecmp(text, "https://", 8) == 0;
}

static int get_path(struct loader *l, const char *name, const json_t *value,
		    const char **ret)
{
	AUTO_DONE(buf) full = { 0 };
	const char *text;
	int r;

	r = get_text(l, name, value, &text);
	if (r < 0)
		return r;
	if (text[0] == '\0')
		return WRONG(l, "%s: %s is empty", l->path, name);
	if (text[0] == '/' || l->folder.len == 0 || is_url(text)) {
		*ret = text;
		return SHVM_OK;
	}
	buf_add(&full, l->folder.data, l->folder.len);
	buf_add_text(&full, text);
	buf_add_zeros(&full, 1);
	r = buf_check(&full, l->path, l->err);
	if (r < 0)
		return r;
	*ret = (const char *)full.data;
	return keep(l, STEAL(full.data));
}

static bool is_source(const char *text)
{
	return strcmp(text, "-") == 0 || strcmp(text, "random") == 0 ||
	       strncmp(text, "fd:", 3) == 0;
}

static int get_string(struct loader *l, const struct spec_member *m,
		      const json_t *value, const char **ret)
{
	const char *text;
	int r;

	r = get_text(l, m->name, value, &text);
	if (r < 0)
		return r;
	if (m->kind == SPEC_TEXT ||
	    (m->kind == SPEC_SOURCE && is_source(text)) ||
	    (m->kind == SPEC_KEY && strncmp(text, "pkcs11:", 7) == 0)) {
		*ret = text;
		return SHVM_OK;
	}
	return get_path(l, m->name, value, ret);
}

/* "path:RULE" or "name=path", as on the command line. */
static int get_pair(struct loader *l, const char *name, const json_t *item,
		    bool template, const char **ret)
{
	const char *second_name = template ? "rule" : "name";
	AUTO_DONE(buf) joined = { 0 };
	const char *path, *second;
	const char *key;
	json_t *value;
	int r;

	if (!template && json_is_string(item))
		return get_path(l, name, item, ret);
	if (!json_is_object(item))
		return WRONG(l, "%s: an item of %s is not an object", l->path,
			     name);
	json_object_foreach((json_t *)(uintptr_t)item, key, value) if (
		strcmp(key, "path") != 0 && strcmp(key, second_name) != 0 &&
		strncmp(key, "//", 2) !=
			0) return WRONG(l,
					"%s: an item of %s has an unknown member \"%s\"",
					l->path, name, key);
	r = get_path(l, name, json_object_get(item, "path"), &path);
	if (r < 0)
		return r;
	r = get_text(l, second_name, json_object_get(item, second_name),
		     &second);
	if (r < 0)
		return r;
	if (!template && strpbrk(second, "=/"))
		return WRONG(l, "%s: file name \"%s\" holds = or /", l->path,
			     second);
	buf_printf(&joined, "%s%s%s", template ? path : second,
		   template ? ":" : "=", template ? second : path);
	buf_add_zeros(&joined, 1);
	r = buf_check(&joined, l->path, l->err);
	if (r < 0)
		return r;
	*ret = (const char *)joined.data;
	return keep(l, STEAL(joined.data));
}

static int get_list(struct loader *l, const struct spec_member *m,
		    const json_t *value, struct cli_list *list)
{
	const size_t add = json_array_size(value);
	const char **items;
	int r;

	if (!json_is_array(value))
		return WRONG(l, "%s: %s is not an array", l->path, m->name);
	if (add > SPEC_STRINGS_MAX || list->count > SPEC_STRINGS_MAX)
		return WRONG(l, "%s: %s has %zu items", l->path, m->name, add);
	items = calloc(list->count + add + 1, sizeof(*items));
	r = keep(l, items);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list->count; i++)
		items[i] = list->items[i];
	for (size_t i = 0; i < add; i++) {
		const json_t *item = json_array_get(value, i);
		const char **to = &items[list->count + i];

		if (m->kind == SPEC_TEXTS)
			r = get_text(l, m->name, item, to);
		else if (m->kind == SPEC_PATHS)
			r = get_path(l, m->name, item, to);
		else
			r = get_pair(l, m->name, item,
				     m->kind == SPEC_TEMPLATES, to);
		if (r < 0)
			return r;
	}
	list->items = items;
	list->count += add;
	return SHVM_OK;
}

static int get_kind(struct loader *l, const json_t *value, bool *ret)
{
	const char *text;
	int r;

	r = get_text(l, "kind", value, &text);
	if (r < 0)
		return r;
	if (strcmp(text, "ExistingVM") == 0)
		*ret = true;
	else if (strcmp(text, "Template") != 0)
		return WRONG(l, "%s: kind is neither Template nor ExistingVM",
			     l->path);
	return SHVM_OK;
}

static int get_member(struct loader *l, const struct spec_member *m,
		      const json_t *value)
{
	void *field = (char *)l->args + m->field;

	switch (m->kind) {
	case SPEC_TEXT:
	case SPEC_PATH:
	case SPEC_SOURCE:
	case SPEC_KEY:
		if (*(const char **)field)
			return SHVM_OK; /* the command line wins */
		return get_string(l, m, value, field);
	case SPEC_BOOL:
		if (!json_is_boolean(value))
			return WRONG(l, "%s: %s is not true or false", l->path,
				     m->name);
		if (json_is_true(value))
			*(bool *)field = true;
		return SHVM_OK;
	case SPEC_UINT:
		if (!json_is_integer(value) || json_integer_value(value) < 1 ||
		    json_integer_value(value) > 8)
			return WRONG(l, "%s: %s is not a number from 1 to 8",
				     l->path, m->name);
		if (*(uint32_t *)field == 0)
			*(uint32_t *)field =
				(uint32_t)json_integer_value(value);
		return SHVM_OK;
	case SPEC_TEXTS:
	case SPEC_PATHS:
	case SPEC_TEMPLATES:
	case SPEC_FILES:
		return get_list(l, m, value, field);
	case SPEC_KIND:
		return get_kind(l, value, field);
	case SPEC_ANSWER:
	case SPEC_IGNORED:
		break;
	}
	return SHVM_OK;
}

static int get_object(struct loader *l, const json_t *object, const char *name,
		      const struct spec_member *members)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return WRONG(l, "%s: %s is not an object", l->path, name);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		const struct spec_member *m = members;
		int r;

		if (strncmp(key, "//", 2) == 0)
			continue;
		while (m->name && strcmp(m->name, key) != 0)
			m++;
		if (!m->name)
			return WRONG(l, "%s: unknown member \"%s\" in %s",
				     l->path, key, name);
		if (m->kind == SPEC_ANSWER)
			r = get_object(l, value, "answer", answer_members);
		else
			r = get_member(l, m, value);
		if (r < 0)
			return r;
	}
	return SHVM_OK;
}

static int check_top(struct loader *l, const json_t *root)
{
	const json_t *answer = json_object_get(root, "answer");
	const char *os;

	if (json_integer_value(json_object_get(root, "schema")) != 1)
		return WRONG(l, "%s: \"schema\" is not 1", l->path);
	if (!answer)
		return SHVM_OK;
	os = json_string_value(json_object_get(answer, "os"));
	if (!os || (strcmp(os, "windows") != 0 && strcmp(os, "linux") != 0))
		return WRONG(l, "%s: answer's os is neither windows nor linux",
			     l->path);
	return SHVM_OK;
}

/*
 * The parser quotes what it stopped at. Somebody may have written a password
 * there, so only what stands before that is repeated.
 */
static int bad_json(const char *path, const json_error_t *why,
		    struct shvm_err *err)
{
	const char *near = strstr(why->text, " near ");
	const size_t len =
		near ? (size_t)(near - why->text) : strlen(why->text);

	return err_set(err, SHVM_E_ARG, "%s: line %d, column %d: %.*s", path,
		       why->line, why->column, (int)len, why->text);
}

int pdk_spec_load(const char *path, struct pdk_spec *spec,
		  struct create_args *args, struct shvm_err *err)
{
	struct loader l = {
		.spec = spec, .path = path, .args = args, .err = err
	};
	AUTO_DONE(buf) text = { 0 };
	const char *slash = strrchr(path, '/');
	json_error_t why;
	int r;

	r = file_read_all(path, SPEC_SIZE_MAX, &text, err);
	if (r < 0)
		return r;
	spec->root = json_loadb((const char *)text.data, text.len,
				JSON_REJECT_DUPLICATES, &why);
	if (!spec->root)
		return bad_json(path, &why, err);
	if (slash)
		buf_add(&l.folder, path, (size_t)(slash - path + 1));
	r = buf_check(&l.folder, path, err);
	if (r == SHVM_OK)
		r = get_object(&l, spec->root, "the specification",
			       top_members);
	if (r == SHVM_OK)
		r = check_top(&l, spec->root);
	buf_done(&l.folder);
	return r;
}
