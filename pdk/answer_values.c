/* SPDX-License-Identifier: MIT */
/* Finds values in an answer file that the operating system would refuse. */
#include "base/match.h"
#include "pdk/answer_file.h"
#include "pdk/placeholder.h"
#include "pdk/ssh_key.h"
#include "pdk/user_data.h"
#include "pdk/windows_names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	VALUE_MAX = 16 * 1024, /* bytes that are checked; our limit */
	PATH_ROOM = 512
};

/* Values are checked in each pass that runs in a VM created from a template. */
#define COMPONENT "/unattend/settings/component"
#define CONFIGURATION "/LinuxOSSpecialization/OSConfiguration"
static const struct rule {
	const char *path;
	name_fn check;
	bool is_secret; /* the value is not repeated in messages */
} rules[] = {
	{ COMPONENT "/ComputerName", windows_computer_name, false },
	{ COMPONENT "/TimeZone", windows_time_zone, false },
	{ COMPONENT "/ProductKey", windows_product_key, true },
	{ COMPONENT "/InputLocale", windows_input_locale, false },
	{ COMPONENT "/SystemLocale", windows_locale, false },
	{ COMPONENT "/UILanguage", windows_locale, false },
	{ COMPONENT "/UILanguageFallback", windows_locale, false },
	{ COMPONENT "/UserLocale", windows_locale, false },
	{ COMPONENT "/UserAccounts/LocalAccounts/LocalAccount/Name",
	  windows_account, false },
	{ COMPONENT "/Identification/JoinDomain", windows_domain, false },
	{ COMPONENT "/Identification/JoinWorkgroup", windows_workgroup, false },
	{ COMPONENT "/Identification/MachineObjectOU", windows_ou, false },
	{ COMPONENT "/Interfaces/Interface/UnicastIpAddresses/IpAddress",
	  any_ip_address, false },
	{ COMPONENT "/Interfaces/Interface/Routes/Route/NextHopAddress",
	  any_ip_address, false },
	{ COMPONENT "/Interfaces/Interface/DNSServerSearchOrder/IpAddress",
	  any_ip_address, false },
	{ CONFIGURATION "/HostName", any_host_name, false },
	{ CONFIGURATION "/Users/User/SSHKey", ssh_key_verdict, true },
	{ CONFIGURATION "/VNetAdapters/VNetAdapter/NameServers/NameServer",
	  any_ip_address, false },
	{ CONFIGURATION "/VNetAdapters/VNetAdapter/Gateways/Gateway/Address",
	  any_ip_address, false },
	{ CONFIGURATION
	  "/VNetAdapters/VNetAdapter/IPV4Property/StaticIP/Address",
	  any_ip_address, false },
	{ CONFIGURATION
	  "/VNetAdapters/VNetAdapter/IPV6Property/StaticIP/Address",
	  any_ip_address, false },
};

struct walk {
	bool final;
	bool names; /* search only the computer's name */
	const struct notes *notes;
	char path[PATH_ROOM];
	char computer[64]; /* "": unknown */
};

static bool has_placeholder(const char *text)
{
	const size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (placeholder_length(text + i, len - i) > 0)
			return true;
	return false;
}

/* White space around a value belongs to the layout of the file. */
static bool trim(const char *text, char *ret, size_t size)
{
	size_t len = strlen(text);

	text_trim(&text, &len);
	if (len == 0 || len >= size)
		return false;
	memcpy(ret, text, len);
	ret[len] = '\0';
	return true;
}

static int refuse(const struct xml_node *n, const char *value, const char *why,
		  struct shvm_err *err)
{
	return err_reason(err, SHVM_E_VERIFY, "value-refused",
			  "answer file: line %u: %s%s%.100s%s %s", xml_line(n),
			  xml_name(n), value ? " \"" : "", value ? value : "",
			  value ? "\"" : "", why);
}

/* Setup does not create an account that has the computer's name. */
static int check_account(const struct walk *w, const struct rule *rule,
			 const struct xml_node *n, const char *value,
			 struct shvm_err *err)
{
	if (rule->check == windows_account && w->computer[0] &&
	    strcasecmp(w->computer, value) == 0)
		return refuse(n, value, "is the name of the computer, too",
			      err);
	return SHVM_OK;
}

static int check_value(struct walk *w, const struct rule *rule,
		       const struct xml_node *n, struct shvm_err *err)
{
	char value[VALUE_MAX];
	const char *text, *why = NULL;
	enum name_verdict verdict;

	if (xml_text(n, &text, NULL) < 0)
		return SHVM_OK;
	if (!trim(text, value, sizeof(value)))
		return rule->check == ssh_key_verdict &&
				       strlen(text) >= sizeof(value)
			       ? refuse(n, NULL, "is too long for a public key",
					err)
			       : SHVM_OK;
	if (!w->final && has_placeholder(value))
		return SHVM_OK;
	if (w->names) {
		if (rule->check == windows_computer_name &&
		    strcmp(value, "*") != 0 &&
		    strlen(value) < sizeof(w->computer))
			strcpy(w->computer, value);
		return SHVM_OK;
	}
	verdict = rule->check(value, &why);
	if (verdict == NAME_WRONG)
		return refuse(n, rule->is_secret ? NULL : value, why, err);
	if (verdict == NAME_UNKNOWN)
		notes_warn(w->notes, "answer file: line %u: %s \"%.100s\" %s",
			   xml_line(n), xml_name(n),
			   rule->is_secret ? "..." : value, why);
	return check_account(w, rule, n, value, err);
}

/* The passes that run in a VM created from a template. */
static bool is_other_pass(const struct xml_node *n)
{
	const char *pass = xml_attr(n, "pass");

	return strcmp(xml_name(n), "settings") == 0 && pass &&
	       strcmp(pass, "specialize") != 0 &&
	       strcmp(pass, "oobeSystem") != 0;
}

/* Recursion depth: that of the document, limited by xml_parse_foreign(). */
static int walk_node(struct walk *w, const struct xml_node *n,
		     struct shvm_err *err)
{
	const size_t len = strlen(w->path);
	const struct xml_node *child;
	int r = SHVM_OK;

	if (is_other_pass(n) || strlen(xml_name(n)) + 2 > sizeof(w->path) - len)
		return SHVM_OK;
	(void)snprintf(w->path + len, sizeof(w->path) - len, "/%s",
		       xml_name(n));
	for (size_t i = 0; r == SHVM_OK && i < ARRAY_SIZE(rules); i++)
		if (strcmp(w->path, rules[i].path) == 0)
			r = check_value(w, &rules[i], n, err);
	for (child = xml_first(n); r == SHVM_OK && child;
	     child = xml_next(child))
		r = walk_node(w, child, err);
	w->path[len] = '\0';
	return r;
}

int answer_values_check(const struct buf *text, bool final,
			const struct notes *notes, struct shvm_err *err)
{
	struct walk w = { .final = final, .names = true, .notes = notes };
	AUTO(xml_ptr) doc = NULL;
	enum answer_system system;

	if (answer_is_user_data(text))
		return err_prefix(err,
				  err_as_reason(err, user_data_check(text, err),
						SHVM_E_VERIFY, "value-refused"),
				  "answer file");
	TRY(answer_file_parse(text, &doc, &system, err));
	TRY(walk_node(&w, xml_root(doc), err));
	w.names = false;
	return walk_node(&w, xml_root(doc), err);
}
