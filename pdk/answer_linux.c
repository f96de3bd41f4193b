/* SPDX-License-Identifier: MIT */
/* LinuxOSSpecialization: the answer file of the Linux agent of VMM. */
#include "base/encode.h"
#include "base/reserved.h"
#include "pdk/answer.h"
#include "pdk/answer_file.h"
#include "pdk/ssh_key.h"

#include <string.h>

/* The versions of schema and agent in the published template. */
#define SCHEMA_VERSION "1.00-0"
#define AGENT_VERSION "1.0.2.1075"

static int add_root(const struct shvm_answer_linux_params *p, struct buf *b,
		    struct shvm_err *err)
{
	AUTO(secret_ptr) password = NULL;

	buf_add_text(b, "    <Users>\n      <User>\n"
			"        <UserName>root</UserName>\n");
	if (p->root_password) {
		TRY(answer_password(p->root_password, p->root_password_ctx,
				    "root password", &password, err));
		buf_add_text(b, "        <Password>");
		base64_encode(b, password->data, password->size);
		buf_add_text(b, "</Password>\n");
	}
	if (p->ssh_key)
		answer_add_element(b, 8, "SSHKey", p->ssh_key);
	buf_add_text(b, "      </User>\n    </Users>\n");
	return SHVM_OK;
}

static void add_address(struct buf *b, int family, uint32_t n)
{
	buf_printf(b,
		   "        <IPV%dProperty>\n"
		   "          <StaticIP>\n"
		   "            <Address>@IP%dAddr-%u@</Address>\n"
		   "            <AddressType>STATIC</AddressType>\n"
		   "          </StaticIP>\n"
		   "        </IPV%dProperty>\n",
		   family, family, n, family);
}

static void add_adapter(struct buf *b, enum shvm_static_ip ip, uint32_t n)
{
	buf_printf(b,
		   "      <VNetAdapter>\n"
		   "        <MACAddress>@MACAddr-%u@</MACAddress>\n",
		   n);
	if (answer_wants_ipv4(ip))
		add_address(b, 4, n);
	if (answer_wants_ipv6(ip))
		add_address(b, 6, n);
	buf_printf(b,
		   "        <NameServers>\n"
		   "          <NameServer>@DnsAddr-%u-1@</NameServer>\n"
		   "        </NameServers>\n",
		   n);
	if (ip != SHVM_STATIC_IP_DNS_ONLY)
		buf_printf(b,
			   "        <Gateways>\n"
			   "          <Gateway>\n"
			   "            <Address>@NextHop-%u-1@</Address>\n"
			   "          </Gateway>\n"
			   "        </Gateways>\n",
			   n);
	buf_add_text(b, "      </VNetAdapter>\n");
}

int shvm_answer_linux(const struct shvm_answer_linux_params *params,
		      struct shvm_answer *ret, struct shvm_err *err)
{
	AUTO_DONE(buf) b = { .wipe = true };
	struct payload none = { 0 };
	uint32_t adapters = params->adapters;

	TRY(reserved_check(params->reserved, "struct shvm_answer_linux_params",
			   err));
	if (!params->root_password && !params->ssh_key)
		return err_set(
			err, SHVM_E_ARG,
			"no way to log in: a root password or an SSH key is "
			"required");
	TRY(answer_check_adapters(params->static_ip, &adapters, err));
	if (params->ssh_key)
		TRY(ssh_key_check(params->ssh_key, err));
	buf_add_text(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			 "<LinuxOSSpecialization xmlns=\"" LINUX_NS "\">\n"
			 "  <SchemaVersion>" SCHEMA_VERSION "</SchemaVersion>\n"
			 "  <AgentVersion>" AGENT_VERSION "</AgentVersion>\n"
			 "  <OSConfiguration>\n"
			 "    <HostName>@ComputerName@</HostName>\n");
	TRY(add_root(params, &b, err));
	if (params->static_ip != SHVM_STATIC_IP_NONE) {
		buf_add_text(&b, "    <VNetAdapters>\n");
		for (uint32_t n = 1; n <= adapters; n++)
			add_adapter(&b, params->static_ip, n);
		buf_add_text(&b, "    </VNetAdapters>\n");
	}
	buf_add_text(&b, "  </OSConfiguration>\n</LinuxOSSpecialization>\n");
	return answer_finish(&b, &none, ret, err);
}
