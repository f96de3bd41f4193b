/* SPDX-License-Identifier: MIT */
/* RELAX NG, as an opinion on our documents that is not our decoders'. */
#ifndef TESTS_UNIT_SUPPORT_SCHEMA_H
#define TESTS_UNIT_SUPPORT_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

/* Is it well-formed, and valid against the schema in this file? */
bool schema_accepts(const char *schema, const void *xml, size_t len);

/*
 * Damage every tag of a document in turn: an attribute more, one less, text
 * or an element in front of it. What the schema refuses, accepts must refuse.
 * Returns how many documents that were.
 */
size_t schema_refusals_agree(const char *schema, const void *xml, size_t len,
			     bool (*accepts)(const void *xml, size_t len));

#endif
