/* SPDX-License-Identifier: MIT */
/* What a LinuxOSSpecialization document says, for other forms of it. */
#include "pdk/linux_answer.h"

#include "pdk/answer_file.h"

#include <string.h>

/* What is done with an element of this name; ctx is its parent's. With neither
 * reader nor children it may be there, and says nothing. */
struct element {
	const char *name;
	int (*read)(const struct xml_node *n, void *ctx, struct shvm_err *err);
	bool many;
	const struct element *children; /* read with the same ctx */
};

static int invalid(const struct xml_node *n, const char *why,
		   struct shvm_err *err)
{
	return err_reason(err, SHVM_E_VERIFY, "answer-file-invalid",
			  "answer file: line %u: <%.60s> %s", xml_line(n),
			  xml_name(n), why);
}

/* The children of an element by the rows of a table that ends with { 0 }. */
static int read_all(const struct xml_node *n, const struct element *rows,
		    void *ctx, struct shvm_err *err)
{
	uint32_t seen = 0;

	for (const struct xml_node *c = xml_first(n); c; c = xml_next(c)) {
		size_t i = 0;

		while (rows[i].name && !xml_is(c, LINUX_NS, rows[i].name))
			i++;
		if (!rows[i].name)
			return invalid(c, "cannot be translated for cloud-init",
				       err);
		if (seen >> i & 1 && !rows[i].many)
			return invalid(c, "is there twice", err);
		seen |= UINT32_C(1) << i;
		if (rows[i].read)
			TRY(rows[i].read(c, ctx, err));
		if (rows[i].children)
			TRY(read_all(c, rows[i].children, ctx, err));
	}
	return SHVM_OK;
}

static int text_of(const struct xml_node *n, const char **ret,
		   struct shvm_err *err)
{
	if (xml_text(n, ret, NULL) < 0)
		return invalid(n, "has an element in it", err);
	return SHVM_OK;
}

static int read_text(const struct xml_node *n, void *ctx, struct shvm_err *err)
{
	return text_of(n, ctx, err);
}

static int read_user_name(const struct xml_node *n, void *ctx,
			  struct shvm_err *err)
{
	return read_text(n, &((struct linux_user *)ctx)->name, err);
}

static int read_password(const struct xml_node *n, void *ctx,
			 struct shvm_err *err)
{
	return read_text(n, &((struct linux_user *)ctx)->password, err);
}

static int read_ssh_key(const struct xml_node *n, void *ctx,
			struct shvm_err *err)
{
	return read_text(n, &((struct linux_user *)ctx)->ssh_key, err);
}

static int read_user(const struct xml_node *n, void *ctx, struct shvm_err *err)
{
	static const struct element rows[] = {
		{ "UserName", .read = read_user_name },
		{ "Password", .read = read_password },
		{ "SSHKey", .read = read_ssh_key },
		{ 0 },
	};
	struct linux_answer *a = ctx;
	struct linux_user *u = &a->users[a->user_count];

	if (a->user_count == LINUX_USERS)
		return invalid(n, "is one user too many", err);
	a->user_count++;
	TRY(read_all(n, rows, u, err));
	return u->name ? SHVM_OK : invalid(n, "has no UserName", err);
}

/* A value of the network, with its place. */
static int with(const struct xml_node *n, struct network_adapter *a,
		int (*add)(struct network_adapter *, const char *,
			   struct shvm_err *),
		struct shvm_err *err)
{
	const char *text;

	TRY(text_of(n, &text, err));
	return err_prefix(err, add(a, text, err), "answer file: line %u: %s",
			  xml_line(n), xml_name(n));
}

static int read_mac(const struct xml_node *n, void *ctx, struct shvm_err *err)
{
	return with(n, ctx, network_set_mac, err);
}

static int read_address(const struct xml_node *n, void *ctx,
			struct shvm_err *err)
{
	return with(n, ctx, network_add_address, err);
}

static int read_name_server(const struct xml_node *n, void *ctx,
			    struct shvm_err *err)
{
	return with(n, ctx, network_add_name_server, err);
}

static int add_gateway(struct network_adapter *a, const char *via,
		       struct shvm_err *err)
{
	return network_add_route(a, NULL, via, err);
}

static int read_gateway_address(const struct xml_node *n, void *ctx,
				struct shvm_err *err)
{
	return with(n, ctx, add_gateway, err);
}

static int read_address_type(const struct xml_node *n, void *ctx,
			     struct shvm_err *err)
{
	const char *text;

	(void)ctx;
	TRY(text_of(n, &text, err));
	return strstr(text, "STATIC") ? SHVM_OK
				      : invalid(n, "is not STATIC", err);
}

static const struct element static_ip[] = {
	{ "Address", .read = read_address },
	{ "AddressType", .read = read_address_type },
	{ 0 },
};

static const struct element ip_property[] = {
	{ "StaticIP", .many = true, .children = static_ip },
	{ 0 },
};

static const struct element name_servers[] = {
	{ "NameServer", .read = read_name_server, .many = true },
	{ 0 },
};

static const struct element gateway[] = {
	{ "Address", .read = read_gateway_address },
	{ 0 },
};

static const struct element gateways[] = {
	{ "Gateway", .many = true, .children = gateway },
	{ 0 },
};

static int read_adapter(const struct xml_node *n, void *ctx,
			struct shvm_err *err)
{
	static const struct element rows[] = {
		{ "MACAddress", .read = read_mac },
		{ "IPV4Property", .children = ip_property },
		{ "IPV6Property", .children = ip_property },
		{ "NameServers", .children = name_servers },
		{ "Gateways", .children = gateways },
		{ 0 },
	};
	struct network *net = &((struct linux_answer *)ctx)->network;
	size_t i = 0;

	while (i < NETWORK_ADAPTERS && net->adapters[i].is_used)
		i++;
	if (i == NETWORK_ADAPTERS)
		return invalid(n, "is one adapter too many", err);
	net->adapters[i].is_used = true;
	return read_all(n, rows, &net->adapters[i], err);
}

static int read_host_name(const struct xml_node *n, void *ctx,
			  struct shvm_err *err)
{
	return read_text(n, &((struct linux_answer *)ctx)->host_name, err);
}

static const struct element users[] = {
	{ "User", .read = read_user, .many = true },
	{ 0 },
};

static const struct element adapters[] = {
	{ "VNetAdapter", .read = read_adapter, .many = true },
	{ 0 },
};

static const struct element configuration[] = {
	{ "HostName", .read = read_host_name },
	{ "Users", .children = users },
	{ "VNetAdapters", .children = adapters },
	{ 0 },
};

int linux_answer_read(struct xml_doc *doc, struct linux_answer *ret,
		      struct shvm_err *err)
{
	static const struct element rows[] = {
		{ .name = "SchemaVersion" },
		{ .name = "AgentVersion" },
		{ "OSConfiguration", .children = configuration },
		{ 0 },
	};

	return read_all(xml_root(doc), rows, ret, err);
}
