/* SPDX-License-Identifier: MIT */
/* cli/parse.c: words into an argument struct. */
#include "tests/unit/support.h"

#include "base/auto.h"
#include "cli/parse.h"

#include <string.h>

struct args {
	bool deep;
	const char *name, *file, *rule;
	uint32_t count;
	uint64_t size, block;
	struct cli_version revision;
	struct cli_list words, files, prints;
	int64_t at;
};

#define ARGS struct args
static const struct cli_opt opts[] = {
	OPT(deep, CLI_FLAG, .help = "look closely"),
	OPT(name, CLI_TEXT, .required = true, .meta = "TEXT", .help = "a name"),
	OPT(file, CLI_PATH, .meta = "FILE", .help = "a file"),
	OPT(rule, CLI_CHOICE, .meta = "less|equal|more", .help = "a rule"),
	OPT(count, CLI_UINT, .min = 2, .max = 7, .meta = "N",
	    .help = "how many"),
	OPT(size, CLI_SIZE, .meta = "BYTES", .help = "how much"),
	OPT(block, CLI_SIZE, .min = 4096, .max = 1 << 20, .meta = "SIZE",
	    .help = "a size with bounds"),
	OPT(revision, CLI_VERSION, .help = "a version"),
	OPT_LIST(words, CLI_TEXT, .meta = "WORD", .help = "words"),
	OPT_LIST(files, CLI_PATH, .name = "path", .meta = "FILE",
		 .help = "paths"),
	OPT_LIST(prints, CLI_FINGERPRINT, .help = "certificates"),
	OPT(at, CLI_TIME, .help = "a time"),
	OPT_END,
};
#undef ARGS

static const struct cli_cmd cmd = {
	"disk test", "DISK [MORE...]",	  "a test", NULL,
	opts,	     sizeof(struct args), NULL,
};

enum {
	WORDS_MAX = 12
};

/* Parse words that stand in one string, '~' between them. */
static int parse(const struct cli_cmd *command, char *text, struct parsed *ret,
		 struct shvm_err *err)
{
	char *words[WORDS_MAX];
	int count = 0;

	while (text) {
		assert_true(count < WORDS_MAX);
		words[count++] = strsep(&text, "~");
	}
	return parse_words(command, count, words, ret, err);
}

#define DIGITS_32 "0123456789abcdef0123456789abcdef"
#define DIGITS "0123456789abcdefABCDEF0123456789" DIGITS_32

static void fills_every_kind_of_option(void **state)
{
	char text[] =
		"--name=a=b~d.vhdx~--deep~--count~7~--size=3K~--rule=more~--json~"
		"--at=2026-11-23T10:20:30Z~--print=" DIGITS;
	struct shvm_err err = { 0 };
	struct parsed p = { 0 };
	const struct args *a;

	(void)state;
	assert_ok(parse(&cmd, text, &p, &err), err);
	a = p.args;
	assert_string_equal(a->name, "a=b");
	assert_true(a->deep);
	assert_null(a->file);
	assert_int_equal(a->count, 7);
	assert_int_equal(a->size, 3072);
	assert_string_equal(a->rule, "more");
	assert_int_equal(a->at, 1795429230);
	assert_int_equal(a->prints.count, 1);
	assert_string_equal(a->prints.items[0], DIGITS);
	assert_int_equal(p.operand_count, 1);
	assert_string_equal(p.operands[0], "d.vhdx");
	assert_null(p.operands[1]);
	assert_true(p.common.json);
	assert_false(p.common.quiet);
	assert_string_equal(p.common.progress, "auto");
	parsed_done(&p);
}

static void collects_repeated_options_in_order(void **state)
{
	char text[] =
		"--word~one~d~--word=~--path=x~--path~y~--name~n~--revision~1.2.3.4";
	struct shvm_err err = { 0 };
	struct parsed p = { 0 };
	const struct args *a;

	(void)state;
	assert_ok(parse(&cmd, text, &p, &err), err);
	a = p.args;
	assert_int_equal(a->words.count, 2);
	assert_string_equal(a->words.items[0], "one");
	assert_string_equal(a->words.items[1], "");
	assert_int_equal(a->files.count, 2);
	assert_string_equal(a->files.items[1], "y");
	assert_true(a->revision.given);
	assert_int_equal(a->revision.value.part[0], 1);
	assert_int_equal(a->revision.value.part[3], 4);
	assert_false(p.version);
	parsed_done(&p);
}

static void takes_everything_behind_two_dashes_as_operands(void **state)
{
	char text[] = "-~--name~x~--~--json~--bogus";
	struct shvm_err err = { 0 };
	struct parsed p = { 0 };

	(void)state;
	assert_ok(parse(&cmd, text, &p, &err), err);
	assert_int_equal(p.operand_count, 3);
	assert_string_equal(p.operands[0], "-");
	assert_string_equal(p.operands[1], "--json");
	assert_string_equal(p.operands[2], "--bogus");
	assert_false(p.common.json);
	parsed_done(&p);
}

static void rejects_each_wrong_usage(void **state)
{
	static const struct {
		const char *words, *says;
	} cases[] = {
		{ "d~--name~n~--bogus", "unknown option --bogus" },
		{ "d~--name~n~--bogus=3", "unknown option --bogus" },
		{ "d~--name~n~--nam=x", "unknown option --nam" },
		{ "d~--name~n~--names=x",
		  "unknown option --names; did you mean --name?" },
		{ "d~--name~n~--depe", "did you mean --deep?" },
		{ "d~--name~n~--jbos=3", "did you mean --jobs?" },
		{ "d~--name~n~--rule~euqal", "did you mean equal?" },
		{ "d~--name~n~--=x", "unknown option --" },
		{ "d~--name~n~-v", "unknown option -v" },
		{ "d~--name~n~--name~m", "--name is given twice" },
		{ "d~--name~n~--json~--json", "--json is given twice" },
		{ "d~--name~n~--deep~--deep", "--deep is given twice" },
		{ "d~--name~n~--deep=yes", "--deep does not accept a value" },
		{ "d~--name", "--name requires a value (TEXT)" },
		{ "d", "--name TEXT is required" },
		{ "--name~n", "operand DISK is required" },
		{ "~--name~n", "operand 1 is empty" },
		{ "d~--name~n~--file=", "--file: the path is empty" },
		{ "d~--name~n~--path=", "--path: the path is empty" },
		{ "d~--name~n~--rule~les",
		  "'les' is not one of less|equal|more; did you mean less?" },
		{ "d~--name~n~--rule~less|equal", "is not one of" },
		{ "d~--name~n~--rule~", "'' is not one of" },
		{ "d~--name~n~--count~1", "'1' is not a number from 2 to 7" },
		{ "d~--name~n~--count~8", "'8' is not a number from 2 to 7" },
		{ "d~--name~n~--count~-3", "is not a number" },
		{ "d~--name~n~--count~3x", "is not a number" },
		{ "d~--name~n~--size~", "is not a size" },
		{ "d~--name~n~--size~K", "is not a size" },
		{ "d~--name~n~--size~1KB", "is not a size" },
		{ "d~--name~n~--size~1k", "is not a size" },
		{ "d~--name~n~--size~-1", "is not a size" },
		{ "d~--name~n~--size~16777216T", "is too large" },
		{ "d~--name~n~--size~18446744073709551616", "is too large" },
		{ "d~--name~n~--size~0000000000000000000000000000000000000001",
		  "is not a size" },
		{ "d~--name~n~--block~4095", "not a size from 4096 to" },
		{ "d~--name~n~--block~1025K", "not a size from 4096 to" },
		{ "d~--name~n~--block~0", "not a size from 4096 to" },
		{ "d~--name~n~--revision~1.2.3", "--revision" },
		{ "d~--name~n~--print~0123", "is not the SHA-256 of" },
		{ "d~--name~n~--print=" DIGITS "0", "is not the SHA-256 of" },
		{ "d~--name~n~--print=g" DIGITS, "is not the SHA-256 of" },
		{ "d~--name~n~--print=:" DIGITS, "is not the SHA-256 of" },
		{ "d~--name~n~--print=" DIGITS ":", "is not the SHA-256 of" },
		{ "d~--name~n~--print=" DIGITS_32 "::" DIGITS_32,
		  "is not the SHA-256 of" },
		{ "d~--name~n~--print=0:" DIGITS_32 "123456789abcdef"
		  "0123456789abcdef0",
		  "is not the SHA-256 of" },
		{ "d~--name~n~--at~yesterday", "--at: time \"yesterday\"" },
		{ "d~--name~n~--at~2026-02-31", "--at: time" },
		{ "d~--name~n~--at~@0", "--at: " },
		{ "d~--name~n~--jobs~257", "from 0 to 256" },
		{ "d~--name~n~--progress~on",
		  "'on' is not one of auto|none|FD" },
		{ "d~--name~n~--progress~777", "descriptor 777 is not open" },
		{ "d~--name~n~--progress~-1", "is not one of auto|none|FD" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTOFREE char *text = strdup(cases[i].words);
		struct shvm_err err = { 0 };
		struct parsed p = { 0 };
		int r;

		assert_non_null(text);
		r = parse(&cmd, text, &p, &err);
		if (r != SHVM_E_ARG || !strstr(err.msg, cases[i].says))
			fail_msg("%s: %d \"%s\"", cases[i].words, r, err.msg);
		parsed_done(&p);
	}
}

static void counts_operands_by_the_command_s_words(void **state)
{
	static const struct {
		const char *operands;
		size_t min, max;
	} cases[] = {
		{ NULL, 0, 0 },	    { "", 0, 0 },	{ "A", 1, 1 },
		{ "A B", 2, 2 },    { "A [B]", 1, 2 },	{ "[A]", 0, 1 },
		{ "A B...", 2, 9 }, { "[A...]", 0, 9 }, { "OUT K=V...", 2, 9 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t n = 0; n < 9; n++) {
			struct cli_cmd c = { .name = "t",
					     .operands = cases[i].operands };
			char *words[] = { "1", "2", "3", "4", "5",
					  "6", "7", "8", "9" };
			struct shvm_err err = { 0 };
			struct parsed p = { 0 };
			int r = parse_words(&c, (int)n, words, &p, &err);

			if ((r == 0) !=
			    (n >= cases[i].min && n <= cases[i].max))
				fail_msg("'%s' with %zu words: %d %s",
					 cases[i].operands, n, r, err.msg);
			parsed_done(&p);
		}
	}
}

static void knows_json_also_when_a_word_before_it_is_wrong(void **state)
{
	char text[] = "--bogus~--json";
	struct shvm_err err = { 0 };
	struct parsed p = { 0 };

	(void)state;
	assert_failed(parse(&cmd, text, &p, &err), err, SHVM_E_ARG, "--bogus");
	assert_true(p.common.json);
	parsed_done(&p);
}

static void help_needs_nothing_else_to_be_right(void **state)
{
	char text[] = "--bogus~--help";
	struct shvm_err err = { 0 };
	struct parsed p = { 0 };

	(void)state;
	assert_ok(parse(&cmd, text, &p, &err), err);
	assert_true(p.help);
	parsed_done(&p);
}

static void reads_sizes_up_to_the_last_bit(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0 },
		{ "512", 512 },
		{ "4K", 4096 },
		{ "1M", 1 << 20 },
		{ "2G", UINT64_C(2) << 30 },
		{ "64T", UINT64_C(64) << 40 },
		{ "16777215T", UINT64_C(16777215) << 40 },
		{ "18446744073709551615", UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_err err = { 0 };
		uint64_t v = 1;

		assert_ok(parse_size(cases[i].text, &v, &err), err);
		assert_int_equal(v, cases[i].bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_every_kind_of_option),
		cmocka_unit_test(collects_repeated_options_in_order),
		cmocka_unit_test(
			takes_everything_behind_two_dashes_as_operands),
		cmocka_unit_test(rejects_each_wrong_usage),
		cmocka_unit_test(counts_operands_by_the_command_s_words),
		cmocka_unit_test(
			knows_json_also_when_a_word_before_it_is_wrong),
		cmocka_unit_test(help_needs_nothing_else_to_be_right),
		cmocka_unit_test(reads_sizes_up_to_the_last_bit),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
