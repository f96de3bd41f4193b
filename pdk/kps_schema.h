/* SPDX-License-Identifier: MIT */
/* The RELAX NG schemas of docs/, for xml_validate(): a second opinion behind
 * the decoders, which have the better texts. */
#ifndef PDK_KPS_SCHEMA_H
#define PDK_KPS_SCHEMA_H

extern const char kps_schema_metadata[];  /* docs/guardian.rng */
extern const char kps_schema_protector[]; /* docs/protector.rng */

#endif
