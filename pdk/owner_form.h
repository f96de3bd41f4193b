/* SPDX-License-Identifier: MIT */
/* The one encoding of an owner's signature that is accepted. */
#ifndef PDK_OWNER_FORM_H
#define PDK_OWNER_FORM_H

#include "pdk/container.h"

#include <openssl/x509.h>

/*
 * A CMS message has fields that no signature covers: versions, the set of
 * digest algorithms, the signer's name. Is each of them what owner_sign()
 * writes for this certificate? Then no byte of the message can be changed.
 * what receives the name of the first that is not. RSA keys only.
 */
bool owner_form_is_ours(const struct view *der, X509 *cert, const char **what);

#endif
