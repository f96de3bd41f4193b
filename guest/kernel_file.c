/* SPDX-License-Identifier: MIT */
/* Looks for the file of a Linux kernel. */
#include "guest/kernel_file.h"

#include "base/match.h"

#include <stdio.h>
#include <string.h>

enum {
	DEPTH_MAX = 3,	      /* folders, as in TOKEN/RELEASE/linux */
	FOLDERS_MAX = 64,     /* looked into; ours, as the next two */
	NAMES_MAX = 1024,     /* of one folder */
	QUESTIONS_MAX = 4096, /* asked of the file system */
	PATH_SIZE = 512
};

struct search {
	const struct files *files;
	size_t folders, questions;
	bool unread; /* something was not looked at */
};

struct names {
	char *items[NAMES_MAX];
	size_t count;
	bool cut;
};

static void name_put(void *ctx, const char *name)
{
	struct names *n = ctx;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    *name == '$') /* libtsk adds such names */
		return;
	if (n->count == NAMES_MAX || !(n->items[n->count] = strdup(name)))
		n->cut = true;
	else
		n->count++;
}

static void names_free(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->items[i]);
}

/* By its name, and that of its folder. */
static bool is_kernel(const char *folder, const char *name)
{
	static const char *const begin[] = { "vmlinuz", "vmlinux", "bzImage",
					     "kernel" };

	for (size_t i = 0; i < ARRAY_SIZE(begin); i++)
		if (strncasecmp(name, begin[i], strlen(begin[i])) == 0)
			return true;
	return strcasecmp(name, "linux") == 0 || strcmp(name, "Image") == 0 ||
	       (text_ends(folder, "/EFI/Linux") && text_ends(name, ".efi"));
}

static bool is_there(struct search *s, const char *path, enum files_kind kind)
{
	if (s->questions++ < QUESTIONS_MAX)
		return files_has(s->files, path, kind) == SHVM_YES;
	s->unread = true;
	return false;
}

static bool look(struct search *s, const char *folder, int depth);

/* The kernels among the names of a folder, or what is in its folders. */
static bool look_names(struct search *s, const char *folder,
		       const struct names *names, bool inside, int depth)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[i];
		const int n =
			snprintf(path, sizeof(path), "%s/%s", folder, name);

		if (n < 0 || n >= (int)sizeof(path)) {
			s->unread = true;
			continue;
		}
		if (!inside && is_kernel(folder, name) &&
		    is_there(s, path, FILES_FILE))
			return true;
		if (inside && is_there(s, path, FILES_FOLDER) &&
		    look(s, path, depth + 1))
			return true;
	}
	return false;
}

/* DEPTH_MAX ends it. */
static bool look(struct search *s, const char *folder, int depth)
{
	__attribute__((cleanup(names_free))) struct names names = { 0 };

	if (s->folders++ >= FOLDERS_MAX ||
	    !s->files->ops->names(s->files->fs, *folder ? folder : "/",
				  name_put, &names)) {
		s->unread = true;
		return false;
	}
	s->unread = s->unread || names.cut;
	return look_names(s, folder, &names, false, depth) ||
	       (depth < DEPTH_MAX &&
		look_names(s, folder, &names, true, depth));
}

enum shvm_known kernel_file_look(const struct files *files, const char *folder)
{
	struct search s = { .files = files };
	const enum shvm_known there =
		*folder ? files_has(files, folder, FILES_FOLDER) : SHVM_YES;

	if (there != SHVM_YES)
		return there;
	return look(&s, folder, 0) ? SHVM_YES
	       : s.unread	   ? SHVM_UNKNOWN
				   : SHVM_NO;
}
