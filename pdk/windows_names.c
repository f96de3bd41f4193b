/* SPDX-License-Identifier: MIT */
/* Names that Windows accepts, according to Microsoft's unattend reference and its
 * naming conventions. */
#include "pdk/windows_names.h"

#include "base/match.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	COMPUTER_MAX = 15, /* bytes; NetBIOS */
	ACCOUNT_MAX = 20,  /* characters */
	DOMAIN_MAX = 255,
	LABEL_MAX = 63,
	KEY_GROUPS = 5,
	KEY_GROUP = 5
};

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define ALNUM UPPER LOWER DIGITS

static enum name_verdict wrong(const char **why, const char *text)
{
	*why = text;
	return NAME_WRONG;
}

static enum name_verdict unknown(const char **why, const char *text)
{
	*why = text;
	return NAME_UNKNOWN;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

static bool only(const char *text, const char *characters)
{
	return text[strspn(text, characters)] == '\0';
}

static size_t utf8_length(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

enum name_verdict windows_computer_name(const char *text, const char **why)
{
	if (strcmp(text, "*") == 0) /* Setup draws one */
		return NAME_GOOD;
	if (strlen(text) > COMPUTER_MAX)
		return wrong(why, "has more than 15 bytes");
	if (strpbrk(text, "{|}~[\\]^':;<=>?@!\"#$%`()+/.,*& "))
		return wrong(why, "has a character that a computer name cannot "
				  "have (only letters, digits and -)");
	if (only(text, DIGITS))
		return wrong(why, "has only digits");
	if (text[0] == '-' || text[strlen(text) - 1] == '-')
		return wrong(why, "begins or ends with -");
	if (!only(text, ALNUM "-"))
		return unknown(why, "is not a DNS host name (letters, digits "
				    "and -)");
	if (windows_reserves(text))
		return unknown(why, "is a word that Microsoft reserves");
	return NAME_GOOD;
}

/* The forms of all identifiers except "UTC": an unknown one may be from a Windows
 * version that is newer than the table. */
static bool looks_like_time_zone(const char *text)
{
	static const char russia[] = "Russia Time Zone ";
	const char *suffix = strstr(text, " Standard Time");

	if (suffix && (suffix[14] == '\0' || suffix[14] == ' '))
		return is_ascii(text);
	if (strncasecmp(text, russia, sizeof(russia) - 1) == 0)
		return only(text + sizeof(russia) - 1, DIGITS);
	return strncmp(text, "UTC", 3) == 0 &&
	       (text[3] == '+' || text[3] == '-') && strlen(text) == 6 &&
	       only(text + 4, DIGITS);
}

enum name_verdict windows_time_zone(const char *text, const char **why)
{
	static const char off[] = "_dstoff"; /* without daylight saving time */
	const size_t len = strlen(text);
	char name[64];

	if (len >= sizeof(name))
		return wrong(why, "is not a time zone of Windows");
	memcpy(name, text, len + 1);
	if (text_ends(name, off))
		name[len - (sizeof(off) - 1)] = '\0';
	if (windows_knows_time_zone(name))
		return NAME_GOOD;
	if (strchr(name, '/'))
		return wrong(why, "is a time zone of the IANA database, not "
				  "one of Windows such as \"W. Europe Standard "
				  "Time\"");
	if (looks_like_time_zone(name))
		return unknown(why, "is not a known time zone of Windows");
	return wrong(why, "is not the identifier of a time zone of Windows "
			  "(which is the same in all languages, such as "
			  "\"W. Europe Standard Time\")");
}

/* Language, script and region of a tag of BCP 47, or other subtags. */
static bool is_language_tag(const char *text)
{
	size_t first = strcspn(text, "-");

	if (first < 2 || first > 3 || strspn(text, UPPER LOWER) < first)
		return false;
	for (text += first; *text; text += first) {
		text++;
		first = strcspn(text, "-");
		if (first < 2 || first > 8 || strspn(text, ALNUM) < first)
			return false;
	}
	return true;
}

enum name_verdict windows_locale(const char *text, const char **why)
{
	if (windows_knows_locale(text))
		return NAME_GOOD;
	if (!is_language_tag(text))
		return wrong(why, "is not of the form de-DE");
	return unknown(why, "is not a known locale of Windows");
}

/* "0407:00000407", "0407:{GUID}{GUID}" of an input method; or a locale. */
static enum name_verdict one_input_locale(const char *text, size_t len,
					  const char **why)
{
	char item[100];

	if (len >= sizeof(item))
		return wrong(why, "is not a locale or keyboard layout");
	memcpy(item, text, len);
	item[len] = '\0';
	if (len > 5 && item[4] == ':' &&
	    strspn(item, DIGITS "abcdefABCDEF") == 4 &&
	    only(item + 5, DIGITS "abcdefABCDEF{}-"))
		return NAME_GOOD;
	return windows_locale(item, why);
}

enum name_verdict windows_input_locale(const char *text, const char **why)
{
	enum name_verdict verdict = NAME_GOOD;

	for (;;) {
		size_t len;

		text += strspn(text, " ");
		len = strcspn(text, "; ");
		if (len > 0) {
			enum name_verdict v = one_input_locale(text, len, why);

			if (v == NAME_WRONG)
				return v;
			if (v == NAME_UNKNOWN)
				verdict = v;
		}
		text += len;
		text += strspn(text, " ");
		if (*text == '\0')
			return verdict;
		if (*text++ != ';')
			return wrong(why, "is not a list of locales or "
					  "keyboard layouts");
	}
}

enum name_verdict windows_account(const char *text, const char **why)
{
	if (utf8_length(text) > ACCOUNT_MAX)
		return wrong(why, "has more than 20 characters");
	if (strpbrk(text, "\"/\\[]:;|=,+*?<>@%"))
		return wrong(why, "has one of \" / \\ [ ] : ; | = , + * ? < "
				  "> @ %");
	if (only(text, " ."))
		return wrong(why, "has only dots and blanks");
	if (text[strlen(text) - 1] == '.')
		return wrong(why, "ends with a dot");
	if (windows_has_account(text))
		return wrong(why, "is an account or group that Windows has");
	if (windows_reserves(text))
		return unknown(why, "is a word that Microsoft reserves");
	return NAME_GOOD;
}

enum name_verdict windows_product_key(const char *text, const char **why)
{
	/* Base 24, and the N that keys since Windows 8 have. */
	static const char digits[] = "BCDFGHJKMNPQRTVWXY2346789"
				     "bcdfghjkmnpqrtvwxy";
	const size_t len = KEY_GROUPS * (KEY_GROUP + 1) - 1;

	if (strlen(text) != len)
		return wrong(why, "is not of the form XXXXX-XXXXX-XXXXX-"
				  "XXXXX-XXXXX");
	for (size_t i = 0; i < len; i++) {
		const bool dash = i % (KEY_GROUP + 1) == KEY_GROUP;

		if (dash != (text[i] == '-'))
			return wrong(why, "is not of the form XXXXX-XXXXX-"
					  "XXXXX-XXXXX-XXXXX");
		if (!dash && !strchr(digits, text[i]))
			return wrong(why, "has a character that product keys "
					  "do not have (they have BCDFGHJKMN"
					  "PQRTVWXY2346789)");
	}
	return NAME_GOOD;
}

/* Labels of a DNS name, of 1 to 63 bytes. */
static bool labels_ok(const char *text)
{
	for (;;) {
		const size_t n = strcspn(text, ".");

		if (n == 0 || n > LABEL_MAX)
			return false;
		if (text[n] == '\0' || text[n + 1] == '\0')
			return true; /* a dot at the end is the root */
		text += n + 1;
	}
}

enum name_verdict windows_domain(const char *text, const char **why)
{
	if (strlen(text) > DOMAIN_MAX)
		return wrong(why, "has more than 255 bytes");
	if (strpbrk(text, "{|}~[\\]^':;<=>?@!\"#$%`()+/,*& "))
		return wrong(why, "has a character that a domain name cannot "
				  "have (only letters, digits, - and .)");
	if (!labels_ok(text))
		return wrong(why, "has a label of no or more than 63 bytes");
	if (!strchr(text, '.') && strlen(text) > COMPUTER_MAX)
		return wrong(why, "has no dot and more than 15 bytes: neither "
				  "a DNS nor a NetBIOS name");
	if (!only(text, ALNUM "-."))
		return unknown(why, "is not a DNS name (letters, digits, - "
				    "and .)");
	return NAME_GOOD;
}

enum name_verdict windows_workgroup(const char *text, const char **why)
{
	if (utf8_length(text) > COMPUTER_MAX)
		return wrong(why, "has more than 15 characters");
	if (strpbrk(text, "\"/\\[]:;|=,+*?<>"))
		return wrong(why, "has one of \" / \\ [ ] : ; | = , + * ? < >");
	return NAME_GOOD;
}

/* One "OU=x" of a distinguished name, at its front; its length, 0 for none. */
static size_t rdn_length(const char *text)
{
	size_t n = strspn(text, ALNUM "-."), value;

	if (n == 0)
		return 0;
	n += strspn(text + n, " ");
	if (text[n] != '=')
		return 0;
	value = ++n;
	for (; text[n] && text[n] != ','; n++) {
		if (text[n] == '\\' && text[n + 1])
			n++;
		else if (strchr("+;<>\"=", text[n]))
			return 0;
	}
	return n - value == strspn(text + value, " ") ? 0 : n;
}

enum name_verdict windows_ou(const char *text, const char **why)
{
	static const char form[] = "is not a distinguished name such as "
				   "OU=Servers,DC=example,DC=com";
	const char *at = text;
	bool domain = false;

	for (;;) {
		size_t n;

		at += strspn(at, " ");
		n = rdn_length(at);
		if (n == 0)
			return wrong(why, form);
		domain = domain || strncasecmp(at, "DC=", 3) == 0;
		if (!domain && strncasecmp(at, "OU=", 3) != 0 &&
		    strncasecmp(at, "CN=", 3) != 0)
			return unknown(why, "has parts that are not OU, CN or "
					    "DC");
		at += n;
		if (*at == '\0')
			break;
		at++;
	}
	if (!domain)
		return wrong(why, "names no domain: it must end with DC=...");
	if (strncasecmp(text, "OU=", 3) != 0)
		return unknown(why, "does not begin with OU=");
	return NAME_GOOD;
}

/* CON, COM1 and the like, with any extension, and blanks before it. */
static bool is_device(const char *text)
{
	static const char *const names[] = {
		"CON",	     "PRN",	  "AUX",       "NUL",	    "CONIN$",
		"CONOUT$",   "CLOCK$",	  "COM0",      "COM1",	    "COM2",
		"COM3",	     "COM4",	  "COM5",      "COM6",	    "COM7",
		"COM8",	     "COM9",	  "LPT0",      "LPT1",	    "LPT2",
		"LPT3",	     "LPT4",	  "LPT5",      "LPT6",	    "LPT7",
		"LPT8",	     "LPT9",	  "COM\u00b9", "COM\u00b2", "COM\u00b3",
		"LPT\u00b9", "LPT\u00b2", "LPT\u00b3",
	};
	size_t len = strcspn(text, ".");

	while (len > 0 && text[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == len &&
		    strncasecmp(text, names[i], len) == 0)
			return true;
	return false;
}

enum name_verdict windows_file_name(const char *text, const char **why)
{
	const size_t len = strlen(text);

	if (strpbrk(text, "<>:\"/\\|?*"))
		return wrong(why, "has one of < > : \" / \\ | ? *, which "
				  "Windows has no file names with");
	if (len > 0 && (text[len - 1] == '.' || text[len - 1] == ' '))
		return wrong(why, "ends with a dot or blank, which Windows "
				  "removes");
	if (is_device(text))
		return wrong(why, "is the name of a device of Windows");
	return NAME_GOOD;
}

enum name_verdict any_host_name(const char *text, const char **why)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x80 && !strchr(ALNUM "-._", *p) &&
		    strcmp(text, "*") != 0)
			return wrong(why, "has a character that no host name "
					  "has");
	if (strlen(text) > 253 || !labels_ok(text))
		return wrong(why, "has a label of no or more than 63 bytes, or "
				  "more than 253 in all");
	return NAME_GOOD;
}

enum name_verdict any_ip_address(const char *text, const char **why)
{
	const size_t len = strcspn(text, "/");
	uint8_t bytes[16];
	char address[64];
	int limit = 0;

	if (len < sizeof(address)) {
		memcpy(address, text, len);
		address[len] = '\0';
		if (inet_pton(AF_INET, address, bytes) == 1)
			limit = 32;
		else if (inet_pton(AF_INET6, address, bytes) == 1)
			limit = 128;
	}
	if (limit == 0)
		return wrong(why, "is not an IPv4 or IPv6 address");
	if (text[len] == '\0')
		return NAME_GOOD;
	text += len + 1;
	if (strlen(text) < 1 || strlen(text) > 3 || !only(text, DIGITS) ||
	    strtol(text, NULL, 10) > limit)
		return wrong(why, "has a prefix length that is not one");
	return NAME_GOOD;
}
