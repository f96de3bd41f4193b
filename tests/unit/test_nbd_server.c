/* SPDX-License-Identifier: MIT */
/* What is missing, or does not start, is one line; and nothing is left. That it
 * serves is for tests/guest to show. */
#include "guest/nbd_server.h"

#include "base/file.h"
#include "tests/unit/support.h"

#include <dirent.h>
#include <string.h>

static unsigned int folders(void)
{
	DIR *dir = opendir("/tmp");
	unsigned int n = 0;

	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));)
		n += strncmp(e->d_name, "shvm-nbd-", 9) == 0;
	(void)closedir(dir);
	return n;
}

static void refused(const struct shvm_disk_params *how, const char *words)
{
	struct nbd_server *s = NULL;
	struct shvm_err err = { 0 };

	assert_failed(nbd_server_open("disk.vhdx", how, &s, &err), err,
		      SHVM_E_UNSUPPORTED, words);
	assert_string_equal(err.reason, "no-appliance");
	assert_null(strchr(err.msg, '\n'));
	assert_null(s);
}

static void what_is_missing_has_its_name(void **state)
{
	const struct shvm_disk_params how = { .plugin = "/none/plugin.so" };

	(void)state;
	if (access(NBD_SERVER_PROGRAM, X_OK) != 0) {
		refused(&how, NBD_SERVER_PROGRAM " cannot be run");
		return;
	}
	refused(&how, "/none/plugin.so cannot be read");
}

static void what_nbdkit_says_is_the_error(void **state)
{
	char plugin[] = "/tmp/shvm-no-plugin-XXXXXX.so";
	const int fd = mkstemps(plugin, 3);
	struct shvm_disk_params how = { .plugin = plugin };
	const unsigned int before = folders();

	(void)state;
	if (access(NBD_SERVER_PROGRAM, X_OK) != 0) {
		(void)unlink(plugin);
		skip();
	}
	assert_int_equal(close(fd), 0);
	refused(&how, "nbdkit: cannot open plugin");
	/* Every parameter has room. */
	how.parent = "p";
	how.no_parent_lookup = how.parent_anywhere = how.no_replay = how.raw =
		true;
	how.raw_sector_size = 4096;
	refused(&how, "nbdkit: cannot open plugin");
	assert_int_equal(unlink(plugin), 0);
	assert_int_equal(folders(), before);
	nbd_server_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_has_its_name),
		cmocka_unit_test(what_nbdkit_says_is_the_error),
	};

	return cmocka_run_group_tests_name("nbd_server", tests, NULL, NULL);
}
