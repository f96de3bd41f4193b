/* SPDX-License-Identifier: MIT */
/* Shared by the builders of answer files; see <shvm/pdk.h>. */
#ifndef PDK_ANSWER_H
#define PDK_ANSWER_H

#include "base/buf.h"
#include "base/secret.h"
#include "pdk/payload.h"

enum {
	ANSWER_ADAPTERS_MAX = 8,
	ANSWER_SCRIPTS_MAX = 50
}; /* ours */

/* Names of the files for the RDP certificate in the VM. */
#define ANSWER_RDP_PFX "RDPCertificate.pfx"
#define ANSWER_RDP_SCRIPT "RDPCertificateConfig.ps1"

/* Append literal text: escaped, so that it contains no placeholder. */
void answer_add_text(struct buf *b, const char *text);
/* <name>text</name> on a line of its own. */
void answer_add_element(struct buf *b, unsigned int indent, const char *name,
			const char *text);

/*
 * A password from a callback: not empty, UTF-8, one line without control
 * characters. Messages name it by what.
 */
int answer_password(shvm_passphrase_fn ask, void *ctx, const char *what,
		    struct secret **ret, struct shvm_err *err);

/*
 * The hidden form of a Windows account's password: base64 of UTF-16LE of the
 * password and the name of the element that holds it.
 */
int answer_hide_password(const struct secret *password, const char *suffix,
			 struct buf *ret, struct shvm_err *err);

/* Plain text for one element: length within 1..max, no control characters. */
int answer_check_text(const char *text, size_t max, const char *what,
		      struct shvm_err *err);

int answer_check_adapters(enum shvm_static_ip ip, uint32_t *adapters,
			  struct shvm_err *err);
static inline bool answer_wants_ipv4(enum shvm_static_ip ip)
{
	return ip == SHVM_STATIC_IP_ALL || ip == SHVM_STATIC_IP_IPV4;
}
static inline bool answer_wants_ipv6(enum shvm_static_ip ip)
{
	return ip == SHVM_STATIC_IP_ALL || ip == SHVM_STATIC_IP_IPV6;
}

/* Fill keys from xml and move everything to the result. files is emptied. */
int answer_finish(struct buf *xml, struct payload *files,
		  struct shvm_answer *ret, struct shvm_err *err);

/*
 * Check a PKCS#12 file for Remote Desktop, and add it and the script that installs
 * it to files. at: Unix time for its validity, 0: now.
 */
int answer_rdp(const struct shvm_key_source *source, int64_t at,
	       struct payload *files, struct shvm_err *err);

#endif
