/* SPDX-License-Identifier: MIT */
/*
 * XML types of guardian metadata and key protectors ([MS-KPS] 2.2.2 and appendix
 * 6): numbers, base64, certificates, Signature_T.
 */
#ifndef PDK_KPS_XML_H
#define PDK_KPS_XML_H

#include "base/xml.h"
#include "pdk/algorithm.h"

#define KPS_NS "http://schemas.microsoft.com/kps/2014/07"
#define KPS_DSIG_NS "http://www.w3.org/2000/09/xmldsig#"
#define KPS_XENC11_NS "http://www.w3.org/2009/xmlenc11#"

enum {
	KPS_VALUE_MAX = 2048
}; /* bytes of a signature or wrapped key: RSA of
				  16384 bits */
enum {
	KPS_CERT_MAX = 64 << 10
}; /* bytes of a certificate; our limit */
enum {
	KPS_URI_MAX = 1024
}; /* characters of an algorithm URI; our limit */

/* Signature_T. Only the presence of parameters is kept: no supported signature
 * has any. */
struct signature {
	char *uri;
	bool has_parameters;
	struct buf value;
};
void signature_done(struct signature *s);

/* The element n is of type Signature_T. */
int kps_signature_decode(const struct xml_node *n, struct signature *ret,
			 struct shvm_err *err);
/* Add an element of that name. */
void kps_signature_encode(struct xml_doc *doc, struct xml_node *parent,
			  const char *name, const struct signature *s);
/* Known, allowed and without parameters; messages name the place by what. */
int kps_signature_algorithm(const struct signature *s, const char *what,
			    const struct algorithm **ret, struct shvm_err *err);

/* xs:unsignedInt without sign, spaces and leading zeros. */
int kps_number(const struct xml_node *n, const char *text, uint32_t *ret,
	       struct shvm_err *err);
int kps_number_attr(const struct xml_node *n, const char *name, uint32_t *ret,
		    struct shvm_err *err);
void kps_set_number(struct xml_doc *doc, struct xml_node *n, uint32_t value);
void kps_set_number_attr(struct xml_doc *doc, struct xml_node *n,
			 const char *name, uint32_t value);

/* The element's text as 1 to limit bytes, appended. */
int kps_base64(const struct xml_node *n, size_t limit, struct buf *ret,
	       struct shvm_err *err);
/* The element's text as a certificate; ret_der may be NULL. */
int kps_cert(const struct xml_node *n, X509 **ret, struct buf *ret_der,
	     struct shvm_err *err);
/* Duplicate a required attribute of at most limit characters. */
int kps_attr_dup(const struct xml_node *n, const char *name, char **ret,
		 struct shvm_err *err);

#endif
