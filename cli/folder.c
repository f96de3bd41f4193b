/* SPDX-License-Identifier: MIT */
/* Result files in one folder, with names that come from a file. */
#include "cli/folder.h"

#include "base/auto.h"
#include "base/file.h"
#include "base/hold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int join(const char *folder, const char *name, char **ret,
		struct shvm_err *err)
{
	const size_t len = strlen(folder);
	const char *slash = len > 0 && folder[len - 1] != '/' ? "/" : "";

	if (asprintf(ret, "%s%s%s", folder, slash, name) < 0) {
		*ret = NULL;
		return err_nomem(err, folder);
	}
	return SHVM_OK;
}

int folder_check(struct out *out, const char *folder,
		 const struct shvm_file *files, size_t count,
		 struct shvm_err *err)
{
	for (size_t i = 0; i < count; i++) {
		AUTOFREE char *path = NULL;

		TRY(join(folder, files[i].name, &path, err));
		TRY(out_check(out, path, err));
	}
	return SHVM_OK;
}

/* What file_fill_pending() writes. */
struct content {
	const char *path;
	const struct shvm_file *file;
};

static int fill(void *ctx, int fd, struct shvm_err *err)
{
	const struct content *c = ctx;

	return file_pwrite(fd, c->path, c->file->data, c->file->size, 0, err);
}

/* Files that wait for their names, and the folder if it was made for them. */
struct batch {
	struct file_pending *items;
	char **paths;
	size_t count;
	const char *made;
};

static void batch_done(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		if (b->items)
			file_pending_done(&b->items[i]);
		if (b->paths)
			free(b->paths[i]);
	}
	free(b->items);
	free(b->paths);
	if (b->made)
		(void)rmdir(b->made); /* empty again, or not ours */
}

static int batch_fill(struct batch *b, const struct out *out,
		      const char *folder, const struct shvm_file *files,
		      struct shvm_err *err)
{
	for (size_t i = 0; i < b->count; i++) {
		struct content c = { .file = &files[i] };

		TRY(join(folder, files[i].name, &b->paths[i], err));
		c.path = b->paths[i];
		TRY(file_fill_pending(b->paths[i], fill, &c, 0600,
				      out->common.force, &b->items[i], err));
	}
	for (size_t i = 0; i < b->count; i++)
		TRY(file_publish(&b->items[i], err));
	for (size_t i = 0; i < b->count; i++)
		file_keep(&b->items[i]);
	return SHVM_OK;
}

int folder_write(struct out *out, const char *folder, bool make,
		 const struct shvm_file *files, size_t count, json_t **names,
		 struct shvm_err *err)
{
	AUTO_DONE(hold) hold = { 0 };
	AUTO_DONE(batch) b = { .count = count };

	TRY(folder_check(out, folder, files, count, err));
	hold_signals(&hold); /* write all of them */
	b.items = calloc(count + 1, sizeof(*b.items));
	b.paths = calloc(count + 1, sizeof(*b.paths));
	if (!b.items || !b.paths)
		return err_nomem(err, folder);
	if (make && mkdir(folder, 0700) == 0)
		b.made = folder;
	else if (make && errno != EEXIST)
		return err_set_errno(err, "%s", folder);
	TRY(batch_fill(&b, out, folder, files, err));
	b.made = NULL;
	for (size_t i = 0; i < count; i++) {
		out_field(out, "file", "%s", b.paths[i]);
		if (names)
			out_list_add(names, out_string(b.paths[i]));
	}
	return SHVM_OK;
}
