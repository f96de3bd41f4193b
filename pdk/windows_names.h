/* SPDX-License-Identifier: MIT */
/*
 * Names that Windows accepts. A name that it is known to refuse is wrong; an unknown
 * name causes a warning.
 */
#ifndef PDK_WINDOWS_NAMES_H
#define PDK_WINDOWS_NAMES_H

#include "base/auto.h"

#include <stdbool.h>

enum name_verdict {
	NAME_GOOD,
	NAME_UNKNOWN,
	NAME_WRONG
};

/* why: receives a text to print after the name, for a verdict that is not good. The
 * text is never empty. */
typedef enum name_verdict (*name_fn)(const char *text, const char **why);

enum name_verdict windows_computer_name(const char *text, const char **why);
enum name_verdict windows_time_zone(const char *text, const char **why);
enum name_verdict windows_locale(const char *text, const char **why);
/* Also keyboard layouts, "0407:00000407", and lists of both. */
enum name_verdict windows_input_locale(const char *text, const char **why);
/* Of a local account that Setup creates; Administrator exists already. */
enum name_verdict windows_account(const char *text, const char **why);
enum name_verdict windows_product_key(const char *text, const char **why);
enum name_verdict windows_domain(const char *text, const char **why);
enum name_verdict windows_workgroup(const char *text, const char **why);
enum name_verdict windows_ou(const char *text, const char **why);
/* Of a file that Windows writes. */
enum name_verdict windows_file_name(const char *text, const char **why);

/* For any system: letters, digits, "-", "." and "_" in labels of 1 to 63 bytes;
 * non-ASCII characters are not checked. */
enum name_verdict any_host_name(const char *text, const char **why);
/* IPv4 or IPv6, with or without "/" and the length of the prefix. */
enum name_verdict any_ip_address(const char *text, const char **why);

/* Lookup in the tables, ignoring case. */
bool windows_knows_time_zone(const char *text);
bool windows_knows_locale(const char *text);
bool windows_reserves(const char *name);
bool windows_has_account(const char *name);

#endif
