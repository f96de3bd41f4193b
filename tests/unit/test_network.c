/* SPDX-License-Identifier: MIT */
/* The fabric's addresses as network-config of cloud-init, and the hash of a
 * password. */
#include "pdk/network.h"

#include "pdk/password_hash.h"
#include "tests/unit/support.h"

#include <crypt.h>
#include <string.h>

#define HEAD "# network-config of cloud-init, version 2\n"
#define FIRST HEAD "version: 2\nethernets:\n"
#define MAC "@MACAddr-1@", "02:00:00:00:00:01"

struct net_case {
	const char *pairs[9]; /* key, value, ... NULL */
	const char *says;     /* all of it, or words of the refusal */
};

static const struct net_case good[] = {
	{ { "@ComputerName@", "a", "@IP4Addr-x@", "192.0.2.1", "@IP4Addr-@",
	    "192.0.2.1" },
	  HEAD
	  "# No adapter is named: cloud-init uses DHCP on the first network "
	  "card.\n" },
	{ { MAC },
	  FIRST "  net1:\n    match:\n      macaddress: \"02:00:00:00:00:01\"\n"
		"    dhcp4: true\n" },
	{ { "@NextHop-2-1@", "192.0.2.1", "@Prefix-2-1@", "0.0.0.0/0",
	    "@IP4Addr-2@", "192.0.2.5/24", "@MACAddr-2@", "0200000000AB" },
	  FIRST "  net2:\n    match:\n      macaddress: \"02:00:00:00:00:ab\"\n"
		"    dhcp4: false\n    addresses: [\"192.0.2.5/24\"]\n"
		"    gateway4: \"192.0.2.1\"\n" },
	{ { MAC, "@IP6Addr-1@", "2001:db8::5/64", "@NextHop-1-7@",
	    "2001:db8::1", "@Prefix-1-7@", "2001:db8:1::/48" },
	  FIRST "  net1:\n    match:\n      macaddress: \"02:00:00:00:00:01\"\n"
		"    dhcp4: false\n    addresses: [\"2001:db8::5/64\"]\n"
		"    routes:\n    - {to: \"2001:db8:1::/48\", "
		"via: \"2001:db8::1\"}\n" },
};

static const struct net_case bad[] = {
	{ { "@MACAddr-1@", "0200000000a" }, "is not a MAC" },
	{ { "@MACAddr-1@", "02:00:00:00:00:01:02" }, "is not a MAC" },
	{ { "@MACAddr-1@", "02:00:00:00:00-0g" }, "is not a MAC" },
	{ { "@MACAddr-1@", "02:00:00000000:01" }, "is not a MAC" },
	{ { MAC, "@IP4Addr-1@", "192.0.2.5/24", "@NextHop-1-1@", "192.0.2.1",
	    "@Prefix-1-1@", "198.51.100.0" },
	  "has no prefix length" },
	{ { "@MACAddr-4000000000@", "02:00:00:00:00:01" }, NULL },
};

static int write_case(const struct net_case *c, struct buf *ret,
		      struct shvm_err *err)
{
	struct network net = { 0 };
	struct shvm_fabric *f;
	int r;

	assert_int_equal(shvm_fabric_new(&f, NULL), 0);
	for (size_t i = 0; i < 8 && c->pairs[i]; i += 2)
		if (shvm_fabric_add(f, c->pairs[i], c->pairs[i + 1], NULL) < 0)
			fail_msg("%s=%s", c->pairs[i], c->pairs[i + 1]);
	r = network_from_fabric(f, &net, err);
	if (r == 0)
		r = network_write(&net, ret, err);
	shvm_fabric_free(f);
	return r;
}

static void fabric_data_become_a_network(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct shvm_err err = { 0 };
		struct buf b = { 0 };

		assert_ok(write_case(&good[i], &b, &err), err);
		buf_add_zeros(&b, 1);
		assert_string_equal((char *)b.data, good[i].says);
		buf_done(&b);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct shvm_err err = { 0 };
		struct buf b = { 0 };
		const int r = write_case(&bad[i], &b, &err);

		if (!bad[i].says)
			assert_ok(r, err);
		else
			assert_failed(r, err, SHVM_E_VERIFY, bad[i].says);
		buf_done(&b);
	}
}

static void more_than_a_list_holds_is_refused(void **state)
{
	struct network net = { 0 };
	struct network_adapter *a = &net.adapters[0];
	struct shvm_err err = { 0 };
	char text[64];

	(void)state;
	for (int i = 0; i < NETWORK_LIST; i++) {
		assert_int_equal(network_add_address(a, " 192.0.2.5/24\n",
						     NULL),
				 0);
		assert_int_equal(network_add_route(a, "198.51.100.0/24",
						   "192.0.2.1", NULL),
				 0);
	}
	assert_failed(network_add_address(a, "192.0.2.5/24", &err), err,
		      SHVM_E_VERIFY, "one too many");
	assert_failed(network_add_route(a, "198.51.100.0/24", "192.0.2.1",
					&err),
		      err, SHVM_E_VERIFY, "one route too many");
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_failed(network_add_name_server(a, text, &err), err,
		      SHVM_E_VERIFY, "is not an IPv4");
}

static void hashes_are_those_of_the_password(void **state)
{
	struct crypt_data data = { 0 };
	struct buf one = { 0 }, two = { 0 };

	(void)state;
	assert_int_equal(password_hash("geheim 47 \xc3\xa4", &one, NULL), 0);
	assert_int_equal(password_hash("geheim 47 \xc3\xa4", &two, NULL), 0);
	buf_add_zeros(&one, 1);
	buf_add_zeros(&two, 1);
	assert_string_not_equal((char *)one.data, (char *)two.data);
	assert_true(strncmp((char *)one.data, "$y$", 3) == 0 ||
		    strncmp((char *)one.data, "$6$", 3) == 0);
	assert_string_equal(crypt_r("geheim 47 \xc3\xa4", (char *)one.data,
				    &data),
			    (char *)one.data);
	assert_string_not_equal(crypt_r("geheim 48 \xc3\xa4", (char *)one.data,
					&data),
				(char *)one.data);
	buf_done(&one);
	buf_done(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fabric_data_become_a_network),
		cmocka_unit_test(more_than_a_list_holds_is_refused),
		cmocka_unit_test(hashes_are_those_of_the_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
