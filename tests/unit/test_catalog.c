/* SPDX-License-Identifier: MIT */
/* The catalog's XML, in both directions. */
#include "signer/catalog.h"

#include "base/guid.h"
#include "signer/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char windows_xml[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<VolumeSignatureCatalog xmlns=\"urn:shvm:volume-signature-catalog:2\">\n"
	"  <Template Name=\"Server &amp; Co\" Version=\"1.2.3.4\" DiskType=\"MicrosoftWindows\"/>\n"
	"  <Disk Guid=\"11111111-2222-3333-4444-555555555555\" Size=\"1048576\" SectorSize=\"512\" Coverage=\"os\"/>\n"
	"  <Volume Role=\"OS\" Number=\"3\" Guid=\"21111111-2222-3333-4444-555555555555\" TypeGuid=\"ebd0a0a2-b9e5-4433-87c0-68b6b72699c7\" Offset=\"4096\" Size=\"8192\" Attributes=\"8000000000000001\" Name=\"Größe &amp; 1\">\n"
	"    <Digest Algorithm=\"fs-verity-sha256\" BlockSize=\"4096\">000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f</Digest>\n"
	"  </Volume>\n"
	"</VolumeSignatureCatalog>\n";

static const char linux_xml[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<VolumeSignatureCatalog xmlns=\"urn:shvm:volume-signature-catalog:2\">\n"
	"  <Template Name=\"L\" Version=\"0.0.0.0\" DiskType=\"PreprocessedLinux\"/>\n"
	"  <Disk Guid=\"11111111-2222-3333-4444-555555555555\" Size=\"1048576\" SectorSize=\"4096\" Coverage=\"os\"/>\n"
	"  <Volume Role=\"Boot\" Number=\"2\" Guid=\"21111111-2222-3333-4444-555555555555\" TypeGuid=\"0fc63daf-8483-4772-8e79-3d69d8477de4\" Offset=\"4096\" Size=\"8192\" Attributes=\"8000000000000001\" Name=\"Größe &amp; 1\">\n"
	"    <Digest Algorithm=\"fs-verity-sha256\" BlockSize=\"4096\">000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f</Digest>\n"
	"  </Volume>\n"
	"  <Volume Role=\"Root\" Number=\"1\" Guid=\"31111111-2222-3333-4444-555555555555\" TypeGuid=\"0fc63daf-8483-4772-8e79-3d69d8477de4\" Offset=\"16384\" Size=\"4096\" Attributes=\"0000000000000000\" Name=\"\">\n"
	"    <Digest Algorithm=\"fs-verity-sha256\" BlockSize=\"1048576\">000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f</Digest>\n"
	"  </Volume>\n"
	"</VolumeSignatureCatalog>\n";

#define SIGNED                                                                 \
	"    <Digest Algorithm=\"fs-verity-sha256\" BlockSize=\"4096\">000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f</Digest>\n"

/* 2048 sectors; gaps from 34 to 39, 48 to 49 and 60 to 2014. */
static const char disk_xml[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<VolumeSignatureCatalog xmlns=\"urn:shvm:volume-signature-catalog:2\">\n"
	"  <Template Name=\"D\" Version=\"1.2.3.4\" DiskType=\"Linux\"/>\n"
	"  <Disk Guid=\"11111111-2222-3333-4444-555555555555\" Size=\"1048576\" SectorSize=\"512\" Coverage=\"disk\"/>\n"
	"  <Table FirstUsable=\"36\" LastUsable=\"2014\" Entries=\"128\"/>\n"
	"  <Volume Role=\"ESP\" Number=\"15\" Guid=\"21111111-2222-3333-4444-555555555555\" TypeGuid=\"c12a7328-f81f-11d2-ba4b-00a0c93ec93b\" Offset=\"20480\" Size=\"4096\" Attributes=\"0000000000000000\" Name=\"\">\n" SIGNED
	"  </Volume>\n"
	"  <Volume Role=\"Root\" Number=\"1\" Guid=\"31111111-2222-3333-4444-555555555555\" TypeGuid=\"0fc63daf-8483-4772-8e79-3d69d8477de4\" Offset=\"25600\" Size=\"5120\" Attributes=\"0000000000000000\" Name=\"root\">\n" SIGNED
	"  </Volume>\n"
	"  <Region Offset=\"0\" Size=\"512\">\n" SIGNED "  </Region>\n"
	"  <Region Offset=\"24576\" Size=\"1024\">\n" SIGNED "  </Region>\n"
	"</VolumeSignatureCatalog>\n";

/* What the catalog that was decoded last points to. */
static struct catalog_lists lists;

static int decode(const char *xml, struct shvm_catalog_info *ret,
		  struct shvm_err *err)
{
	catalog_lists_done(&lists);
	return catalog_decode((const uint8_t *)xml, strlen(xml), ret, &lists,
			      err);
}

static int release(void **state)
{
	(void)state;
	catalog_lists_done(&lists);
	return 0;
}

/* A copy with the first occurrence of one text replaced by another. */
static char *replace(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out = malloc(strlen(text) + strlen(to) + 1);

	assert_non_null(at);
	assert_non_null(out);
	(void)sprintf(out, "%.*s%s%s", (int)(at - text), text, to,
		      at + strlen(from));
	return out;
}

static void reads_and_writes_the_same_bytes(void **state)
{
	const char *const samples[] = { windows_xml, linux_xml, disk_xml };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };
		struct shvm_catalog_info c;

		if (decode(samples[i], &c, &err) != 0)
			fail_msg("%zu: %s", i, err.msg);
		assert_int_equal(catalog_encode(&c, &out, &err), 0);
		assert_int_equal(out.len, strlen(samples[i]));
		assert_memory_equal(out.data, samples[i], out.len);
	}
}

static void reads_native_values(void **state)
{
	struct shvm_catalog_info c;
	(void)state;

	assert_int_equal(decode(windows_xml, &c, NULL), 0);
	assert_string_equal(c.name, "Server & Co");
	assert_int_equal(c.version.part[3], 4);
	assert_int_equal(c.disk_type, SHVM_DISK_WINDOWS);
	assert_int_equal(c.disk_size, 1048576);
	assert_int_equal(c.sector_size, 512);
	assert_int_equal(c.volume_count, 1);
	assert_int_equal(c.volumes[0].role, SHVM_ROLE_OS);
	assert_int_equal(c.volumes[0].offset, 4096);
	assert_int_equal(c.volumes[0].size, 8192);
	assert_int_equal(c.volumes[0].digest.block_size, 4096);
	assert_int_equal(c.volumes[0].digest.digest[31], 0x1f);
	assert_int_equal(c.volumes[0].guid.bytes[3], 0x21);
	assert_int_equal(c.coverage, SHVM_COVERAGE_OS);
	assert_int_equal(c.volumes[0].number, 3);
	assert_true(c.volumes[0].attributes == UINT64_C(0x8000000000000001));
	assert_string_equal(c.volumes[0].name, "Größe & 1");
	assert_int_equal(decode(linux_xml, &c, NULL), 0);
	assert_int_equal(c.volumes[1].role, SHVM_ROLE_ROOT);
	assert_int_equal(c.volumes[1].digest.block_size, 1 << 20);

	assert_int_equal(decode(disk_xml, &c, NULL), 0);
	assert_int_equal(c.disk_type, SHVM_DISK_LINUX);
	assert_int_equal(c.coverage, SHVM_COVERAGE_DISK);
	assert_int_equal(c.first_usable, 36);
	assert_int_equal(c.last_usable, 2014);
	assert_int_equal(c.entry_count, 128);
	assert_int_equal(c.volume_count, 2);
	assert_int_equal(c.volumes[0].role, SHVM_ROLE_ESP);
	assert_int_equal(c.region_count, 2);
	assert_int_equal(c.regions[1].offset, 24576);
	assert_int_equal(c.regions[1].size, 1024);
	assert_int_equal(c.regions[1].digest.digest[31], 0x1f);
	assert_int_equal(c.regions[1].digest.hash_size, 32);
}

#define SHA512_TEXT                                                            \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"     \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void reads_sha512(void **state)
{
	AUTOFREE char *one = replace(windows_xml, "sha256", "sha512");
	AUTOFREE char *two = replace(
		one,
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		SHA512_TEXT);
	struct shvm_catalog_info c;
	(void)state;

	assert_int_equal(decode(one, &c, NULL), SHVM_E_FORMAT);
	assert_int_equal(decode(two, &c, NULL), 0);
	assert_int_equal(c.volumes[0].digest.algorithm, SHVM_HASH_SHA512);
	assert_int_equal(c.volumes[0].digest.digest[63], 0x1f);
}

struct change {
	const char *from, *to, *says;
};

static void expect_refused(const char *sample, const struct change *cases,
			   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTOFREE char *xml =
			replace(sample, cases[i].from, cases[i].to);
		struct shvm_catalog_info c, untouched;
		struct shvm_err err = { 0 };
		int r;

		memset(&c, 0xa5, sizeof(c));
		untouched = c;
		r = decode(xml, &c, &err);
		if (r != SHVM_E_FORMAT || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu (%s): %d \"%s\"", i, cases[i].to, r,
				 err.msg);
		assert_memory_equal(&c, &untouched, sizeof(c));
	}
}

static const struct change bad_values[] = {
	{ "Server &amp; Co", "", "name is empty" },
	{ "Server &amp; Co", "a&#10;b", "control character at byte 1" },
	{ "Server &amp; Co", "a&#x7f;b", "control character" },
	{ "Server &amp; Co", "ab&#x85;", "control character at byte 2" },
	{ "1.2.3.4", "1.2.3", "Version" },
	{ "1.2.3.4", "1.2.3.65536", "Version" },
	{ "1.2.3.4", "01.2.3.4", "Version" },
	{ "MicrosoftWindows", "Windows", "DiskType is \"Windows\"" },
	{ "MicrosoftWindows", "PreprocessedLinux", "1 volumes with Role OS" },
	{ "11111111-2222", "A1111111-2222", "Disk/@Guid" },
	{ "11111111-2222-3333-4444-555555555555", "1111", "Disk/@Guid" },
	{ "\"11111111-2222-3333-4444-555555555555\"",
	  "\"{11111111-2222-3333-4444-555555555555}\"", "Disk/@Guid" },
	{ "11111111-2222-3333-4444-555555555555",
	  "00000000-0000-0000-0000-000000000000", "all zeros" },
	{ "\"1048576\"", "\"01048576\"", "Disk/@Size" },
	{ "\"1048576\"", "\"+1048576\"", "Disk/@Size" },
	{ "\"1048576\"", "\" 1048576\"", "Disk/@Size" },
	{ "\"1048576\"", "\"0x100000\"", "Disk/@Size" },
	{ "\"1048576\"", "\"\"", "Disk/@Size" },
	{ "\"1048576\"", "\"0\"", "Disk/@Size is 0" },
	{ "\"1048576\"", "\"1048575\"", "Disk/@Size is 1048575" },
	{ "\"1048576\"", "\"70368744178176\"", "Disk/@Size is 70368744178176" },
	{ "\"1048576\"", "\"18446744073709551616\"", "Disk/@Size" },
	{ "\"512\"", "\"1024\"", "SectorSize is 1024" },
	{ "\"512\"", "\"0\"", "SectorSize is 0" },
	{ "Role=\"OS\"", "Role=\"Boot\"", "0 volumes with Role OS" },
	{ "Role=\"OS\"", "Role=\"os\"", "Role is \"os\"" },
	{ "21111111-2222-3333-4444-555555555555",
	  "00000000-0000-0000-0000-000000000000", "Guid is all zeros" },
	{ "Number=\"3\"", "Number=\"03\"", "Volume/@Number" },
	{ "Number=\"3\"", "Number=\"0\"", "Volume/@Number is 0" },
	{ "Number=\"3\"", "Number=\"1025\"", "Volume/@Number is 1025" },
	{ "8000000000000001", "800000000000001", "Attributes" },
	{ "8000000000000001", "800000000000000A", "Attributes" },
	{ "8000000000000001", "80000000000000010", "Attributes" },
	{ "Größe", "a&#x9;", "partition 3: name contains a control" },
	{ "Größe", "&#xfffe;", "" },
	{ "Größe", "0123456789012345678901234567890123456",
	  "partition 3: name has 41 UTF-16 units" },
	{ "Größe &amp; 1", "𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞",
	  "partition 3: name has 38 UTF-16 units" },
	{ "Coverage=\"os\"", "Coverage=\"OS\"", "Coverage is \"OS\"" },
	{ "Coverage=\"os\"", "Coverage=\"disk\"", "Table" },
	{ "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7",
	  "00000000-0000-0000-0000-000000000000", "TypeGuid" },
	{ "ebd0a0a2", "EBD0A0A2", "TypeGuid" },
	{ "\"4096\"", "\"0\"", "Offset is 0" },
	{ "\"4096\"", "\"4097\"", "Offset is 4097" },
	{ "\"4096\"", "\"1048576\"", "outside the disk" },
	{ "\"4096\"", "\"18446744073709547520\"", "outside the disk" },
	{ "\"8192\"", "\"0\"", "Size is 0" },
	{ "\"8192\"", "\"8191\"", "Size is 8191" },
	{ "\"8192\"", "\"1044992\"", "outside the disk" },
	{ "\"8192\"", "\"18446744073709551104\"", "outside the disk" },
	{ "fs-verity-sha256", "sha256", "Algorithm is \"sha256\"" },
	{ "fs-verity-sha256", "fs-verity-sha512", "128 hexadecimal" },
	{ "BlockSize=\"4096\"", "BlockSize=\"2048\"",
	  "partition 3: Digest/@BlockSize is 2048" },
	{ "BlockSize=\"4096\"", "BlockSize=\"2097152\"",
	  "BlockSize is 2097152" },
	{ "BlockSize=\"4096\"", "BlockSize=\"4608\"", "BlockSize is 4608" },
	{ "BlockSize=\"4096\"", "BlockSize=\"4294971392\"", "BlockSize" },
	{ "1d1e1f<", "1d1e<", "64 hexadecimal" },
	{ "1d1e1f<", "1d1e1f20<", "64 hexadecimal" },
	{ "1d1e1f<", "1d1e1g<", "64 hexadecimal" },
	{ "1d1e1f<", "1d1e1F<", "lower case" },
	{ ">0001", "> 0001", "64 hexadecimal" },
};

static void rejects_each_bad_value(void **state)
{
	AUTOFREE char *largest =
		replace(windows_xml, "\"1048576\"", "\"70368744177664\"");
	struct shvm_catalog_info c;
	(void)state;

	assert_int_equal(decode(largest, &c, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad_values); i++)
		if (bad_values[i].says)
			expect_refused(windows_xml, &bad_values[i], 1);
}

static void rejects_each_bad_structure(void **state)
{
	static const struct change cases[] = {
		{ "catalog:2\"", "catalog:1\"",
		  "version 1, which covers only the OS volume" },
		{ "catalog:2\"", "catalog:3\"", "root element is" },
		{ " Coverage=\"os\"", "",
		  "Disk: attribute Coverage is missing" },
		{ " Number=\"3\"", "", "Volume: attribute Number is missing" },
		{ " Attributes=\"8000000000000001\"", "",
		  "Volume: attribute Attributes is missing" },
		{ " Name=\"Größe &amp; 1\"", "",
		  "Volume: attribute Name is missing" },
		{ "  <Volume",
		  "  <Table FirstUsable=\"36\" LastUsable=\"2014\" Entries=\"128\"/><Volume",
		  "Table" },
		{ "</VolumeSig",
		  "<Region Offset=\"0\" Size=\"512\"/></VolumeSig", "Region" },
		{ "<VolumeSignatureCatalog xmlns",
		  "<VolumeSignatureCatalog A=\"1\" xmlns",
		  "unknown attribute \"A\"" },
		{ "<Template ", "<Template A=\"1\" ", "unknown attribute" },
		{ "<Disk ", "<Disk A=\"1\" ", "unknown attribute" },
		{ "<Volume R", "<Volume A=\"1\" R", "unknown attribute" },
		{ "<Digest ", "<Digest A=\"1\" ", "unknown attribute" },
		{ "<Disk ", "<Disk xml:lang=\"en\" ", "unknown attribute" },
		{ " Name=\"Server &amp; Co\"", "",
		  "Template: attribute Name is missing" },
		{ " Version=\"1.2.3.4\"", "",
		  "Template: attribute Version is missing" },
		{ " DiskType=\"MicrosoftWindows\"", "",
		  "attribute DiskType is missing" },
		{ " Guid=\"11111111-2222-3333-4444-555555555555\"", "",
		  "Disk: attribute Guid is missing" },
		{ " Size=\"1048576\"", "", "Disk: attribute Size is missing" },
		{ " SectorSize=\"512\"", "",
		  "Disk: attribute SectorSize is missing" },
		{ " Role=\"OS\"", "", "Volume: attribute Role is missing" },
		{ " Guid=\"21111111-2222-3333-4444-555555555555\"", "",
		  "Volume: attribute Guid is missing" },
		{ " TypeGuid=\"ebd0a0a2-b9e5-4433-87c0-68b6b72699c7\"", "",
		  "Volume: attribute TypeGuid is missing" },
		{ " Offset=\"4096\"", "",
		  "Volume: attribute Offset is missing" },
		{ " Size=\"8192\"", "", "Volume: attribute Size is missing" },
		{ " Algorithm=\"fs-verity-sha256\"", "",
		  "attribute Algorithm is missing" },
		{ " BlockSize=\"4096\"", "", "attribute BlockSize is missing" },
		{ "MicrosoftWindows\"/>", "MicrosoftWindows\">x</Template>",
		  "Template has text" },
		{ "MicrosoftWindows\"/>",
		  "MicrosoftWindows\"><Disk/></Template>", "Disk" },
		{ "<Disk ", "<Disc ", "Disk" },
		{ "  <Template", "x <Template", "text between" },
		{ "    <Digest", "x <Digest", "text between" },
		{ "</Volume>", "<More/></Volume>", "More" },
		{ "</VolumeSig", "<More/></VolumeSig", "More" },
		{ "1d1e1f</", "1d1e1f<b/></", "Digest" },
		{ "<?xml", "<!DOCTYPE a><?xml", "" },
		{ "  <Disk", "<!-- c -->  <Disk", "" },
	};
	(void)state;

	expect_refused(windows_xml, cases, ARRAY_SIZE(cases));
}

static void rejects_bad_pairs_of_volumes(void **state)
{
	static const struct change cases[] = {
		{ "PreprocessedLinux", "MicrosoftWindows",
		  "0 volumes with Role OS" },
		{ "Role=\"Boot\"", "Role=\"Root\"",
		  "0 volumes with Role Boot" },
		{ "Role=\"Root\"", "Role=\"Boot\"",
		  "2 volumes with Role Boot" },
		{ "Role=\"Root\"", "Role=\"Data\"",
		  "0 volumes with Role Root" },
		{ "\"31111111-2222-3333-4444-555555555555\"",
		  "\"21111111-2222-3333-4444-555555555555\"", "same Guid" },
		{ "Number=\"2\"", "Number=\"1\"", "have number 1" },
		{ "\"16384\"", "\"8192\"", "does not start after" },
		{ "\"16384\"", "\"4096\"", "does not start after" },
		{ "\"16384\"", "\"16896\"", "Offset is 16896" },
	};
	(void)state;

	expect_refused(linux_xml, cases, ARRAY_SIZE(cases));
}

/* What is outside the volumes is bound as well. */
static void rejects_what_cannot_be_a_disk(void **state)
{
	static const struct change cases[] = {
		{ "FirstUsable=\"36\"", "FirstUsable=\"33\"",
		  "first usable LBA" },
		{ "FirstUsable=\"36\"", "FirstUsable=\"2015\"",
		  "first usable LBA" },
		{ "FirstUsable=\"36\"", "FirstUsable=\"036\"", "FirstUsable" },
		{ "FirstUsable=\"36\"", "FirstUsable=\"41\"",
		  "outside the usable LBAs" },
		{ "LastUsable=\"2014\"", "LastUsable=\"2015\"",
		  "last usable LBA" },
		{ "LastUsable=\"2014\"", "LastUsable=\"58\"",
		  "outside the usable LBAs" },
		{ "LastUsable=\"2014\"", "LastUsable=\"18446744073709551615\"",
		  "last usable LBA" },
		{ "Entries=\"128\"", "Entries=\"0\"", "number of entries" },
		{ "Entries=\"128\"", "Entries=\"1025\"", "number of entries" },
		{ "Entries=\"128\"", "Entries=\"152\"", "first usable LBA" },
		{ "Entries=\"128\"", "Entries=\"14\"", "Number is 15" },
		{ " Entries=\"128\"", "",
		  "Table: attribute Entries is missing" },
		{ "<Table ", "<Table A=\"1\" ", "unknown attribute" },
		{ "<Region ", "<Region A=\"1\" ", "unknown attribute" },
		{ "<Region Offset=\"0\"", "<Region Offset=\"512\"",
		  "first Region is not LBA 0" },
		{ "Offset=\"0\" Size=\"512\"", "Offset=\"0\" Size=\"1024\"",
		  "first Region is not LBA 0" },
		{ "Offset=\"24576\"", "Offset=\"24064\"", "is not a gap" },
		{ "Size=\"1024\"", "Size=\"512\"", "is not a gap" },
		{ "Coverage=\"disk\"", "Coverage=\"os\"", "Table" },
		{ "Role=\"ESP\"", "Role=\"Root\"", "2 volumes with Role Root" },
		{ "Role=\"ESP\"", "Role=\"OS\"", "1 volumes with Role OS" },
		{ "DiskType=\"Linux\"", "DiskType=\"PreprocessedLinux\"",
		  "0 volumes with Role Boot" },
		{ "  </Region>\n</Vol",
		  "  </Region>\n<Region Offset=\"24576\" Size=\"1024\">" SIGNED
		  "</Region></Vol",
		  "out of order" },
	};
	AUTOFREE char *boot = replace(disk_xml, "\"ESP\"", "\"Boot\"");
	struct shvm_catalog_info c;

	(void)state;
	expect_refused(disk_xml, cases, ARRAY_SIZE(cases));
	/* A plain Linux may have a Boot. */
	assert_int_equal(decode(boot, &c, NULL), 0);
}

/* The last element of this name, with which the text has max + 1 of them. */
static void repeat(const char *xml, const char *name, size_t has, size_t max,
		   struct buf *ret)
{
	char begin[16], end[16];
	const char *first = xml, *after;

	(void)snprintf(begin, sizeof(begin), "  <%s ", name);
	(void)snprintf(end, sizeof(end), "</%s>\n", name);
	for (const char *p = xml; (p = strstr(p, begin)) != NULL; p++)
		first = p;
	after = strstr(first, end) + strlen(end);
	buf_add(ret, xml, (size_t)(after - xml));
	for (size_t i = has; i <= max; i++)
		buf_add(ret, first, (size_t)(after - first));
	buf_add_text(ret, after);
	buf_add_zeros(ret, 1);
	assert_false(ret->failed);
}

static void rejects_more_elements_than_it_has_room_for(void **state)
{
	static const struct {
		const char *xml, *name, *says;
		size_t has, max;
	} cases[] = {
		{ windows_xml, "Volume", "more than 1024 elements Volume", 1,
		  SHVM_CATALOG_VOLUMES_MAX },
		{ disk_xml, "Region", "more than 1026 elements Region", 2,
		  SHVM_CATALOG_REGIONS_MAX },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) xml = { 0 };
		AUTO_DONE(buf) full = { 0 };
		struct shvm_err err = { 0 };
		struct shvm_catalog_info c;

		repeat(cases[i].xml, cases[i].name, cases[i].has, cases[i].max,
		       &xml);
		assert_int_equal(decode((const char *)xml.data, &c, &err),
				 SHVM_E_FORMAT);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("case %zu: \"%s\"", i, err.msg);
		/* One less, and the values are what is wrong. */
		repeat(cases[i].xml, cases[i].name, cases[i].has,
		       cases[i].max - 1, &full);
		assert_int_equal(decode((const char *)full.data, &c, &err),
				 SHVM_E_FORMAT);
		if (strstr(err.msg, "more than"))
			fail_msg("case %zu: \"%s\"", i, err.msg);
	}
}

static void names_have_255_bytes_at_most(void **state)
{
	char name[258];
	(void)state;

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	{
		AUTOFREE char *xml =
			replace(windows_xml, "Server &amp; Co", name);
		struct shvm_catalog_info c;

		assert_int_equal(decode(xml, &c, NULL), 0);
		assert_int_equal(strlen(c.name), 255);
	}
	name[255] = 'n';
	name[256] = '\0';
	expect_refused(windows_xml,
		       &(struct change){ "Server &amp; Co", name,
					 "256 bytes, the limit is 255" },
		       1);
	assert_int_equal(catalog_check_name("a\xff", SHVM_E_ARG, NULL),
			 SHVM_E_ARG);
	assert_int_equal(catalog_check_name("a\xef\xbf\xbf", SHVM_E_ARG, NULL),
			 SHVM_E_ARG);
	assert_int_equal(catalog_check_name("a\xef\xbf\xbd", SHVM_E_ARG, NULL),
			 0);
	assert_int_equal(catalog_check_name("\xc2\xa0", SHVM_E_ARG, NULL), 0);
}

static void does_not_write_what_it_would_not_read(void **state)
{
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	struct shvm_catalog_info c;
	(void)state;

	assert_int_equal(decode(windows_xml, &c, NULL), 0);
	c.name[0] = '\0';
	assert_int_equal(catalog_encode(&c, &out, &err), SHVM_E_ARG);
	assert_int_equal(decode(windows_xml, &c, NULL), 0);
	lists.volumes[0].digest.block_size = 512;
	assert_int_equal(catalog_encode(&c, &out, &err), SHVM_E_ARG);
	assert_int_equal(decode(windows_xml, &c, NULL), 0);
	c.volume_count = 3;
	assert_int_equal(catalog_encode(&c, &out, &err), SHVM_E_ARG);
	c.volume_count = 0;
	assert_int_equal(catalog_encode(&c, &out, &err), SHVM_E_ARG);
	c.disk_type = 3;
	assert_int_equal(catalog_encode(&c, &out, &err), SHVM_E_ARG);
	assert_int_equal(decode(windows_xml, &c, NULL), 0);
	lists.volumes[0].digest.algorithm = 2;
	assert_int_equal(catalog_encode(&c, &out, &err), SHVM_E_ARG);
	assert_int_equal(out.len, 0);
}

/* So small that the backup begins where a primary with large sectors may. */
static void names_the_parts_of_the_smallest_disk(void **state)
{
	static const char *const names[] = { "LBA 0", "primary GPT",
					     "partition 1 (Root)",
					     "backup GPT" };
	static const uint32_t sector_sizes[] = { 512, 4096 };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(sector_sizes); i++) {
		const uint32_t size = sector_sizes[i];
		const struct shvm_catalog_volume root = {
			.role = SHVM_ROLE_ROOT,
			.number = 1,
			.offset = (uint64_t)3 * size,
			.size = size,
		};
		const struct shvm_catalog_region lba0 = { .size = size };
		const struct shvm_catalog_info c = {
			.disk_size = (uint64_t)6 * size,
			.sector_size = size,
			.first_usable = 3,
			.last_usable = 3,
			.entry_count = 4,
			.volumes = &root,
			.volume_count = 1,
			.regions = &lba0,
			.region_count = 1,
		};
		AUTO_DONE(parts) parts = { 0 };
		char name[PART_NAME_MAX];

		assert_int_equal(parts_plan(&c, &parts, NULL), 0);
		assert_int_equal(parts.count, ARRAY_SIZE(names));
		for (size_t k = 0; k < parts.count; k++)
			assert_string_equal(part_name(&parts.items[k], name),
					    names[k]);
	}
}

/* A gap's zeros have no digest until parts_expect_zeros(): no bytes match. */
static void nothing_matches_what_is_not_expected_yet(void **state)
{
	static const uint8_t digest[SHVM_HASH_SIZE_MAX];
	struct shvm_part_result gap = { .part = SHVM_PART_GAP, .size = 512 };
	(void)state;

	part_take(&gap, digest);
	assert_false(gap.match);
	gap.expected.hash_size = 32;
	part_take(&gap, digest);
	assert_true(gap.match);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_the_same_bytes),
		cmocka_unit_test(reads_native_values),
		cmocka_unit_test(reads_sha512),
		cmocka_unit_test(rejects_each_bad_value),
		cmocka_unit_test(rejects_each_bad_structure),
		cmocka_unit_test(rejects_bad_pairs_of_volumes),
		cmocka_unit_test(rejects_what_cannot_be_a_disk),
		cmocka_unit_test(rejects_more_elements_than_it_has_room_for),
		cmocka_unit_test(names_have_255_bytes_at_most),
		cmocka_unit_test(does_not_write_what_it_would_not_read),
		cmocka_unit_test(names_the_parts_of_the_smallest_disk),
		cmocka_unit_test(nothing_matches_what_is_not_expected_yet),
	};

	return cmocka_run_group_tests_name("catalog", tests, NULL, release);
}
