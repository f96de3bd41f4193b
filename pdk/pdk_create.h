/* SPDX-License-Identifier: MIT */
/* Shared by the functions that write shielding data files; see <shvm/pdk.h>. */
#ifndef PDK_PDK_CREATE_H
#define PDK_PDK_CREATE_H

#include "pdk/pdk_file.h"

/* The bytes of a file: encrypted under the transport key, signed by the owner. */
int pdk_seal(const struct shvm_guardian *owner,
	     const struct shvm_protector *protector,
	     const struct secret *transport_key, const struct body *body,
	     bool publish, struct buf *ret, struct shvm_err *err);
/* The same, decoded again before it is returned; the result is open. */
int pdk_assemble(const struct shvm_guardian *owner,
		 const struct shvm_protector *protector,
		 const struct secret *transport_key, const struct body *body,
		 bool publish, struct shvm_pdk **ret, struct shvm_err *err);

#endif
