/* SPDX-License-Identifier: MIT */
/* Small files of a Linux's /etc, and where a kernel is looked for. */
#include "guest/etc.h"
#include "guest/kernel_file.h"

#include "base/auto.h"
#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>

static void finds_devices_of_fstab_by_unstable_names(void **state)
{
	static const struct {
		const char *text, *line; /* NULL: none */
	} cases[] = {
		{ "", NULL },
		{ "\n\n# /dev/sda1 / ext4\n", NULL },
		{ "UUID=1 / ext4 defaults 0 1\n", NULL },
		{ "LABEL=a /\nPARTUUID=b /b\nPARTLABEL=c /c", NULL },
		{ "tmpfs /tmp tmpfs\nhost:/x /y nfs\n//h/s /z cifs\n", NULL },
		{ "/dev/sda1 / ext4\n", "line 1: /dev/sda1" },
		{ "#\n \t/dev/vda2\t/\text4", "line 2: /dev/vda2" },
		{ "/dev/nvme0n1p1 / xfs\r\n", "line 1: /dev/nvme0n1p1" },
		{ "/dev/sda1", "line 1: /dev/sda1" },
		{ "/dev/sda1 none swap sw 0 0", "line 1: /dev/sda1" },
		{ "/dev/sda1 /a ext4 noauto\n/dev/sda2 /b ext4 rw,nofail,x\n",
		  NULL },
		{ "/dev/sda1 /a ext4 nofailure\n", "line 1: /dev/sda1" },
		{ "/dev/sda1 /noauto nofail\n", "line 1: /dev/sda1" },
		{ "/dev/disk/by-uuid/1 /\n/dev/disk/by-partlabel/x /y\n",
		  NULL },
		{ "/dev/disk/by-id/ata-x /\n",
		  "line 1: /dev/disk/by-id/ata-x" },
		{ "/dev/disk/x /\n", "line 1: /dev/disk/x" },
		{ "/dev/mapper/vg-root /\n/dev/vg/root /\n/dev/md0 /x\n",
		  NULL },
		{ "/dev/block/8:1 /\n", "line 1: /dev/block/8:1" },
		{ "/dev/vg/ /\n", "line 1: /dev/vg/" },
		{ "/dev//x /\n", "line 1: /dev//x" },
		{ "/dev/a/b/c /\n", "line 1: /dev/a/b/c" },
		{ "/dev/ /\n", "line 1: /dev/" },
		{ "/dev/s\x1b[1m /\n", "line 1" },
		{ "/dev/s\xff /\n", "line 1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char line[64] = "";
		const bool found =
			etc_fstab_device(cases[i].text, strlen(cases[i].text),
					 line, sizeof(line));

		if (found != !!cases[i].line ||
		    strcmp(line, found ? cases[i].line : "") != 0)
			fail_msg("case %zu: %d \"%s\"", i, found, line);
	}
}

/* A name that is longer than the room for it leaves the number of the line. */
static void a_long_name_of_a_device_is_cut(void **state)
{
	char text[300] = "/dev/";
	char line[128] = "";

	(void)state;
	memset(text + 5, 's', 280);
	assert_true(etc_fstab_device(text, strlen(text), line, sizeof(line)));
	assert_int_equal(strlen(line), strlen("line 1: ") + 64);
	assert_true(etc_fstab_device(text, strlen(text), line, 16));
	assert_string_equal(line, "line 1");
}

static void reads_the_name_of_a_release(void **state)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{ "", "" },
		{ "ID=debian\n", "" },
		{ "PRETTY_NAME=\"Debian GNU/Linux 12\"\n",
		  "Debian GNU/Linux 12" },
		{ "A=b\nPRETTY_NAME='x y'", "x y" },
		{ "PRETTY_NAME=plain\r\n", "plain" },
		{ "PRETTY_NAME=\"\n", "\"" },
		{ "PRETTY_NAME=\"a\x1b[2J\"\n", "" },
		{ "XPRETTY_NAME=a\n", "" },
		{ "# PRETTY_NAME=a\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char name[32];

		etc_release_name(cases[i].text, strlen(cases[i].text), name,
				 sizeof(name));
		if (strcmp(name, cases[i].name) != 0)
			fail_msg("case %zu: \"%s\"", i, name);
	}
}

static void names_the_accounts_with_a_password(void **state)
{
	static const struct {
		const char *text, *names;
	} cases[] = {
		{ "", "" },
		{ "root:*:1::::::\na:!:1::::::\nb:!!:1\nc:!$6$x:1\n", "" },
		{ "root:$y$j9T$a$b:1::::::\n", "root" },
		{ "root::1::::::\n", "root" }, /* none is asked for */
		{ "a:x:1:\nb:*:1:\nc:y\n", "a, c" },
		{ "root:", "" }, /* no field */
		{ ":x:1\n", "" },
		{ "noise\n\n", "" },
		{ "r\x1b:x:1\n", "?" },
		{ "a-long-name-of-a-user:x:1\nanother-one:x:1\nthird:x:1\n"
		  "fourth:x:\n",
		  "a-long-name-of-a-user, another-one, ..." },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char names[44];

		assert_int_equal(etc_shadow_passwords(cases[i].text,
						      strlen(cases[i].text),
						      names, sizeof(names)),
				 *cases[i].names != '\0');
		if (strcmp(names, cases[i].names) != 0)
			fail_msg("case %zu: \"%s\"", i, names);
	}
}

static void tells_a_machine_id_from_none(void **state)
{
	(void)state;
	assert_false(etc_has_machine_id("", 0));
	assert_false(etc_has_machine_id("\n", 1));
	assert_false(etc_has_machine_id("uninitialized\n", 14));
	assert_true(etc_has_machine_id("uninitialized2", 14));
	assert_true(etc_has_machine_id("0123\n", 5));
}

/* A file system of these paths; a folder ends in a slash. */
struct tree {
	const char *const *paths;
	const char *unread; /* this folder cannot be read */
	size_t copies;	    /* so many files in the root come before all */
};

static enum shvm_known has(void *fs, const char *path, enum files_kind kind)
{
	const struct tree *t = fs;

	for (size_t i = 0; t->paths[i]; i++) {
		const size_t n = strlen(path);

		if (strncmp(t->paths[i], path, n) != 0)
			continue;
		if (kind != FILES_FILE && t->paths[i][n] == '/')
			return SHVM_YES;
		if (kind != FILES_FOLDER && t->paths[i][n] == '\0')
			return SHVM_YES;
	}
	return SHVM_NO;
}

static bool names(void *fs, const char *path,
		  void (*put)(void *ctx, const char *name), void *ctx)
{
	const struct tree *t = fs;
	const size_t n = strcmp(path, "/") == 0 ? 0 : strlen(path);

	if (t->unread && strcmp(t->unread, path) == 0)
		return false;
	put(ctx, ".");
	put(ctx, "..");
	put(ctx, "$OrphanFiles");
	for (size_t i = 0; n == 0 && i < t->copies; i++)
		put(ctx, "another");
	for (size_t i = 0; t->paths[i]; i++) {
		char name[64];

		if (strncmp(t->paths[i], path, n) != 0 ||
		    t->paths[i][n] != '/' || !t->paths[i][n + 1])
			continue;
		(void)snprintf(name, sizeof(name), "%.*s",
			       (int)strcspn(t->paths[i] + n + 1, "/"),
			       t->paths[i] + n + 1);
		put(ctx, name);
	}
	return true;
}

static void finds_a_kernel_where_loaders_do(void **state)
{
	static const struct {
		const char *folder, *unread;
		size_t copies;
		enum shvm_known known;
		const char *paths[4];
	} cases[] = {
		{ "", NULL, 0, SHVM_NO, { NULL } },
		{ "", NULL, 0, SHVM_YES, { "/vmlinuz-6.1" } },
		{ "/boot", NULL, 0, SHVM_YES, { "/boot/vmlinuz" } },
		{ "/boot", NULL, 0, SHVM_NO, { "/vmlinuz" } },
		{ "/boot", NULL, 0, SHVM_NO, { "/boot/" } },
		{ "/boot", NULL, 0, SHVM_NO, { "/boot/vmlinuz/" } },
		{ "", NULL, 0, SHVM_YES, { "/EFI/Linux/a.EFI" } },
		{ "", NULL, 0, SHVM_NO, { "/EFI/debian/a.efi" } },
		{ "", NULL, 0, SHVM_YES, { "/token/6.1/linux" } },
		{ "", NULL, 0, SHVM_NO, { "/a/b/c/d/linux" } },
		{ "", NULL, 0, SHVM_YES, { "/EFI/x/VMLINUZ.EFI" } },
		{ "", "/", 0, SHVM_UNKNOWN, { "/vmlinuz" } },
		{ "", "/a", 0, SHVM_UNKNOWN, { "/a/vmlinuz" } },
		{ "", "/a", 0, SHVM_YES, { "/a/x", "/linux" } },
		{ "", NULL, 1100, SHVM_UNKNOWN, { "/vmlinuz" } },
	};
	static const struct files_ops ops = { .has = has, .names = names };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tree tree = { cases[i].paths, cases[i].unread,
				     cases[i].copies };
		const struct files files = { &ops, &tree };

		if (kernel_file_look(&files, cases[i].folder) != cases[i].known)
			fail_msg("case %zu", i);
	}
}

/* However many folders there are, the search ends. */
static void the_search_for_a_kernel_ends(void **state)
{
	static char texts[400][24];
	const char *paths[401] = { NULL };
	static const struct files_ops ops = { .has = has, .names = names };
	struct tree tree = { paths, NULL, 0 };
	const struct files files = { &ops, &tree };

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "/%zu/a/b/", i);
		paths[i] = texts[i];
	}
	assert_int_equal(kernel_file_look(&files, ""), SHVM_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_devices_of_fstab_by_unstable_names),
		cmocka_unit_test(a_long_name_of_a_device_is_cut),
		cmocka_unit_test(reads_the_name_of_a_release),
		cmocka_unit_test(names_the_accounts_with_a_password),
		cmocka_unit_test(tells_a_machine_id_from_none),
		cmocka_unit_test(finds_a_kernel_where_loaders_do),
		cmocka_unit_test(the_search_for_a_kernel_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
