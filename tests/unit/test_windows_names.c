/* SPDX-License-Identifier: MIT */
/* What Windows accepts as a name. */
#include "pdk/windows_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define X10 "0123456789"
#define X60 X10 X10 X10 X10 X10 X10

static const struct {
	name_fn check;
	const char *text;
	enum name_verdict verdict;
} cases[] = {
	{ windows_computer_name, "*", NAME_GOOD },
	{ windows_computer_name, "web-1", NAME_GOOD },
	{ windows_computer_name, "012345678901234", NAME_WRONG },
	{ windows_computer_name, "a12345678901234", NAME_GOOD },
	{ windows_computer_name, "a123456789012345", NAME_WRONG },
	{ windows_computer_name, "-a", NAME_WRONG },
	{ windows_computer_name, "a-", NAME_WRONG },
	{ windows_computer_name, "a b", NAME_WRONG },
	{ windows_computer_name, "a.b", NAME_WRONG },
	{ windows_computer_name, "a*", NAME_WRONG },
	{ windows_computer_name, "\xc3\xa4", NAME_UNKNOWN },
	{ windows_computer_name, "server", NAME_UNKNOWN },
	{ windows_time_zone, "UTC", NAME_GOOD },
	{ windows_time_zone, "utc", NAME_GOOD },
	{ windows_time_zone, "UTC-02", NAME_GOOD },
	{ windows_time_zone, "UTC+12", NAME_GOOD },
	{ windows_time_zone, "UTC+99", NAME_UNKNOWN },
	{ windows_time_zone, "UTC+1", NAME_WRONG },
	{ windows_time_zone, "W. Europe Standard Time", NAME_GOOD },
	{ windows_time_zone, "Pacific Standard Time (Mexico)", NAME_GOOD },
	{ windows_time_zone, "W. Europe Standard Time_dstoff", NAME_GOOD },
	{ windows_time_zone, "Russia Time Zone 3", NAME_GOOD },
	{ windows_time_zone, "Russia Time Zone 99", NAME_UNKNOWN },
	{ windows_time_zone, "Qyzylorda Standard Time", NAME_GOOD },
	{ windows_time_zone, "South Sudan Standard Time", NAME_GOOD },
	{ windows_time_zone, "Moon Standard Time", NAME_UNKNOWN },
	{ windows_time_zone, "Moon Standard Time (East)", NAME_UNKNOWN },
	{ windows_time_zone, "Moon Standard Timezone", NAME_WRONG },
	{ windows_time_zone, "Etc/UTC", NAME_WRONG },
	{ windows_time_zone, "GMT", NAME_WRONG },
	{ windows_time_zone, "ora solare Europa occidentale", NAME_WRONG },
	{ windows_time_zone, X60 "01234567", NAME_WRONG },
	{ windows_locale, "de-DE", NAME_GOOD },
	{ windows_locale, "DE-de", NAME_GOOD },
	{ windows_locale, "sr-Latn-RS", NAME_GOOD },
	{ windows_locale, "es-ES_tradnl", NAME_GOOD },
	{ windows_locale, "de", NAME_UNKNOWN },
	{ windows_locale, "en-DE", NAME_UNKNOWN },
	{ windows_locale, "de_DE", NAME_WRONG },
	{ windows_locale, "C", NAME_WRONG },
	{ windows_locale, "de-", NAME_WRONG },
	{ windows_locale, "0407", NAME_WRONG },
	{ windows_input_locale, "0407:00000407", NAME_GOOD },
	{ windows_input_locale, "en-US; 0407:00000407 ;de-DE", NAME_GOOD },
	{ windows_input_locale,
	  "0411:{03B5835F-F03C-411B-9CE2-AA23E1171E36}{A76C93D9-5523-4E90-AAFA-4DB112F9AC76}",
	  NAME_GOOD },
	{ windows_input_locale, "en-US;xx-XX", NAME_UNKNOWN },
	{ windows_input_locale, "en-US,de-DE", NAME_WRONG },
	{ windows_input_locale, "German (QWERTZ)", NAME_WRONG },
	{ windows_account, "tenant", NAME_GOOD },
	{ windows_account, "Gast \xc3\xa4", NAME_GOOD },
	{ windows_account, "0123456789012345678\xc3\xa4", NAME_GOOD },
	{ windows_account, "012345678901234567890", NAME_WRONG },
	{ windows_account, "a@b", NAME_WRONG },
	{ windows_account, ". .", NAME_WRONG },
	{ windows_account, "a.", NAME_WRONG },
	{ windows_account, "GUEST", NAME_WRONG },
	{ windows_account, "system", NAME_WRONG },
	{ windows_account, "Users", NAME_WRONG },
	{ windows_account, "world", NAME_UNKNOWN },
	{ windows_product_key, "BCDFG-HJKMP-QRTVW-XY234-6789N", NAME_GOOD },
	{ windows_product_key, "bcdfg-hjkmp-qrtvw-xy234-6789n", NAME_GOOD },
	{ windows_product_key, "BCDFGHJKMPQRTVWXY2346789N", NAME_WRONG },
	{ windows_product_key, "BCDFG-HJKMP-QRTVW-XY234-67890", NAME_WRONG },
	{ windows_product_key, "BCDFGH-JKMP-QRTVW-XY234-6789N", NAME_WRONG },
	{ windows_domain, "CORP", NAME_GOOD },
	{ windows_domain, "corp.example.org", NAME_GOOD },
	{ windows_domain, "corp.example.org.", NAME_GOOD },
	{ windows_domain, "a_b.example.org", NAME_UNKNOWN },
	{ windows_domain, "a b", NAME_WRONG },
	{ windows_domain, ".example.org", NAME_WRONG },
	{ windows_domain, X60 "0123.org", NAME_WRONG },
	{ windows_domain, X60 "012.org", NAME_GOOD },
	{ windows_domain, "a123456789012345", NAME_WRONG },
	{ windows_workgroup, "WORKGROUP", NAME_GOOD },
	{ windows_workgroup, "a123456789012345", NAME_WRONG },
	{ windows_workgroup, "a/b", NAME_WRONG },
	{ windows_ou, "OU=a,DC=b,DC=c", NAME_GOOD },
	{ windows_ou, "ou=a\\,b , dc=c", NAME_GOOD },
	{ windows_ou, "CN=a,DC=b", NAME_UNKNOWN },
	{ windows_ou, "O=a,DC=b", NAME_UNKNOWN },
	{ windows_ou, "OU=a", NAME_WRONG },
	{ windows_ou, "OU=,DC=b", NAME_WRONG },
	{ windows_ou, "OU=a,,DC=b", NAME_WRONG },
	{ windows_ou, "OU=a;DC=b", NAME_WRONG },
	{ windows_ou, "b.org/a", NAME_WRONG },
	{ windows_ou, "LDAP://OU=a,DC=b", NAME_WRONG },
	{ windows_file_name, "a.txt", NAME_GOOD },
	{ windows_file_name, "console", NAME_GOOD },
	{ windows_file_name, "COM10", NAME_GOOD },
	{ windows_file_name, ".a", NAME_GOOD },
	{ windows_file_name, "a:b", NAME_WRONG },
	{ windows_file_name, "a\"", NAME_WRONG },
	{ windows_file_name, "x.", NAME_WRONG },
	{ windows_file_name, "x ", NAME_WRONG },
	{ windows_file_name, "con", NAME_WRONG },
	{ windows_file_name, "Con.tar.gz", NAME_WRONG },
	{ windows_file_name, "lpt9 .txt", NAME_WRONG },
	{ windows_file_name, "COM\xc2\xb9", NAME_WRONG },
	{ windows_file_name, "CONOUT$", NAME_WRONG },
	{ any_host_name, "a_b.example", NAME_GOOD },
	{ any_host_name, "a b", NAME_WRONG },
	{ any_host_name, "a/b", NAME_WRONG },
	{ any_host_name, "a..b", NAME_WRONG },
	{ any_host_name, "a;b", NAME_WRONG },
	{ any_ip_address, "192.0.2.1", NAME_GOOD },
	{ any_ip_address, "192.0.2.1/0", NAME_GOOD },
	{ any_ip_address, "2001:db8::1/128", NAME_GOOD },
	{ any_ip_address, "192.0.2.1/", NAME_WRONG },
	{ any_ip_address, "192.0.2.1/33", NAME_WRONG },
	{ any_ip_address, "192.0.2.1/ 1", NAME_WRONG },
	{ any_ip_address, "192.0.2.256", NAME_WRONG },
	{ any_ip_address, "", NAME_WRONG },
};

static void names_are_good_unknown_or_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *why = "";
		const enum name_verdict v = cases[i].check(cases[i].text, &why);

		if (v != cases[i].verdict)
			fail_msg("case %zu, \"%s\": %d \"%s\"", i,
				 cases[i].text, (int)v, why);
		if (v != NAME_GOOD && why[0] == '\0')
			fail_msg("case %zu: no reason", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_good_unknown_or_wrong),
	};

	return cmocka_run_group_tests_name("windows_names", tests, NULL, NULL);
}
