/* SPDX-License-Identifier: MIT */
/*
 * Parent locators: decoded, then followed from a folder of procfs, which is
 * full of links that lead out of it. Nothing outside may ever be opened.
 */
#include "source/source_file.h"
#include "vhdx/parent.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct checks found = { 0 };
	struct rules rules = { .checks = &found };
	struct locator l = { 0 };
	struct shvm_err err = { 0 };
	const struct parent_query query = {
		.child = "/proc/self/child.vhdx",
		.locator = &l,
	};
	struct source *s = NULL;
	char *path = NULL;

	if (locator_decode(data, size, 0, &rules, &l, &err) == SHVM_OK) {
		static const struct shvm_guid zero;
		struct statfs fs;

		if (l.count == 0 || locator_is_linked(&l, &zero) ||
		    !(l.relative || l.volume || l.absolute))
			abort();
		if (parent_open(&query, &s, &path, &err) == SHVM_OK &&
		    (fstatfs(source_file_fd(s), &fs) < 0 ||
		     fs.f_type != PROC_SUPER_MAGIC))
			abort();
		source_free(s);
	}
	free(path);
	locator_done(&l);
	checks_done(&found);
	return 0;
}
