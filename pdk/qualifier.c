/* SPDX-License-Identifier: MIT */
/* Creates and evaluates volume ID qualifiers: the templates that a PDK trusts. */
#include "pdk/qualifier.h"

#include "base/encode.h"
#include "base/line.h"
#include "pdk/text.h"
#include "signer/template.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const rule_names[] = { "Equals", "GreaterThan",
					  "GreaterThanOrEquals" };
static const char *const policy_names[] = { "EncryptionSupported", "Shielded" };

const char *shvm_rule_name(enum shvm_rule rule)
{
	return (unsigned int)rule < ARRAY_SIZE(rule_names) ? rule_names[rule]
							   : "unknown";
}

const char *shvm_policy_name(enum shvm_policy policy)
{
	return (unsigned int)policy < ARRAY_SIZE(policy_names)
		       ? policy_names[policy]
		       : "unknown";
}

int shvm_rule_parse(const char *text, enum shvm_rule *ret, struct shvm_err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(rule_names); i++)
		if (strcasecmp(text, rule_names[i]) == 0) {
			*ret = (enum shvm_rule)i;
			return SHVM_OK;
		}
	return err_set(
		err, SHVM_E_ARG,
		"version rule \"%s\" is none of Equals, GreaterThan, GreaterThanOrEquals",
		text);
}

int shvm_policy_parse(const char *text, enum shvm_policy *ret,
		      struct shvm_err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(policy_names); i++)
		if (strcasecmp(text, policy_names[i]) == 0) {
			*ret = (enum shvm_policy)i;
			return SHVM_OK;
		}
	return err_set(
		err, SHVM_E_ARG,
		"policy \"%s\" is neither Shielded nor EncryptionSupported",
		text);
}

bool shvm_rule_allows(enum shvm_rule rule, const struct shvm_version *wanted,
		      const struct shvm_version *actual)
{
	int c = shvm_version_compare(actual, wanted);

	switch (rule) {
	case SHVM_RULE_EQUALS:
		return c == 0;
	case SHVM_RULE_GREATER_THAN:
		return c > 0;
	case SHVM_RULE_GREATER_THAN_OR_EQUALS:
		return c >= 0;
	}
	return false;
}

void qualifiers_done(struct qualifiers *q)
{
	for (size_t i = 0; i < q->count; i++)
		buf_done(&q->items[i].cert);
	free(q->items);
	*q = (struct qualifiers){ 0 };
}

static bool content_matches(const struct qualifier *q,
			    const struct template_id *t)
{
	return !q->is_pinned || memcmp(q->content_sha256, t->content_sha256,
				       sizeof(q->content_sha256)) == 0;
}

enum qualifier_match qualifier_match(const struct qualifier *q,
				     const struct template_id *t)
{
	if (strcmp(q->name, t->name) != 0)
		return QUALIFIER_NAME;
	if (q->cert.len != t->cert_len ||
	    memcmp(q->cert.data, t->cert, t->cert_len) != 0)
		return QUALIFIER_CERTIFICATE;
	if (!shvm_rule_allows(q->rule, &q->version, &t->version))
		return QUALIFIER_VERSION;
	if (!content_matches(q, t))
		return QUALIFIER_CONTENT;
	if (template_check_coverage(t->coverage, q->require, NULL) < 0)
		return QUALIFIER_COVERAGE;
	return QUALIFIER_MATCHES;
}

/* Describes why one qualifier does not match. */
static void explain(const struct qualifier *q, const struct template_id *t,
		    enum qualifier_match m, struct buf *ret)
{
	char wanted[SHVM_VERSION_TEXT], actual[SHVM_VERSION_TEXT];
	char hex[2 * QUALIFIER_CONTENT_SIZE + 1];

	switch (m) {
	case QUALIFIER_MATCHES:
		break;
	case QUALIFIER_NAME:
		buf_printf(ret, "name is not \"%.*s\"", LINE_FIT(q->name, 60));
		break;
	case QUALIFIER_CERTIFICATE:
		buf_add_text(ret, "certificate of the signer differs");
		break;
	case QUALIFIER_VERSION:
		buf_printf(ret, "version %s is not %s %s",
			   shvm_version_format(&t->version, actual),
			   shvm_rule_name(q->rule),
			   shvm_version_format(&q->version, wanted));
		break;
	case QUALIFIER_CONTENT:
		hex_format(q->content_sha256, sizeof(q->content_sha256), hex);
		buf_printf(ret, "catalog is not the pinned one (SHA-256 %s)",
			   hex);
		break;
	case QUALIFIER_COVERAGE: /* has its own reason */
		break;
	}
}

/* Lists each qualifier and why it does not match. */
static int untrusted(const struct qualifiers *q, const struct template_id *t,
		     struct shvm_err *err)
{
	AUTO_DONE(buf) text = { 0 };

	if (q->count == 0)
		return err_reason(
			err, SHVM_E_VERIFY, "untrusted-template",
			"no template is trusted: the file is for existing machines");
	for (size_t i = 0; i < q->count; i++) {
		buf_printf(&text, "%squalifier %zu: ", i > 0 ? "; " : "",
			   i + 1);
		explain(&q->items[i], t, qualifier_match(&q->items[i], t),
			&text);
	}
	buf_add(&text, "", 1);
	TRY(buf_check(&text, "verdict", err));
	return err_reason(err, SHVM_E_VERIFY, "untrusted-template",
			  "template \"%.*s\" is not trusted: %.*s",
			  LINE_FIT(t->name, 60),
			  LINE_FIT((const char *)text.data, 360));
}

int qualifiers_match(const struct qualifiers *q, const struct template_id *t,
		     const struct qualifier **ret, struct shvm_err *err)
{
	size_t short_of =
		q->count; /* the first that only requires more coverage */

	for (size_t i = 0; i < q->count; i++) {
		const enum qualifier_match m = qualifier_match(&q->items[i], t);

		if (m == QUALIFIER_MATCHES) {
			*ret = &q->items[i];
			return SHVM_OK;
		}
		if (m == QUALIFIER_COVERAGE && short_of == q->count)
			short_of = i;
	}
	if (short_of == q->count)
		return untrusted(q, t, err);
	return err_prefix(err,
			  template_check_coverage(t->coverage,
						  q->items[short_of].require,
						  err),
			  "template \"%.*s\", qualifier %zu",
			  LINE_FIT(t->name, 60), short_of + 1);
}

static int qualifiers_grow(struct qualifiers *q, struct qualifier **ret,
			   struct shvm_err *err)
{
	struct qualifier *items;

	if (q->count >= QUALIFIERS_MAX)
		return err_set(err, SHVM_E_ARG, "more than %d qualifiers",
			       QUALIFIERS_MAX);
	items = realloc(q->items, (q->count + 1) * sizeof(*items));
	TRY(err_null(err, items, "qualifiers"));
	q->items = items;
	items[q->count] = (struct qualifier){ 0 };
	*ret = &items[q->count];
	return SHVM_OK;
}

int qualifiers_add(struct qualifiers *q, const struct template_id *t,
		   const struct qualifier_terms *terms, struct shvm_err *err)
{
	const size_t len = strlen(t->name);
	struct qualifier *item = NULL;
	int r;

	if (len == 0 || len > QUALIFIER_NAME_MAX || !text_is_xml(t->name, len))
		return err_set(
			err, SHVM_E_ARG,
			"qualifier: the template's name is empty, too long or not text");
	if (t->cert_len == 0 || t->cert_len > QUALIFIER_CERT_MAX)
		return err_set(err, SHVM_E_ARG,
			       "qualifier: certificate of %zu bytes",
			       t->cert_len);
	r = template_check_coverage(t->coverage, terms->require, err);
	if (r < 0)
		return err_prefix(err, r, "template \"%.*s\"",
				  LINE_FIT(t->name, 60));
	TRY(qualifiers_grow(q, &item, err));

	memcpy(item->name, t->name, len + 1);
	item->version = t->version;
	item->rule = terms->rule;
	item->require = terms->require;
	item->is_pinned = terms->pin;
	if (terms->pin)
		memcpy(item->content_sha256, t->content_sha256,
		       sizeof(item->content_sha256));
	buf_add(&item->cert, t->cert, t->cert_len);
	r = buf_check(&item->cert, "qualifier", err);
	if (r < 0) {
		buf_done(&item->cert);
		return r;
	}
	q->count++;
	return SHVM_OK;
}

int qualifiers_remove(struct qualifiers *q, const char *name,
		      struct shvm_err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < q->count; i++) {
		if (strcmp(q->items[i].name, name) == 0)
			buf_done(&q->items[i].cert);
		else
			q->items[kept++] = q->items[i];
	}
	if (kept == q->count)
		return err_set(err, SHVM_E_ARG,
			       "no qualifier names the template \"%s\"", name);
	q->count = kept;
	return SHVM_OK;
}
