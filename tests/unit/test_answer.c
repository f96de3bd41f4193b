/* SPDX-License-Identifier: MIT */
/* Answer files for Linux, and what both kinds share. */
#include "pdk/answer.h"

#include "base/file.h"
#include "base/xml.h"
#include "tests/unit/support_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ED25519                                                                \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIDb42XVYh0Yd64xHyf19/+"          \
	"kQVBq2tV5RSTZbL1bLu2e"

static void linux_answers_are_valid_and_list_their_keys(void **state)
{
	static const struct {
		enum shvm_static_ip ip;
		uint32_t adapters;
		bool password, key;
		const char *keys; /* joined by blanks */
	} cases[] = {
		{ SHVM_STATIC_IP_NONE, 0, true, false, "@ComputerName@" },
		{ SHVM_STATIC_IP_NONE, 0, false, true, "@ComputerName@" },
		{ SHVM_STATIC_IP_DNS_ONLY, 0, true, true,
		  "@ComputerName@ @MACAddr-1@ @DnsAddr-1-1@" },
		{ SHVM_STATIC_IP_IPV4, 1, true, true,
		  "@ComputerName@ @MACAddr-1@ @IP4Addr-1@ @DnsAddr-1-1@ "
		  "@NextHop-1-1@" },
		{ SHVM_STATIC_IP_IPV6, 1, true, true,
		  "@ComputerName@ @MACAddr-1@ @IP6Addr-1@ @DnsAddr-1-1@ "
		  "@NextHop-1-1@" },
		{ SHVM_STATIC_IP_ALL, 2, true, true,
		  "@ComputerName@ @MACAddr-1@ @IP4Addr-1@ @IP6Addr-1@ "
		  "@DnsAddr-1-1@ @NextHop-1-1@ @MACAddr-2@ @IP4Addr-2@ "
		  "@IP6Addr-2@ @DnsAddr-2-1@ @NextHop-2-1@" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct shvm_answer_linux_params p = {
			.root_password = cases[i].password ? answer_ask : NULL,
			.root_password_ctx = (void *)(uintptr_t) "geheim",
			.ssh_key = cases[i].key ? ED25519 " me@home" : NULL,
			.static_ip = cases[i].ip,
			.adapters = cases[i].adapters,
		};
		struct shvm_answer a = { 0 };
		struct shvm_err err = { 0 };

		if (shvm_answer_linux(&p, &a, &err) < 0)
			fail_msg("case %zu: %s", i, err.msg);
		answer_validate(&a, "docs/linux-specialization.rng");
		answer_keys_are(&a, cases[i].keys);
		assert_int_equal(answer_holds(&a, "Z2VoZWlt"),
				 cases[i].password);
		assert_int_equal(answer_holds(&a, ED25519 " me&#64;home"),
				 cases[i].key);
		assert_false(answer_holds(&a, "geheim"));
		shvm_answer_done(&a);
	}
}

static void linux_refuses_what_it_cannot_use(void **state)
{
	static const struct {
		const char *password, *key;
		enum shvm_static_ip ip;
		uint32_t adapters;
		const char *says;
	} cases[] = {
		{ NULL, NULL, 0, 0, "no way to log in" },
		{ "", NULL, 0, 0, "root password is empty" },
		{ "a\nb", NULL, 0, 0, "root password is not one line" },
		{ "\xff", NULL, 0, 0, "root password is not one line" },
		{ NULL, "", 0, 0, "SSH key is empty" },
		{ NULL, "ssh-rsa", 0, 0, "not an OpenSSH public key" },
		{ NULL, "ssh-xxx AAAA", 0, 0, "not an OpenSSH public key" },
		{ NULL, "ssh-ed25519 A*AA", 0, 0, "SSH key" },
		{ NULL, "ssh-ed25519 AAAA", 0, 0, "a key of its type" },
		{ NULL, "ssh-rsa" ED25519, 0, 0, "not an OpenSSH" },
		{ "a", NULL, SHVM_STATIC_IP_NONE, 1, "needs a static IP" },
		{ "a", NULL, SHVM_STATIC_IP_ALL, 9, "9 adapters" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct shvm_answer_linux_params p = {
			.root_password = cases[i].password ? answer_ask : NULL,
			.root_password_ctx =
				(void *)(uintptr_t)cases[i].password,
			.ssh_key = cases[i].key,
			.static_ip = cases[i].ip,
			.adapters = cases[i].adapters,
		};
		struct shvm_answer a = { 0 };
		struct shvm_err err = { 0 };
		int r = shvm_answer_linux(&p, &a, &err);

		if (r != SHVM_E_ARG || err.code != SHVM_E_ARG ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_null(a.xml);
	}
}

static void random_passwords_hold_every_kind_and_differ(void **state)
{
	char last[SHVM_PASSWORD_SIZE] = "";

	(void)state;
	for (int i = 0; i < 500; i++) {
		char p[SHVM_PASSWORD_SIZE];

		assert_int_equal(shvm_password_random(p, NULL), 0);
		assert_int_equal(strlen(p), SHVM_PASSWORD_SIZE - 1);
		assert_true(strpbrk(p, "ABCDEFGHJKLMNPQRSTUVWXYZ") &&
			    strpbrk(p, "abcdefghijkmnopqrstuvwxyz") &&
			    strpbrk(p, "23456789") && strpbrk(p, "+-=_.:!"));
		assert_null(strpbrk(p, "@IOl01 "));
		assert_string_not_equal(p, last);
		memcpy(last, p, sizeof(last));
	}
}

static void static_ip_names_read_back(void **state)
{
	enum shvm_static_ip ip;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(shvm_static_ip_parse("all", &ip, NULL), 0);
	assert_int_equal(ip, SHVM_STATIC_IP_ALL);
	assert_int_equal(shvm_static_ip_parse("DnsServerOnly", &ip, NULL), 0);
	assert_int_equal(ip, SHVM_STATIC_IP_DNS_ONLY);
	assert_int_equal(shvm_static_ip_parse("dhcp", &ip, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "\"dhcp\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linux_answers_are_valid_and_list_their_keys),
		cmocka_unit_test(linux_refuses_what_it_cannot_use),
		cmocka_unit_test(random_passwords_hold_every_kind_and_differ),
		cmocka_unit_test(static_ip_names_read_back),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
