/* SPDX-License-Identifier: MIT */
/* The datasource_list of cloud-init's files. */
#include "guest/cloud_init.h"

#include "base/auto.h"
#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>

/* NULL: it has a form that is not read; "": there is none. */
static void check(const char *text, const char *list)
{
	struct cloud_sources s = { 0 };

	cloud_add(&s, "a.cfg", text, strlen(text));
	if (strcmp(s.list, list ? list : "") != 0 || !*s.unread != !!list)
		fail_msg("%s: \"%s\", \"%s\"", text, s.list, s.unread);
}

static void reads_the_forms_that_people_write(void **state)
{
	static const struct {
		const char *text, *list;
	} cases[] = {
		{ "datasource_list: [NoCloud, None]", "NoCloud, None" },
		{ "datasource_list: [ NoCloud,None, ]\n", "NoCloud, None" },
		{ "datasource_list:   ['NoCloud', \"None\"]\r\n",
		  "NoCloud, None" },
		{ "datasource_list: [NoCloud, None] # ours", "NoCloud, None" },
		{ "datasource_list: [None]", "None" },
		{ "datasource_list: [Ec2]\ndatasource_list: [NoCloud]\n",
		  "NoCloud" },
		{ "", "" },
		{ "\n\n", "" },
		{ "datasource:\n  NoCloud: {}\n", "" },
		{ "# datasource_list: [NoCloud]\n", "" },
		{ "a: b # datasource_list: [NoCloud]\n", "" },
		{ "x_list: [NoCloud]\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check(cases[i].text, cases[i].list);
}

/* What may mean anything is not read; nothing before it counts. */
static void tells_what_it_does_not_read(void **state)
{
	static const char *const texts[] = {
		"datasource_list:",
		"datasource_list: []",
		"datasource_list: NoCloud",
		"datasource_list: null",
		"datasource_list: &a [NoCloud]",
		"datasource_list: !!seq [NoCloud]",
		"datasource_list: [NoCloud",
		"datasource_list: [NoCloud None]",
		"datasource_list: [NoCloud] x",
		"datasource_list: [[NoCloud]]",
		"datasource_list: [*a]",
		"datasource_list: [,NoCloud]",
		"datasource_list: ['NoCloud\"]",
		"datasource_list: ['NoCloud",
		"datasource_list:\n- NoCloud\n- a: b\n",
		"datasource_list:\n- [NoCloud]\n",
		"datasource_list:\n-\n",
		"datasource_list:[NoCloud]",
		"datasource_list : [NoCloud]",
		"datasource_list:\t[NoCloud]",
		"datasource_list: [NoCloud,\n  None]\n",
		"datasource_list: [ # ours\n  NoCloud ]\n",
		"datasource_list:\n- NoCloud\n- None\n",
		"datasource_list:\n  [ NoCloud ]\n",
		"\"datasource_list\": [NoCloud]",
		"'datasource_list': [NoCloud]",
		"? datasource_list\n: [NoCloud]",
		"{datasource_list: [NoCloud]}",
		" datasource_list: [NoCloud]",
		"\357\273\277datasource_list: [NoCloud]", /* U+FEFF */
		"conf_d : /etc/more\ndatasource_list: [NoCloud]\n",
		"conf_d: /etc/more\ndatasource_list: [NoCloud]\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char text[256];

		check(texts[i], NULL);
		(void)snprintf(text, sizeof(text),
			       "datasource_list: [None]\n%s", texts[i]);
		check(text, NULL);
	}
}

static void a_list_has_an_end(void **state)
{
	char text[400] = "datasource_list: [";

	(void)state;
	for (size_t i = 0; i < 30; i++)
		strcat(text, "NoCloud, ");
	strcat(text, "None]");
	check(text, NULL);
}

static void the_last_file_counts(void **state)
{
	static const char one[] = "datasource_list: [Ec2]";
	static const char other[] = "datasource_list: [NoCloud]";
	struct cloud_sources s = { 0 };
	struct shvm_guest_facts f;

	(void)state;
	cloud_add(&s, "a.cfg", one, strlen(one));
	cloud_add(&s, "b.cfg", other, strlen(other));
	assert_string_equal(s.list, "NoCloud");
	cloud_add(&s, "c.cfg", "x: y\n", 5);
	cloud_add(&s, "d.cfg", NULL, 0);
	assert_string_equal(s.list, "NoCloud");
	cloud_add_unread(&s, "e\n\x1b.cfg", "it is not there");
	facts_init(&f);
	cloud_give(&s, &f);
	assert_string_equal(f.datasources, "");
	assert_string_equal(f.root_trouble,
			    "cloud-init: e??.cfg: it is not there");
	cloud_add(&s, "f.cfg", other, strlen(other));
	facts_init(&f);
	cloud_give(&s, &f);
	assert_string_equal(f.datasources, "NoCloud");
	assert_string_equal(f.root_trouble, "");
}

/* What ds-identify was told to use comes before all lists. */
static void ds_identify_comes_first(void **state)
{
	static const char list[] = "datasource_list: [NoCloud]";
	static const struct {
		const char *text;
		bool names;
	} cases[] = {
		{ "policy: enabled\n", false },
		{ "# datasource: Ec2\n", false },
		{ "", false },
		{ "policy: enabled\ndatasource: Ec2\n", true },
		{ "  datasource: Ec2", true },
		{ "datasource:", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cloud_sources s = { 0 };

		cloud_add(&s, "a.cfg", list, strlen(list));
		cloud_add_identify(&s, cases[i].text, strlen(cases[i].text));
		if (!*s.unread == cases[i].names || !*s.list != cases[i].names)
			fail_msg("case %zu: \"%s\"", i, s.unread);
	}
}

static void only_a_seed_disk_is_local(void **state)
{
	(void)state;
	assert_true(cloud_is_local("NoCloud"));
	assert_true(cloud_is_local("NoCloud, None"));
	assert_true(cloud_is_local("None, NoCloud"));
	assert_false(cloud_is_local(""));
	assert_false(cloud_is_local("None"));
	assert_false(cloud_is_local("NoCloud, Ec2"));
	assert_false(cloud_is_local("NoCloudNet"));
	assert_false(cloud_is_local("ConfigDrive, NoCloud, None"));
	assert_true(cloud_is_config("a.cfg"));
	assert_false(cloud_is_config(".cfg"));
	assert_false(cloud_is_config("a.cfg.off"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_forms_that_people_write),
		cmocka_unit_test(tells_what_it_does_not_read),
		cmocka_unit_test(a_list_has_an_end),
		cmocka_unit_test(the_last_file_counts),
		cmocka_unit_test(ds_identify_comes_first),
		cmocka_unit_test(only_a_seed_disk_is_local),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
