/* SPDX-License-Identifier: MIT */
/*
 * Parent locators: decoded, then followed from a folder of procfs, which is
 * full of links that lead out of it. Nothing outside may ever be opened.
 */
#include "source/source_file.h"
#include "vhdx/parent.h"

#include <stdlib.h>
#include <sys/stat.h>

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
		struct source_id id = { 0 };
		struct stat proc;

		if (l.count == 0 || locator_is_linked(&l, &zero) ||
		    !(l.relative || l.volume || l.absolute))
			abort();
		if (parent_open(&query, &s, &path, &err) == SHVM_OK &&
		    (stat("/proc/self", &proc) < 0 ||
		     !source_file_at(s, 0, &id) ||
		     id.opened->st_dev != proc.st_dev))
			abort();
		source_free(s);
	}
	free(path);
	locator_done(&l);
	checks_done(&found);
	return 0;
}
