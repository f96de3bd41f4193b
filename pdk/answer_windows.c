/* SPDX-License-Identifier: MIT */
/*
 * unattend.xml for Windows: the passes specialize and oobeSystem. Names of
 * components and elements are from Microsoft's unattend reference.
 */
#include "base/reserved.h"
#include "pdk/answer.h"
#include "pdk/note.h"
#include "pdk/windows_names.h"

#include <string.h>
#include <strings.h>

enum {
	USER_MAX = 256,
	NAME_MAX_BYTES = 2048,
	SCRIPT_NAME_MAX =
		64 /* our limit; a command has room for 259 characters */
};

#define SETUP_COMPLETE "%WINDIR%\\Setup\\Scripts\\SetupComplete.cmd"

static void component_begin(struct buf *b, const char *name)
{
	buf_printf(
		b,
		"    <component name=\"%s\" processorArchitecture=\"amd64\" "
		"publicKeyToken=\"31bf3856ad364e35\" language=\"neutral\" "
		"versionScope=\"nonSxS\" "
		"xmlns:wcm=\"http://schemas.microsoft.com/WMIConfig/2002/State\">\n",
		name);
}

static void component_end(struct buf *b)
{
	buf_add_text(b, "    </component>\n");
}

/* A line for SetupComplete.cmd, which Windows runs last. Because of the blank
 * before ">>" a digit at the end of a name is not taken for a handle. */
static void add_command(struct buf *b, unsigned int *order, const char *what,
			const char *command)
{
	buf_printf(b,
		   "        <RunSynchronousCommand wcm:action=\"add\">\n"
		   "          <Order>%u</Order>\n"
		   "          <Description>%s</Description>\n",
		   ++*order, what);
	answer_add_element(b, 10, "Path", command);
	buf_add_text(b, "        </RunSynchronousCommand>\n");
}

static int add_scripts(const struct shvm_answer_windows_params *p,
		       struct buf *b, unsigned int *order, struct shvm_err *err)
{
	for (size_t i = 0; i < p->script_count; i++) {
		const char *name = p->scripts[i].name;
		AUTO_DONE(buf) line = { 0 };

		buf_add_text(&line, "cmd.exe /c echo ");
		if (strcasecmp(name + strlen(name) - 4, ".ps1") == 0)
			buf_add_text(&line, "powershell.exe -NoProfile "
					    "-ExecutionPolicy Bypass -File");
		else
			buf_add_text(&line, "call");
		buf_add_text(&line, " %SYSTEMDRIVE%\\temp\\");
		buf_add_text(&line, name);
		buf_add_text(&line, " >> " SETUP_COMPLETE);
		buf_add_zeros(&line, 1);
		TRY(buf_check(&line, "answer file", err));
		add_command(b, order, "Run a configuration script",
			    (const char *)line.data);
	}
	return SHVM_OK;
}

/*
 * Only "echo" runs here: the lines are collected in SetupComplete.cmd, which runs
 * once at the end of setup. The last of them powers the VM off.
 */
static int add_deployment(const struct shvm_answer_windows_params *p,
			  struct buf *b, struct shvm_err *err)
{
	unsigned int order = 0;

	component_begin(b, "Microsoft-Windows-Deployment");
	buf_add_text(b, "      <RunSynchronous>\n");
	add_command(b, &order, "Make the folder of setup scripts",
		    "cmd.exe /c if not exist %WINDIR%\\Setup\\Scripts md "
		    "%WINDIR%\\Setup\\Scripts");
	add_command(b, &order, "Remove an old script of the image",
		    "cmd.exe /c if exist " SETUP_COMPLETE
		    " del /f " SETUP_COMPLETE);
	if (p->rdp_certificate.uri)
		add_command(b, &order, "Install the Remote Desktop certificate",
			    "cmd.exe /c echo powershell.exe -NoProfile "
			    "-ExecutionPolicy Bypass -File "
			    "%SYSTEMDRIVE%\\temp\\" ANSWER_RDP_SCRIPT
			    " >> " SETUP_COMPLETE);
	TRY(add_scripts(p, b, &order, err));
	add_command(b, &order,
		    "Remove copies of this file; the last command but one",
		    "cmd.exe /c echo del /s /f /q "
		    "%WINDIR%\\Panther\\unattend.xml "
		    "%SYSTEMDRIVE%\\unattend.xml >> " SETUP_COMPLETE);
	add_command(
		b, &order, "Power off; the last command",
		"cmd.exe /c echo shutdown.exe /s /f /t 0 >> " SETUP_COMPLETE);
	buf_add_text(b, "      </RunSynchronous>\n");
	component_end(b);
	return SHVM_OK;
}

static void add_shell_specialize(const struct shvm_answer_windows_params *p,
				 struct buf *b)
{
	component_begin(b, "Microsoft-Windows-Shell-Setup");
	buf_add_text(b, "      <ComputerName>@ComputerName@</ComputerName>\n");
	if (p->product_key)
		buf_add_text(b,
			     "      <ProductKey>@ProductKey@</ProductKey>\n");
	if (p->time_zone && strcmp(p->time_zone, "@TimeZone@") == 0)
		buf_add_text(b, "      <TimeZone>@TimeZone@</TimeZone>\n");
	else if (p->time_zone)
		answer_add_element(b, 6, "TimeZone", p->time_zone);
	component_end(b);
}

static void add_tcpip_interface(struct buf *b, enum shvm_static_ip ip,
				uint32_t n)
{
	unsigned int key = 0;

	buf_add_text(b, "        <Interface wcm:action=\"add\">\n");
	if (answer_wants_ipv4(ip))
		buf_add_text(
			b,
			"          <Ipv4Settings>\n"
			"            <DhcpEnabled>false</DhcpEnabled>\n"
			"            <RouterDiscoveryEnabled>false</RouterDiscoveryEnabled>\n"
			"          </Ipv4Settings>\n");
	if (answer_wants_ipv6(ip))
		buf_add_text(
			b,
			"          <Ipv6Settings>\n"
			"            <DhcpEnabled>false</DhcpEnabled>\n"
			"            <RouterDiscoveryEnabled>true</RouterDiscoveryEnabled>\n"
			"          </Ipv6Settings>\n");
	buf_printf(b,
		   "          <Identifier>@MACAddr-%u@</Identifier>\n"
		   "          <UnicastIpAddresses>\n",
		   n);
	if (answer_wants_ipv4(ip))
		buf_printf(
			b,
			"            <IpAddress wcm:action=\"add\" wcm:keyValue=\"%u\">@IP4Addr-%u@</IpAddress>\n",
			++key, n);
	if (answer_wants_ipv6(ip))
		buf_printf(
			b,
			"            <IpAddress wcm:action=\"add\" wcm:keyValue=\"%u\">@IP6Addr-%u@</IpAddress>\n",
			++key, n);
	/* One route and one gateway: a pool of VMM provides no more. IPv6 also
	 * has router discovery. */
	buf_printf(
		b,
		"          </UnicastIpAddresses>\n"
		"          <Routes>\n"
		"            <Route wcm:action=\"add\">\n"
		"              <Identifier>1</Identifier>\n"
		"              <Prefix>@Prefix-%u-1@</Prefix>\n"
		"              <NextHopAddress>@NextHop-%u-1@</NextHopAddress>\n"
		"            </Route>\n"
		"          </Routes>\n"
		"        </Interface>\n",
		n, n);
}

static void add_network(const struct shvm_answer_windows_params *p,
			uint32_t adapters, struct buf *b)
{
	if (p->static_ip == SHVM_STATIC_IP_NONE)
		return;
	if (p->static_ip != SHVM_STATIC_IP_DNS_ONLY) {
		component_begin(b, "Microsoft-Windows-TCPIP");
		buf_add_text(b, "      <Interfaces>\n");
		for (uint32_t n = 1; n <= adapters; n++)
			add_tcpip_interface(b, p->static_ip, n);
		buf_add_text(b, "      </Interfaces>\n");
		component_end(b);
	}
	component_begin(b, "Microsoft-Windows-DNS-Client");
	buf_add_text(b, "      <Interfaces>\n");
	for (uint32_t n = 1; n <= adapters; n++)
		buf_printf(
			b,
			"        <Interface wcm:action=\"add\">\n"
			"          <DNSServerSearchOrder>\n"
			"            <IpAddress wcm:action=\"add\" wcm:keyValue=\"1\">@DnsAddr-%u-1@</IpAddress>\n"
			"          </DNSServerSearchOrder>\n"
			"          <Identifier>@MACAddr-%u@</Identifier>\n"
			"        </Interface>\n",
			n, n);
	buf_add_text(b, "      </Interfaces>\n");
	component_end(b);
}

/*
 * Splits USER, DOMAIN\\USER or USER@DOMAIN as Windows does; the default domain is
 * the joined one.
 */
static int split_user(const struct shvm_answer_windows_params *p,
		      char **ret_domain, char **ret_user, struct shvm_err *err)
{
	const char *text = p->domain_user, *end = text + strlen(text);
	const char *slash = strchr(text, '\\'), *at = strrchr(text, '@');
	const char *domain = p->domain, *domain_end = domain + strlen(domain);
	const char *user = text, *user_end = end;

	if (slash) {
		domain = text;
		domain_end = slash;
		user = slash + 1;
	} else if (at) {
		domain = at + 1;
		domain_end = end;
		user_end = at;
	}
	if (user == user_end || domain == domain_end)
		return err_set(
			err, SHVM_E_ARG,
			"domain user \"%s\" is not USER, DOMAIN\\USER or USER@DOMAIN",
			text);
	*ret_user = strndup(user, (size_t)(user_end - user));
	if (*ret_user && strpbrk(*ret_user, "\"/\\[]:;|=,+*?<>"))
		return err_set(
			err, SHVM_E_ARG,
			"domain user \"%.100s\" has one of \" / \\ [ ] : ; | = , + * ? < >",
			*ret_user);
	*ret_domain = strndup(domain, (size_t)(domain_end - domain));
	return *ret_domain && *ret_user ? SHVM_OK
					: err_nomem(err, "answer file");
}

/* The schema has no hidden form for the password of a domain join. */
static int add_domain(const struct shvm_answer_windows_params *p, struct buf *b,
		      struct shvm_err *err)
{
	AUTO(secret_ptr) password = NULL;
	AUTOFREE char *domain = NULL;
	AUTOFREE char *user = NULL;
	AUTO_DONE(buf) text = { .wipe = true };

	TRY(split_user(p, &domain, &user, err));
	TRY(answer_password(p->domain_password, p->domain_password_ctx,
			    "password for the domain join", &password, err));
	buf_add(&text, password->data, password->size);
	buf_add_zeros(&text, 1);
	TRY(buf_check(&text, "answer file", err));

	component_begin(b, "Microsoft-Windows-UnattendedJoin");
	buf_add_text(b, "      <Identification>\n        <Credentials>\n");
	answer_add_element(b, 10, "Domain", domain);
	answer_add_element(b, 10, "Password", (const char *)text.data);
	answer_add_element(b, 10, "Username", user);
	buf_add_text(b, "        </Credentials>\n");
	answer_add_element(b, 8, "JoinDomain", p->domain);
	if (p->domain_ou)
		answer_add_element(b, 8, "MachineObjectOU", p->domain_ou);
	buf_add_text(b, "      </Identification>\n");
	component_end(b);
	return SHVM_OK;
}

static void add_remote_desktop(struct buf *b)
{
	component_begin(
		b, "Microsoft-Windows-TerminalServices-LocalSessionManager");
	buf_add_text(b,
		     "      <fDenyTSConnections>false</fDenyTSConnections>\n");
	component_end(b);
	component_begin(
		b,
		"Microsoft-Windows-TerminalServices-RDP-WinStationExtensions");
	buf_add_text(b, "      <UserAuthentication>1</UserAuthentication>\n");
	component_end(b);
	/* The resource name of the group "Remote Desktop" in all languages; it
	 * only looks like a placeholder. */
	component_begin(b, "Networking-MPSSVC-Svc");
	buf_add_text(
		b,
		"      <FirewallGroups>\n"
		"        <FirewallGroup wcm:action=\"add\" wcm:keyValue=\"RemoteDesktop\">\n"
		"          <Active>true</Active>\n"
		"          <Group>@FirewallAPI.dll,-28752</Group>\n"
		"          <Profile>all</Profile>\n"
		"        </FirewallGroup>\n"
		"      </FirewallGroups>\n");
	component_end(b);
}

static bool is_builtin_admin(const char *name)
{
	return !name || strcasecmp(name, "Administrator") == 0;
}

static int add_account(const struct shvm_answer_windows_params *p,
		       struct buf *b, struct shvm_err *err)
{
	AUTO(secret_ptr) password = NULL;

	TRY(answer_password(p->admin_password, p->admin_password_ctx,
			    "administrator password", &password, err));
	buf_add_text(b, "      <UserAccounts>\n");
	if (is_builtin_admin(p->admin_name)) {
		buf_add_text(b, "        <AdministratorPassword>\n"
				"          <Value>");
		TRY(answer_hide_password(password, "AdministratorPassword", b,
					 err));
		buf_add_text(b, "</Value>\n"
				"          <PlainText>false</PlainText>\n"
				"        </AdministratorPassword>\n");
	} else {
		buf_add_text(b, "        <LocalAccounts>\n"
				"          <LocalAccount wcm:action=\"add\">\n"
				"            <Password>\n"
				"              <Value>");
		TRY(answer_hide_password(password, "Password", b, err));
		buf_add_text(b, "</Value>\n"
				"              <PlainText>false</PlainText>\n"
				"            </Password>\n"
				"            <Group>Administrators</Group>\n");
		answer_add_element(b, 12, "Name", p->admin_name);
		buf_add_text(b, "          </LocalAccount>\n"
				"        </LocalAccounts>\n");
	}
	buf_add_text(b, "      </UserAccounts>\n");
	return SHVM_OK;
}

static int add_oobe(const struct shvm_answer_windows_params *p, struct buf *b,
		    struct shvm_err *err)
{
	static const char *const names[] = { "InputLocale", "SystemLocale",
					     "UILanguage", "UserLocale" };
	const char *locale = p->locale ? p->locale : "en-US";

	buf_add_text(b, "  <settings pass=\"oobeSystem\">\n");
	component_begin(b, "Microsoft-Windows-International-Core");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		answer_add_element(b, 6, names[i], locale);
	component_end(b);
	component_begin(b, "Microsoft-Windows-Shell-Setup");
	buf_add_text(
		b,
		"      <OOBE>\n"
		"        <HideEULAPage>true</HideEULAPage>\n"
		"        <HideLocalAccountScreen>true</HideLocalAccountScreen>\n"
		"        <HideOEMRegistrationScreen>true</HideOEMRegistrationScreen>\n"
		"        <HideOnlineAccountScreens>true</HideOnlineAccountScreens>\n"
		"        <HideWirelessSetupInOOBE>true</HideWirelessSetupInOOBE>\n"
		"        <NetworkLocation>Work</NetworkLocation>\n"
		"        <SkipMachineOOBE>true</SkipMachineOOBE>\n"
		"        <SkipUserOOBE>true</SkipUserOOBE>\n"
		"      </OOBE>\n");
	TRY(add_account(p, b, err));
	component_end(b);
	buf_add_text(b, "  </settings>\n");
	return SHVM_OK;
}

/* A script's name appears in a command line: no character may be syntax. */
static int check_script(const struct shvm_file *f, struct shvm_err *err)
{
	const size_t len = strlen(f->name);

	if (len < 5 || (strcasecmp(f->name + len - 4, ".ps1") != 0 &&
			strcasecmp(f->name + len - 4, ".bat") != 0))
		return err_set(err, SHVM_E_ARG,
			       "script \"%.100s\" is neither .ps1 nor .bat",
			       f->name);
	if (len > SCRIPT_NAME_MAX || f->name[0] == '-' ||
	    strspn(f->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789._-") != len)
		return err_set(
			err, SHVM_E_ARG,
			"script \"%.100s\": its name may have %d letters, digits, \".\", \"_\" and \"-\"",
			f->name, SCRIPT_NAME_MAX);
	return SHVM_OK;
}

/* A value that is known to be refused is an error; an unknown one a warning. */
static int check_named(const struct shvm_answer_windows_params *p,
		       name_fn check, const char *what, const char *value,
		       struct shvm_err *err)
{
	const struct notes notes = { p->note, p->note_ctx };
	enum name_verdict verdict;
	const char *why;

	TRY(answer_check_text(value, NAME_MAX_BYTES, what, err));
	verdict = check(value, &why);
	if (verdict == NAME_WRONG)
		return err_set(err, SHVM_E_ARG, "%s \"%.100s\" %s", what, value,
			       why);
	if (verdict == NAME_UNKNOWN)
		notes_warn(&notes, "%s \"%.100s\" %s", what, value, why);
	return SHVM_OK;
}

static int check_domain(const struct shvm_answer_windows_params *p,
			struct shvm_err *err)
{
	if (!p->domain) {
		if (p->domain_user || p->domain_password || p->domain_ou)
			return err_set(
				err, SHVM_E_ARG,
				"a domain's user, password or OU needs the domain");
		return SHVM_OK;
	}
	if (!p->domain_user || !p->domain_password)
		return err_set(err, SHVM_E_ARG,
			       "joining a domain needs a user and a password");
	TRY(check_named(p, windows_domain, "domain name", p->domain, err));
	TRY(answer_check_text(p->domain_user, USER_MAX, "domain user", err));
	return p->domain_ou ? check_named(p, windows_ou, "organizational unit",
					  p->domain_ou, err)
			    : SHVM_OK;
}

static int check_params(const struct shvm_answer_windows_params *p,
			struct shvm_err *err)
{
	if (!is_builtin_admin(p->admin_name))
		TRY(check_named(p, windows_account, "administrator name",
				p->admin_name, err));
	TRY(check_domain(p, err));
	if (p->time_zone && strcmp(p->time_zone, "@TimeZone@") != 0)
		TRY(check_named(p, windows_time_zone, "time zone", p->time_zone,
				err));
	if (p->locale)
		TRY(check_named(p, windows_locale, "locale", p->locale, err));
	if (p->script_count > ANSWER_SCRIPTS_MAX)
		return err_set(err, SHVM_E_ARG, "%zu scripts, the limit is %d",
			       p->script_count, ANSWER_SCRIPTS_MAX);
	for (size_t i = 0; i < p->script_count; i++)
		TRY(check_script(&p->scripts[i], err));
	return SHVM_OK;
}

static int add_specialize(const struct shvm_answer_windows_params *p,
			  uint32_t adapters, struct buf *b,
			  struct shvm_err *err)
{
	buf_add_text(b, "  <settings pass=\"specialize\">\n");
	add_shell_specialize(p, b);
	TRY(add_deployment(p, b, err));
	add_network(p, adapters, b);
	if (p->domain)
		TRY(add_domain(p, b, err));
	add_remote_desktop(b);
	buf_add_text(b, "  </settings>\n");
	return SHVM_OK;
}

int shvm_answer_windows(const struct shvm_answer_windows_params *params,
			struct shvm_answer *ret, struct shvm_err *err)
{
	AUTO_DONE(buf) b = { .wipe = true };
	AUTO_DONE(payload) files = { 0 };
	uint32_t adapters = params->adapters;

	TRY(reserved_check(params->reserved,
			   "struct shvm_answer_windows_params", err));
	TRY(check_params(params, err));
	TRY(answer_check_adapters(params->static_ip, &adapters, err));
	if (params->rdp_certificate.uri)
		TRY(answer_rdp(&params->rdp_certificate, params->at, &files,
			       err));
	for (size_t i = 0; i < params->script_count; i++)
		TRY(payload_add(&files, &params->scripts[i], err));
	buf_add_text(
		&b,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<unattend xmlns=\"urn:schemas-microsoft-com:unattend\">\n");
	TRY(add_specialize(params, adapters, &b, err));
	TRY(add_oobe(params, &b, err));
	buf_add_text(&b, "</unattend>\n");
	return answer_finish(&b, &files, ret, err);
}
