/* SPDX-License-Identifier: MIT */
#include "signer/readiness.h"

#include "tests/unit/support.h"

#include <string.h>

static const struct shvm_partition esp = { .number = 1, .offset = 1 << 20 };
static const struct shvm_partition os = { .number = 3, .offset = 2 << 20 };

#define STATE "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"

/* A template that keeps every rule. */
static struct shvm_guest_facts fit(void)
{
	return (struct shvm_guest_facts){
		.windows = SHVM_YES,
		.product = "Windows Server 2022",
		.version = "10.0",
		.build = "20348",
		.architecture = "x86_64",
		.software_hive = SHVM_YES,
		.system_hive = SHVM_YES,
		.state_ini = SHVM_YES,
		.image_state = STATE,
		.image_state_file = STATE,
		.bitlocker_feature = SHVM_YES,
		.pagefile = SHVM_NO,
		.hiberfil = SHVM_NO,
		.swapfile = SHVM_NO,
		.ntfs_dirty = SHVM_NO,
		.free_bytes = 100u << 20,
		.bootmgfw = SHVM_YES,
		.bootx64 = SHVM_YES,
		.lsvmconf = SHVM_NO,
	};
}

/* The rules that the facts break, each followed by a space. */
static void judge(const struct shvm_guest_facts *facts, char *ret, size_t size)
{
	const struct readiness_input in = { .esp = &esp,
					    .os = &os,
					    .facts = facts };
	__attribute__((cleanup(readiness_done))) struct readiness f = { 0 };
	struct shvm_err err = { 0 };

	assert_ok(readiness_windows(&in, &f, &err), err);
	*ret = '\0';
	for (size_t i = 0; i < f.checks.count; i++) {
		assert_true(strlen(ret) + strlen(f.checks.items[i].id) + 2 <
			    size);
		strcat(ret, f.checks.items[i].id);
		strcat(ret, " ");
	}
}

#define TEXT(member, value) offsetof(struct shvm_guest_facts, member), value, 0
#define KNOWN(member, value)                                                   \
	offsetof(struct shvm_guest_facts, member), NULL, value

static void finds_each_fault_of_a_windows(void **state)
{
	static const struct {
		size_t at;
		const char *text;
		enum shvm_known known;
		const char *rules;
	} cases[] = {
		{ TEXT(product, "Windows Server 2022"), "" },
		{ TEXT(build, "9200"), "" },
		{ TEXT(build, "9199"), "os-too-old " },
		{ TEXT(build, "9200x"), "os-too-old " },
		{ TEXT(build, ""), "os-too-old " },
		{ TEXT(build, "99999999999"), "os-too-old " },
		{ TEXT(architecture, "aarch64"), "not-x64 " },
		{ TEXT(architecture, ""), "not-x64 " },
		{ TEXT(image_state, "IMAGE_STATE_COMPLETE"),
		  "not-generalized state-disagrees " },
		{ TEXT(image_state_file, "IMAGE_STATE_COMPLETE"),
		  "not-generalized state-disagrees " },
		{ TEXT(image_state, ""), "not-generalized state-disagrees " },
		{ TEXT(trouble, "of another partition"), "" },
		{ KNOWN(bootmgfw, SHVM_NO), "no-bootmgr " },
		{ KNOWN(bootmgfw, SHVM_UNKNOWN), "" },
		{ KNOWN(bootx64, SHVM_NO), "no-bootx64 " },
		{ KNOWN(pagefile, SHVM_YES), "pagefile " },
		{ KNOWN(swapfile, SHVM_YES), "pagefile " },
		{ KNOWN(hiberfil, SHVM_YES), "hibernated " },
		{ KNOWN(ntfs_dirty, SHVM_YES), "ntfs-dirty " },
		{ KNOWN(windows, SHVM_NO), "no-windows " },
		{ KNOWN(windows, SHVM_UNKNOWN), "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_guest_facts facts = fit();
		char *at = (char *)&facts + cases[i].at;
		char got[256];

		if (cases[i].text)
			strcpy(at, cases[i].text);
		else
			memcpy(at, &cases[i].known, sizeof(cases[i].known));
		judge(&facts, got, sizeof(got));
		if (strcmp(got, cases[i].rules) != 0)
			fail_msg("case %zu: \"%s\" and not \"%s\"", i, got,
				 cases[i].rules);
	}
}

static void wants_free_space_where_it_is_known(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *rules;
	} cases[] = {
		{ 0, "low-space " },
		{ (100u << 20) - 1, "low-space " },
		{ 100u << 20, "" },
		{ SHVM_FREE_UNKNOWN, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_guest_facts facts = fit();
		char got[256];

		facts.free_bytes = cases[i].bytes;
		judge(&facts, got, sizeof(got));
		assert_string_equal(got, cases[i].rules);
	}
}

/* Both the same, both wrong: not generalized, but no disagreement. */
static void tells_a_disagreement_from_a_wrong_state(void **state)
{
	struct shvm_guest_facts facts = fit();
	char got[256];

	(void)state;
	strcpy(facts.image_state, "IMAGE_STATE_COMPLETE");
	strcpy(facts.image_state_file, "IMAGE_STATE_COMPLETE");
	judge(&facts, got, sizeof(got));
	assert_string_equal(got, "not-generalized ");
}

static const struct shvm_check *find(const struct readiness *f, const char *id)
{
	for (size_t i = 0; i < f->checks.count; i++)
		if (strcmp(f->checks.items[i].id, id) == 0)
			return &f->checks.items[i];
	fail_msg("no check %s", id);
	return NULL;
}

/* What is missing where it could be read is wrong; elsewhere it is unknown. */
static void tells_missing_from_unreadable(void **state)
{
	static const struct {
		enum shvm_known hive, ini;
		const char *registry, *file;
		enum shvm_outcome outcome;
		const char *text;
	} cases[] = {
		{ SHVM_YES, SHVM_YES, "", "", SHVM_CHECK_FAILED,
		  "is missing in the registry and missing in State.ini" },
		{ SHVM_YES, SHVM_NO, STATE, "", SHVM_CHECK_FAILED,
		  "and missing in State.ini" },
		{ SHVM_NO, SHVM_NO, "", "", SHVM_CHECK_FAILED,
		  "is unknown in the registry and missing in State.ini" },
		{ SHVM_YES, SHVM_UNKNOWN, "", "", SHVM_CHECK_FAILED,
		  "is missing in the registry and unknown in State.ini" },
		{ SHVM_NO, SHVM_YES, "", "IMAGE_STATE_COMPLETE",
		  SHVM_CHECK_FAILED, "unknown in the registry" },
		{ SHVM_NO, SHVM_YES, "", STATE, SHVM_CHECK_UNKNOWN,
		  "state in the registry could not be read" },
		{ SHVM_YES, SHVM_UNKNOWN, STATE, "", SHVM_CHECK_UNKNOWN,
		  "State.ini could not be read" },
		{ SHVM_NO, SHVM_UNKNOWN, "", "", SHVM_CHECK_UNKNOWN,
		  "sysprep's state could not be read" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		__attribute__((
			cleanup(readiness_done))) struct readiness f = { 0 };
		struct shvm_guest_facts facts = fit();
		const struct readiness_input in = { .esp = &esp,
						    .os = &os,
						    .facts = &facts };
		struct shvm_err err = { 0 };
		const struct shvm_check *c;

		facts.software_hive = cases[i].hive;
		facts.state_ini = cases[i].ini;
		strcpy(facts.image_state, cases[i].registry);
		strcpy(facts.image_state_file, cases[i].file);
		strcpy(facts.trouble, "something");
		assert_ok(readiness_windows(&in, &f, &err), err);
		c = find(&f, "not-generalized");
		if (c->outcome != cases[i].outcome ||
		    !strstr(c->text, cases[i].text))
			fail_msg("case %zu: %s", i, c->text);
	}
}

static void knows_its_rules_by_name(void **state)
{
	const char *const good[] = { "mbr", "low-space" };
	const char *const bad[] = { "mbr", "MBR" };
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(readiness_check_names(good, 2, &err), err);
	assert_ok(readiness_check_names(NULL, 0, &err), err);
	assert_failed(readiness_check_names(bad, 2, &err), err, SHVM_E_ARG,
		      "no rule \"MBR\"");
	assert_null(readiness_rule(""));
	for (const struct readiness_rule *r = readiness_rules; r->id; r++) {
		assert_ptr_equal(readiness_rule(r->id), r); /* none twice */
		assert_true(r->types != 0);
		assert_true(r->level == SHVM_LEVEL_ERROR ||
			    r->level == SHVM_LEVEL_WARNING);
		assert_true(r->needs < NEEDS_MAX);
		assert_non_null(r->expected);
		assert_non_null(r->hint);
	}
}

/* A rule is kept, broken, unknown without what it needs, or does not apply. */
static void tells_unknown_from_wrong(void **state)
{
	__attribute__((cleanup(readiness_done))) struct readiness f = { 0 };
	struct shvm_err err = { 0 };
	const struct shvm_check *c;

	(void)state;
	f.has[NEEDS_NOTHING] = f.has[NEEDS_TABLE] = true;
	assert_ok(RULE_BROKEN(&f.checks, "no-msr", 4096, &err), err);
	assert_ok(readiness_add_unknown(&f, "unreadable", "why", &err), err);
	assert_ok(readiness_add_others(&f, SHVM_DISK_WINDOWS, &err), err);
	c = find(&f, "no-msr");
	assert_int_equal(c->outcome, SHVM_CHECK_FAILED);
	assert_int_equal(c->level, SHVM_LEVEL_WARNING);
	assert_int_equal(c->offset, 4096);
	assert_non_null(c->fix);
	assert_int_equal(find(&f, "unreadable")->outcome, SHVM_CHECK_UNKNOWN);
	c = find(&f, "no-esp");
	assert_int_equal(c->outcome, SHVM_CHECK_PASSED);
	assert_null(c->fix);
	c = find(&f, "no-windows");
	assert_int_equal(c->outcome, SHVM_CHECK_UNKNOWN);
	assert_string_equal(c->text,
			    "unknown whether the OS volume contains Windows");
	assert_int_equal(find(&f, "no-room")->outcome, SHVM_CHECK_SKIPPED);
	assert_false(readiness_has(&f, "no-lsvmconf")); /* for Linux */
	assert_true(readiness_has(&f, "unreadable"));
	assert_false(readiness_has(&f, "mbr"));
}

static void check_places(const char *id, const char *text)
{
	for (const char *at = text; (at = strpbrk(at, "{}")) != NULL;) {
		const size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz");

		if (*at != '{' || n == 0 || at[n + 1] != '}')
			fail_msg("%s: %s", id, text);
		at += n + 2;
	}
}

/* docs/RULES.md shows these, and the judge fills them. */
static void puts_what_was_found_into_the_text_of_the_rule(void **state)
{
	AUTO_DONE(checks) c = { 0 };

	(void)state;
	assert_int_equal(RULE_BROKEN(&c, "hibernated", UINT64_MAX, NULL), 0);
	assert_string_equal(c.items[0].text, "there is a \\hiberfil.sys");
	assert_int_equal(RULE_BROKEN(&c, "low-space", 7, NULL,
				     FOUND(UINT64_MAX)),
			 0);
	assert_string_equal(
		c.items[1].text,
		"the OS volume has 18446744073709551615 bytes free");
	assert_int_equal(c.items[1].level, SHVM_LEVEL_WARNING);
	assert_int_equal(c.items[1].offset, 7);
	assert_string_equal(c.items[1].fix, "free some space");
	/* What was found is not read as a text with places. */
	assert_int_equal(RULE_BROKEN(&c, "state-disagrees", UINT64_MAX, NULL,
				     FOUND("{state} %s"), FOUND("")),
			 0);
	assert_string_equal(c.items[2].text,
			    "the registry says {state} %s, State.ini says ");
	for (const struct readiness_rule *r = readiness_rules; r->id; r++) {
		size_t i = 0;

		for (; r->failed[i]; i++)
			check_places(r->id, r->failed[i]);
		assert_in_range(i, 1, ARRAY_SIZE(r->failed) - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_fault_of_a_windows),
		cmocka_unit_test(wants_free_space_where_it_is_known),
		cmocka_unit_test(tells_a_disagreement_from_a_wrong_state),
		cmocka_unit_test(tells_missing_from_unreadable),
		cmocka_unit_test(knows_its_rules_by_name),
		cmocka_unit_test(tells_unknown_from_wrong),
		cmocka_unit_test(puts_what_was_found_into_the_text_of_the_rule),
	};

	return cmocka_run_group_tests_name("readiness", tests, NULL, NULL);
}
