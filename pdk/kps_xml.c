/* SPDX-License-Identifier: MIT */
/* XML types of guardian metadata and key protectors. */
#include "pdk/kps_xml.h"

#include "base/encode.h"
#include "base/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void signature_done(struct signature *s)
{
	free(s->uri);
	buf_done(&s->value);
	*s = (struct signature){ 0 };
}

int kps_attr_dup(const struct xml_node *n, const char *name, char **ret,
		 struct shvm_err *err)
{
	const char *value = xml_attr(n, name);
	char *copy;

	if (!value)
		return xml_at(n,
			      err_set(err, SHVM_E_FORMAT,
				      "the attribute %s is missing", name),
			      err);
	if (*value == '\0' || strlen(value) > KPS_URI_MAX)
		return xml_at(n,
			      err_set(err, SHVM_E_FORMAT,
				      "attribute %s of %zu characters", name,
				      strlen(value)),
			      err);
	copy = strdup(value);
	TRY(err_null(err, copy, name));
	*ret = copy;
	return SHVM_OK;
}

int kps_number(const struct xml_node *n, const char *text, uint32_t *ret,
	       struct shvm_err *err)
{
	uint64_t value = 0;
	int r = number_parse(text, 0, UINT32_MAX, &value, NULL);

	/* Each value has only one form, so that no byte can change unnoticed. */
	if (r < 0 || (text[0] == '0' && text[1] != '\0'))
		return xml_at(n,
			      err_set(err, SHVM_E_FORMAT,
				      "\"%.40s\" is not an unsigned number",
				      text),
			      err);
	*ret = (uint32_t)value;
	return SHVM_OK;
}

int kps_number_attr(const struct xml_node *n, const char *name, uint32_t *ret,
		    struct shvm_err *err)
{
	const char *text = xml_attr(n, name);

	if (!text)
		return xml_at(n,
			      err_set(err, SHVM_E_FORMAT,
				      "the attribute %s is missing", name),
			      err);
	return kps_number(n, text, ret, err);
}

void kps_set_number(struct xml_doc *doc, struct xml_node *n, uint32_t value)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%" PRIu32, value);
	xml_set_text(doc, n, text);
}

void kps_set_number_attr(struct xml_doc *doc, struct xml_node *n,
			 const char *name, uint32_t value)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%" PRIu32, value);
	xml_set_attr(doc, n, name, text);
}

int kps_base64(const struct xml_node *n, size_t limit, struct buf *ret,
	       struct shvm_err *err)
{
	size_t start = ret->len;
	const char *text;
	int r;

	TRY(xml_check_attrs(n, NULL, err));
	TRY(xml_text(n, &text, err));
	r = base64_decode(text, strlen(text), "value", ret, err);
	if (r == SHVM_OK && ret->len == start)
		r = err_set(err, SHVM_E_FORMAT, "is empty");
	if (r == SHVM_OK && ret->len - start > limit)
		r = err_set(err, SHVM_E_FORMAT, "%zu bytes, the limit is %zu",
			    ret->len - start, limit);
	return xml_at(n, r, err);
}

int kps_cert(const struct xml_node *n, X509 **ret, struct buf *ret_der,
	     struct shvm_err *err)
{
	AUTO_DONE(buf) own = { 0 };
	struct buf *der = ret_der ? ret_der : &own;
	size_t start = der->len;

	TRY(kps_base64(n, KPS_CERT_MAX, der, err));
	return xml_at(n,
		      key_cert_decode(der->data + start, der->len - start,
				      "certificate", ret, err),
		      err);
}

int kps_signature_decode(const struct xml_node *n, struct signature *ret,
			 struct shvm_err *err)
{
	static const char *const attrs[] = { "Algorithm", NULL };
	AUTO_DONE(signature) s = { 0 };
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *value;

	TRY(xml_check_attrs(n, attrs, err));
	TRY(kps_attr_dup(n, "Algorithm", &s.uri, err));
	s.has_parameters = xml_seq_maybe(&seq, KPS_NS, "Parameters") != NULL;
	TRY(xml_seq_need(&seq, KPS_NS, "SignatureValue", &value, err));
	TRY(kps_base64(value, KPS_VALUE_MAX, &s.value, err));
	TRY(xml_seq_end(&seq, err));

	*ret = MOVE(s);
	return SHVM_OK;
}

void kps_signature_encode(struct xml_doc *doc, struct xml_node *parent,
			  const char *name, const struct signature *s)
{
	struct xml_node *n = xml_add(doc, parent, name);

	xml_set_attr(doc, n, "Algorithm", s->uri);
	xml_set_base64(doc, xml_add(doc, n, "SignatureValue"), s->value.data,
		       s->value.len);
}

int kps_signature_algorithm(const struct signature *s, const char *what,
			    const struct algorithm **ret, struct shvm_err *err)
{
	TRY(algorithm_need(ALGORITHM_SIGNATURE, s->uri, what, ret, err));
	if (s->has_parameters)
		return err_reason(err, SHVM_E_UNSUPPORTED, "unknown-algorithm",
				  "%s: algorithm \"%s\" with parameters", what,
				  s->uri);
	return SHVM_OK;
}
