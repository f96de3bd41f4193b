/* SPDX-License-Identifier: MIT */
/* What the files of the public digest API share. */
#ifndef SIGNER_VOLUME_DIGEST_H
#define SIGNER_VOLUME_DIGEST_H

#include "signer/digest.h"

/* The internal form of public parameters; NULL: the defaults. */
struct digest_params digest_params_of(const struct shvm_digest_params *params);
/* And the public form of a result. */
struct shvm_digest digest_public(const struct digest *d);

#endif
