/* SPDX-License-Identifier: MIT */
/* Network adapters of a machine, as cloud-init's network-config version 2. */
#include "pdk/network.h"

#include "base/line.h"
#include "base/match.h"
#include "pdk/windows_names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define REFUSED(err, ...)                                                      \
	err_reason(err, SHVM_E_VERIFY, "value-refused", __VA_ARGS__)

/* A value as it came, for texts. */
static int refuse(const char *text, const char *why, struct shvm_err *err)
{
	return REFUSED(err, "\"%.*s\" %s", LINE_FIT(text, 100), why);
}

/* Which part of an address there must be. */
enum prefix {
	WITH_PREFIX,
	WITHOUT_PREFIX
};

static int copy_address(const char *text, enum prefix prefix,
			char ret[NETWORK_TEXT], struct shvm_err *err)
{
	size_t len = strlen(text);
	const char *why;

	text_trim(&text, &len);
	if (len >= NETWORK_TEXT)
		return refuse(text, "is not an IPv4 or IPv6 address", err);
	memcpy(ret, text, len);
	ret[len] = '\0';
	if (any_ip_address(ret, &why) == NAME_WRONG)
		return refuse(text, why, err);
	if (prefix == WITH_PREFIX && !strchr(ret, '/'))
		return refuse(
			ret,
			"has no prefix length, as in 192.0.2.5/24 or 2001:db8::5/64",
			err);
	if (prefix == WITHOUT_PREFIX && strchr(ret, '/'))
		return refuse(ret, "has a prefix length, and is no network",
			      err);
	return SHVM_OK;
}

static int add(struct network_list *list, const char *text, enum prefix prefix,
	       struct shvm_err *err)
{
	if (list->count == NETWORK_LIST)
		return refuse(text, "is one too many for the adapter", err);
	TRY(copy_address(text, prefix, list->items[list->count], err));
	list->count++;
	return SHVM_OK;
}

int network_add_address(struct network_adapter *a, const char *text,
			struct shvm_err *err)
{
	a->is_used = true;
	return add(&a->addresses, text, WITH_PREFIX, err);
}

int network_add_name_server(struct network_adapter *a, const char *text,
			    struct shvm_err *err)
{
	a->is_used = true;
	return add(&a->name_servers, text, WITHOUT_PREFIX, err);
}

/* "00:15:5d:01:02:03", also with hyphens or without anything between. */
int network_set_mac(struct network_adapter *a, const char *text,
		    struct shvm_err *err)
{
	const char *s = text;
	size_t len = strlen(s), digits = 0, at = 0;
	char mac[18];

	text_trim(&s, &len);
	for (size_t i = 0; i < len && digits <= 12; i++) {
		const bool separator = (s[i] == ':' || s[i] == '-') &&
				       digits % 2 == 0 && i % 3 == 2 &&
				       len == 17;

		if (separator)
			continue;
		if (!isxdigit((unsigned char)s[i]) || digits == 12)
			return refuse(text, "is not a MAC address", err);
		if (digits > 0 && digits % 2 == 0)
			mac[at++] = ':';
		mac[at++] = (char)tolower((unsigned char)s[i]);
		digits++;
	}
	mac[at] = '\0';
	if (digits != 12)
		return refuse(text, "is not a MAC address", err);
	memcpy(a->mac, mac, sizeof(mac));
	a->is_used = true;
	return SHVM_OK;
}

static bool is_ipv6(const char *address)
{
	return strchr(address, ':') != NULL;
}

/* cloud-init 22.4 makes ::/0 a /64: the default routes have members of their
 * own. */
int network_add_route(struct network_adapter *a, const char *to,
		      const char *via, struct shvm_err *err)
{
	struct network_route r = { 0 };
	const char *slash;
	char *gateway;

	a->is_used = true;
	TRY(copy_address(via, WITHOUT_PREFIX, r.via, err));
	gateway = is_ipv6(r.via) ? a->gateway6 : a->gateway4;
	if (to)
		TRY(copy_address(to, WITH_PREFIX, r.to, err));
	if (to && is_ipv6(r.to) != is_ipv6(r.via))
		return refuse(via, "is of another family than what is reached",
			      err);
	slash = to ? strchr(r.to, '/') : NULL;
	if (!slash || strtoul(slash + 1, NULL, 10) == 0) {
		if (gateway[0])
			return refuse(via, "is a second gateway of its family",
				      err);
		memcpy(gateway, r.via, sizeof(r.via));
		return SHVM_OK;
	}
	if (a->route_count == NETWORK_LIST)
		return refuse(to, "is one route too many", err);
	a->routes[a->route_count++] = r;
	return SHVM_OK;
}

/* "@STEM-n@" or "@STEM-n-m@"; n and m from 1. */
static bool key_numbers(const char *key, const char *stem, unsigned int *n,
			unsigned int *m)
{
	int end = 0, more = 0;

	if (!text_begins(key, strlen(key), stem))
		return false;
	key += strlen(stem);
	if (!isdigit((unsigned char)key[0]) || strlen(key) > 10)
		return false;
	if (m)
		(void)sscanf(key, "%u-%u@%n", n, m, &end);
	else
		(void)sscanf(key, "%u@%n", n, &end);
	more = end > 0 && key[end] == '\0';
	return more && *n > 0 && (!m || *m > 0);
}

static int add_route_of(const struct shvm_fabric *f, unsigned int n,
			unsigned int m, const char *via,
			struct network_adapter *a, struct shvm_err *err)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "@Prefix-%u-%u@", n, m);
	return network_add_route(a, fabric_value(f, key), via, err);
}

static int add_pair(const struct shvm_fabric *f, const struct fabric_pair *p,
		    struct network *net, struct shvm_err *err)
{
	unsigned int n = 0, m = 0;
	enum {
		MAC,
		ADDRESS,
		HOP,
		DNS
	} what;
	struct network_adapter *a;

	if (key_numbers(p->key, "@MACAddr-", &n, NULL))
		what = MAC;
	else if (key_numbers(p->key, "@IP4Addr-", &n, NULL) ||
		 key_numbers(p->key, "@IP6Addr-", &n, NULL))
		what = ADDRESS;
	else if (key_numbers(p->key, "@NextHop-", &n, &m))
		what = HOP;
	else if (key_numbers(p->key, "@DnsAddr-", &n, &m))
		what = DNS;
	else
		return SHVM_OK;
	if (n > NETWORK_ADAPTERS)
		return refuse(p->value,
			      "is of an adapter after the eighth, the last one",
			      err);
	a = &net->adapters[n - 1];
	switch (what) {
	case MAC:
		return network_set_mac(a, p->value, err);
	case ADDRESS:
		return network_add_address(a, p->value, err);
	case HOP:
		return add_route_of(f, n, m, p->value, a, err);
	case DNS:
		return network_add_name_server(a, p->value, err);
	}
	return SHVM_OK;
}

int network_from_fabric(const struct shvm_fabric *fabric, struct network *ret,
			struct shvm_err *err)
{
	for (size_t i = 0; fabric && i < fabric->count; i++) {
		const struct fabric_pair *p = &fabric->pairs[i];

		TRY(err_prefix(err, add_pair(fabric, p, ret, err),
			       "fabric data: %s", p->key));
	}
	return SHVM_OK;
}

/* All values are of characters that need no escape in quotes. */
static void write_list(const struct network_list *list, struct buf *ret)
{
	for (size_t i = 0; i < list->count; i++)
		buf_printf(ret, "%s\"%s\"", i > 0 ? ", " : "", list->items[i]);
}

static void write_adapter(const struct network_adapter *a, size_t n,
			  struct buf *ret)
{
	buf_printf(ret,
		   "  net%zu:\n"
		   "    match:\n"
		   "      macaddress: \"%s\"\n"
		   "    dhcp4: %s\n",
		   n, a->mac, a->addresses.count > 0 ? "false" : "true");
	if (a->addresses.count > 0) {
		buf_add_text(ret, "    addresses: [");
		write_list(&a->addresses, ret);
		buf_add_text(ret, "]\n");
	}
	if (a->gateway4[0])
		buf_printf(ret, "    gateway4: \"%s\"\n", a->gateway4);
	if (a->gateway6[0])
		buf_printf(ret, "    gateway6: \"%s\"\n", a->gateway6);
	if (a->route_count > 0)
		buf_add_text(ret, "    routes:\n");
	for (size_t i = 0; i < a->route_count; i++)
		buf_printf(ret, "    - {to: \"%s\", via: \"%s\"}\n",
			   a->routes[i].to, a->routes[i].via);
	if (a->name_servers.count > 0) {
		buf_add_text(ret, "    nameservers:\n      addresses: [");
		write_list(&a->name_servers, ret);
		buf_add_text(ret, "]\n");
	}
}

/* An address family without an address would lose its gateway. */
static int check_adapter(const struct network_adapter *a, size_t n,
			 struct shvm_err *err)
{
	bool has4 = false, has6 = false;

	for (size_t i = 0; i < a->addresses.count; i++) {
		has4 = has4 || !is_ipv6(a->addresses.items[i]);
		has6 = has6 || is_ipv6(a->addresses.items[i]);
	}
	if (!a->mac[0])
		return REFUSED(
			err,
			"network adapter %zu has no MAC address (@MACAddr-%zu@), by which the machine finds it",
			n, n);
	if ((a->gateway4[0] && !has4) || (a->gateway6[0] && !has6))
		return REFUSED(
			err,
			"network adapter %zu has the gateway %s and no address of its family",
			n, a->gateway4[0] && !has4 ? a->gateway4 : a->gateway6);
	return SHVM_OK;
}

int network_write(const struct network *n, struct buf *ret,
		  struct shvm_err *err)
{
	size_t used = 0;

	buf_add_text(ret, "# network-config of cloud-init, version 2\n");
	for (size_t i = 0; i < NETWORK_ADAPTERS; i++) {
		if (!n->adapters[i].is_used)
			continue;
		TRY(check_adapter(&n->adapters[i], i + 1, err));
		if (used++ == 0)
			buf_add_text(ret, "version: 2\nethernets:\n");
		write_adapter(&n->adapters[i], i + 1, ret);
	}
	if (used == 0)
		buf_add_text(
			ret,
			"# No adapter is named: cloud-init uses DHCP on the first network card.\n");
	return buf_check(ret, "network-config", err);
}
