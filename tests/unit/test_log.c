/* SPDX-License-Identifier: MIT */
/* The log: which entries count, which sequence, and what a replay shows. */
#include "tests/unit/support_log.h"

static void replays_pages_and_zeros(void **state)
{
	const struct gen_disk pages = { BASE,
					GEN_ENTRIES({ 7, 0, 0, ONE_PAGE }) };
	/* Region tables too: they must be read after the replay. */
	const struct gen_disk tables = {
		BASE, GEN_ENTRIES({ 7, 0, 0,
				    GEN_DESCS({ GEN_PAGES, 192 * GEN_KIB,
						128 * GEN_KIB },
					      { GEN_PAGES, 2 * GEN_MIB,
						128 * GEN_KIB }) })
	};
	const struct gen_disk zeros = {
		.size = 4 * GEN_MIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1, .len = 64 * GEN_KIB }),
		GEN_ENTRIES({ 1, 0, 0,
			      GEN_DESCS({ GEN_ZEROS, 4 * GEN_MIB + 64 * GEN_KIB,
					  900 * GEN_KIB }) })
	};
	(void)state;

	image_replays_as(&pages);
	image_replays_as(&tables);
	image_replays_as(&zeros);
}

static void replays_many_descriptors(void **state)
{
	/* 126 fit into the first sector, then 128 into each. */
	static const uint64_t pages[] = { 126, 127, 254, 255, 256 };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		const struct gen_disk d = {
			BASE, .log_mb = 8, .log_len_mb = 2, .data_mb = 4,
			GEN_ENTRIES({ 7, 0, 0,
				      GEN_DESCS({ GEN_PAGES, 4 * GEN_MIB,
						  pages[i] * 4096 }) })
		};

		image_replays_as(&d);
	}
}

static void replays_only_from_tail_to_head(void **state)
{
	const struct gen_disk d = {
		BASE,
		GEN_ENTRIES({ 5, 0, 0, JUNK }, { 6, GEN_NEXT, 0, JUNK },
			    { 7, GEN_NEXT, GEN_SELF, ONE_PAGE }),
	};
	const struct gen_disk later = {
		BASE,
		GEN_ENTRIES({ 5, 0, 0, JUNK }, { 6, GEN_NEXT, 8192, ONE_PAGE },
			    { 7, GEN_NEXT, 8192,
			      GEN_DESCS({ GEN_PAGES, 4 * GEN_MIB }) }),
	};
	(void)state;

	image_replays_as(&d);
	image_replays_as(&later);
}

static void lets_later_writes_win(void **state)
{
	const struct gen_disk d = {
		BASE,
		GEN_ENTRIES({ 5, 0, 0,
			      GEN_DESCS({ GEN_JUNK, 4 * GEN_MIB, 65536 },
					{ GEN_OLD_ZEROS, 4 * GEN_MIB,
					  GEN_MIB }) },
			    { 6, GEN_NEXT, 0,
			      GEN_DESCS({ GEN_PAGES, 4 * GEN_MIB,
					  512 * GEN_KIB }) },
			    { 7, GEN_NEXT, 0,
			      GEN_DESCS({ GEN_PAGES, 4 * GEN_MIB + 65536,
					  GEN_MIB - 65536 }) }),
		.log_mb = 8,
		.log_len_mb = 4,
		.data_mb = 4,
	};
	(void)state;

	image_replays_as(&d);
}

static void takes_the_highest_whole_sequence(void **state)
{
	/* A torn or damaged end, an old run, another log's entries. */
	const struct gen_disk cases[] = {
		{ BASE,
		  GEN_ENTRIES({ 7, 0, 0, ONE_PAGE },
			      { 8, GEN_NEXT, 0, JUNK, .flags = GEN_TORN }) },
		{ BASE,
		  GEN_ENTRIES({ 7, 0, 0, ONE_PAGE },
			      { 8, GEN_NEXT, 0, JUNK, .flags = GEN_BAD_CRC }) },
		{ BASE, GEN_ENTRIES({ 7, 0, 0, ONE_PAGE },
				    { 8, GEN_NEXT, 0, JUNK,
				      .flags = GEN_OTHER_GUID }) },
		{ BASE, GEN_ENTRIES({ 7, 0, 0, ONE_PAGE },
				    { 9, GEN_NEXT, 0, JUNK }) },
		{ BASE,
		  GEN_ENTRIES({ 3, 0, 0, JUNK }, { 7, 65536, 65536, ONE_PAGE },
			      { 5, 131072, 131072, JUNK }) },
		/* Its tail is not in it, so the newest run is void. */
		{ BASE,
		  GEN_ENTRIES({ 7, 0, 0, ONE_PAGE }, { 9, 65536, 0, JUNK }) },
		/* Nor does what it says of the file's size count. */
		{ BASE, GEN_ENTRIES({ 7, 0, 0, ONE_PAGE },
				    { 9, 65536, 0, JUNK,
				      .flushed = 100 * GEN_MIB }) },
		/* One number higher, but not directly after it. */
		{ BASE, GEN_ENTRIES({ 7, 0, 0, JUNK },
				    { 8, 65536, 65536, ONE_PAGE }) },
		/* Two alike are no matter below a third. */
		{ BASE,
		  GEN_ENTRIES({ 7, 0, 0, JUNK }, { 7, 65536, 65536, JUNK },
			      { 9, 131072, 131072, ONE_PAGE }) },
		/* Numbers do not go around. */
		{ BASE, GEN_ENTRIES({ UINT64_MAX, 0, 0, ONE_PAGE },
				    { 1, GEN_NEXT, 0, JUNK }) },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		image_replays_as(&cases[i]);
}

static void follows_the_ring_around_its_end(void **state)
{
	const struct gen_disk entry = {
		BASE,
		GEN_ENTRIES({ 7, GEN_MIB - 4096, GEN_MIB - 4096, ONE_PAGE })
	};
	const struct gen_disk run = {
		BASE,
		GEN_ENTRIES({ 7, GEN_MIB - 8192, GEN_MIB - 8192, ONE_PAGE },
			    { 8, 0, GEN_MIB - 8192,
			      GEN_DESCS({ GEN_PAGES, 4 * GEN_MIB }) })
	};
	(void)state;

	image_replays_as(&entry);
	image_replays_as(&run);
}

/* An entry of nothing, and zeros of no length wherever they are. */
static void takes_entries_that_write_nothing(void **state)
{
	const struct gen_disk none = { BASE, GEN_ENTRIES({ .seq = 7 }) };
	const struct gen_disk empty = {
		BASE,
		GEN_ENTRIES(
			{ 7, 0, 0,
			  GEN_DESCS({ GEN_OLD_ZEROS, 4 * GEN_MIB, 4096 }) }),
		/* its length, and its offset: in the headers */
		GEN_PATCHES({ GEN_ENTRY, 72, 8, 0 },
			    { GEN_ENTRY, 80, 8, 65536 })
	};
	(void)state;

	image_replays_as(&none);
	image_replays_as(&empty);
}

static void ignores_a_log_that_is_not_in_use(void **state)
{
	const struct gen_disk d = {
		BASE, .log_guid_zero = true, GEN_ENTRIES({ 7, 0, 0, JUNK }),
		GEN_PATCHES({ GEN_HEADERS, 64, 2, 9 }) /* LogVersion */
	};
	struct source *s = image_make(&d, "clean.vhdx");

	(void)state;
	assert_false(image_info(s)->log_replayed);
	image_reads_as(s, &d);
	source_free(s);
}

static void refuses_to_replay_when_told(void **state)
{
	const struct gen_disk d = { BASE, GEN_ENTRIES({ 7, 0, 0, ONE_PAGE }) };
	const struct gen_disk clean = { BASE };
	AUTOFREE char *path = image_write(&d, "dirty.vhdx");
	const struct image_params params = { .no_replay = true };
	struct shvm_err err = { 0 };
	struct source *s = NULL;

	(void)state;
	assert_failed(image_open(path, &params, &s, &err), err,
		      SHVM_E_UNSUPPORTED, "replaying it was disabled");
	assert_string_equal(err.reason, "LOG_DIRTY");
	free(path);
	path = image_write(&clean, "clean.vhdx");
	assert_ok(image_open(path, &params, &s, &err), err);
	source_free(s);
}

#define DIRTY BASE, GEN_ENTRIES({ 7, 0, 0, ONE_PAGE })
#define HEADER(at, width, value) GEN_PATCHES({ GEN_HEADERS, at, width, value })
/* A field of the only entry: 8 length, 12 tail, 16 number, 24 count. */
#define FIELD(at, width, value) GEN_PATCHES({ GEN_ENTRY, at, width, value })

static const struct {
	const char *reason, *says;
	struct gen_disk disk;
} bad[] = {
	{ "BAD_LOG_VERSION", "version 1", { DIRTY, HEADER(64, 2, 1) } },
	{ "LOG_MISSING", "0 bytes", { DIRTY, HEADER(68, 4, 0) } },
	{ "LOG_ALIGN", "0x180000", { BASE, HEADER(72, 8, 0x180000) } },
	{ "LOG_ALIGN", "0x1000 bytes", { BASE, HEADER(68, 4, 4096) } },
	{ "LOG_IN_HEADER", "at 0 ", { BASE, HEADER(72, 8, 0) } },
	{ "LOG_TOO_BIG", "1074790400", { BASE, HEADER(68, 4, 1025 << 20) } },
	{ "LOG_EOF", "0x600000", { BASE, HEADER(72, 8, 6 * GEN_MIB) } },
	{ "LOG_EOF",
	  "after the end of the file",
	  { BASE, HEADER(68, 4, 1024 << 20) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { BASE, .log_guid_set = true } },
	{ "LOG_NO_SEQUENCE",
	  "0 valid",
	  { BASE, GEN_ENTRIES({ 7, 0, 0, ONE_PAGE, .flags = GEN_BAD_CRC }) } },
	{ "LOG_NO_SEQUENCE",
	  "1 valid",
	  { BASE, GEN_ENTRIES({ 7, 0, 4096, ONE_PAGE }) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(16, 8, 0) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(8, 4, 4096) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(8, 4, 0) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(8, 4, 8193) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(8, 4, 2 * GEN_MIB) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(12, 4, 512) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(12, 4, GEN_MIB) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(24, 4, UINT32_MAX) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(24, 4, 0) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(32, 1, 9) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(48, 8, 512) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(56, 8, 512) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(0, 1, 'L') } },
	/* Its tail is a sector before the only entry. */
	{ "LOG_NO_SEQUENCE",
	  "1 valid",
	  { BASE, GEN_ENTRIES({ 7, 65536, 4096, ONE_PAGE }) } },
	/* Its descriptor: signature, offset, number. */
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(64, 1, 'D') } },
	{ "LOG_NO_SEQUENCE",
	  "0 valid",
	  { DIRTY, FIELD(80, 8, BAT_PAGE_AT + 512) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(88, 8, 8) } },
	/* All of it has the number 0. */
	{ "LOG_NO_SEQUENCE",
	  "0 valid",
	  { BASE, GEN_ENTRIES({ 0, 0, 0, ONE_PAGE }) } },
	/* A descriptor of zeros without its signature. */
	{ "LOG_NO_SEQUENCE",
	  "0 valid",
	  { BASE,
	    GEN_ENTRIES({ 7, 0, 0,
			  GEN_DESCS({ GEN_OLD_ZEROS, 4 * GEN_MIB, 4096 }) }),
	    FIELD(64, 1, 'Z') } },
	/* Its data sector: signature, number high, number low. */
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(4096, 1, 0) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(4100, 4, 1) } },
	{ "LOG_NO_SEQUENCE", "0 valid", { DIRTY, FIELD(8188, 4, 8) } },
	{ "LOG_NO_SEQUENCE",
	  "0 valid",
	  { BASE, GEN_ENTRIES({ 7, 0, 0,
				GEN_DESCS({ GEN_OLD_ZEROS, 4 * GEN_MIB,
					    4097 }) }) } },
	{ "LOG_TRUNCATED",
	  "6291456 bytes",
	  { BASE,
	    GEN_ENTRIES({ 7, 0, 0, ONE_PAGE, .flushed = 7 * GEN_MIB }) } },
	/* A byte too short: after it there is less than nothing. */
	{ "LOG_TRUNCATED",
	  "6291455 bytes",
	  { BASE, .truncate = 6 * GEN_MIB - 1,
	    GEN_ENTRIES({ 7, 0, 0, ONE_PAGE, .flushed = 6 * GEN_MIB }) } },
	{ "LOG_EOF",
	  "0x600000",
	  { BASE, .truncate = 6 * GEN_MIB - 1, HEADER(72, 8, 6 * GEN_MIB) } },
	{ "LOG_EOF",
	  "0x6fffff",
	  { BASE, .log_mb = 6, .data_mb = 4, .truncate = 7 * GEN_MIB - 1 } },
	{ "LOG_TARGET_HEADER", "at 0x10000", { DIRTY, FIELD(80, 8, 65536) } },
	{ "LOG_TARGET_HEADER", "at 0,", { DIRTY, FIELD(80, 8, 0) } },
	{ "LOG_TARGET_HEADER",
	  "at 0x2f000",
	  { DIRTY, FIELD(80, 8, 188 * GEN_KIB) } },
	{ "LOG_TARGET_LOG",
	  "at 0x1ff000",
	  { DIRTY, FIELD(80, 8, 2 * GEN_MIB - 4096) } },
	{ "LOG_TARGET_LOG",
	  "at 0x80000",
	  { BASE, GEN_ENTRIES({ 7, 0, 0,
				GEN_DESCS({ GEN_OLD_ZEROS, 512 * GEN_KIB,
					    600 * GEN_KIB }) }) } },
	{ "LOG_TARGET_HUGE",
	  "256 TiB",
	  { DIRTY, FIELD(80, 8, 256 * GEN_TIB) } },
	{ "LOG_TARGET_HUGE",
	  "256 TiB",
	  { DIRTY, FIELD(80, 8, 257 * GEN_TIB) } },
	{ "LOG_TARGET_HUGE",
	  "256 TiB",
	  { BASE, GEN_ENTRIES({ 7, 0, 0,
				GEN_DESCS({ GEN_OLD_ZEROS, 4 * GEN_MIB,
					    UINT64_MAX - 4095 }) }) } },
	{ "LOG_TARGET_HUGE",
	  "extends the file to",
	  { BASE, GEN_ENTRIES({ 7, 0, 0, ONE_PAGE, .last = 257 * GEN_TIB }) } },
	{ "LOG_TIE",
	  "number 7",
	  { BASE,
	    GEN_ENTRIES({ 7, 0, 0, ONE_PAGE }, { 7, 65536, 65536, JUNK }) } },
	{ "LOG_TIE",
	  "number 7",
	  { BASE, GEN_ENTRIES({ 7, 0, 0, ONE_PAGE }, { 7, 65536, 65536, JUNK },
			      { 5, 131072, 131072, JUNK }) } },
	{ "REGION_OVERLAP", "0x300000", { BASE, HEADER(72, 8, 3 * GEN_MIB) } },
	{ "BAT_OVERLAP", "0x400000", { BASE, HEADER(72, 8, 4 * GEN_MIB) } },
};

static void refuses_each_broken_rule(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		image_refused(&bad[i].disk, bad[i].reason, bad[i].says);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replays_pages_and_zeros),
		cmocka_unit_test(replays_many_descriptors),
		cmocka_unit_test(replays_only_from_tail_to_head),
		cmocka_unit_test(lets_later_writes_win),
		cmocka_unit_test(takes_the_highest_whole_sequence),
		cmocka_unit_test(follows_the_ring_around_its_end),
		cmocka_unit_test(takes_entries_that_write_nothing),
		cmocka_unit_test(ignores_a_log_that_is_not_in_use),
		cmocka_unit_test(refuses_to_replay_when_told),
		cmocka_unit_test(refuses_each_broken_rule),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
