/* SPDX-License-Identifier: MIT */
/*
 * The editor as a program, for scripts:
 * editvhdx put DISK BYTES | remove DISK | replay DISK | hold DISK
 * hold keeps the disk locked until its standard input ends.
 */
#include "vhdx/edit.h"

#include <stdio.h>
#include <string.h>

static const struct shvm_guid id = { { 0x19, 0x91, 0xe8, 0x71, 0x21, 0x19, 0x2a,
				       0x4e, 0xad, 0x6b, 0x36, 0xc3, 0xab, 0x37,
				       0x8e, 0x76 } };

static int do_edit(struct edit *e, const char *verb, size_t len,
		   struct shvm_err *err)
{
	AUTOFREE uint8_t *data = calloc(1, len + 1);
	bool done = false;
	int r;

	if (!data)
		return err_nomem(err, "item");
	memset(data, 'x', len);
	if (!strcmp(verb, "put"))
		return edit_put_item(e, &id, data, len, err);
	if (!strcmp(verb, "remove"))
		r = edit_remove_item(e, &id, &done, err);
	else
		r = edit_replay(e, &done, err);
	if (!r)
		puts(done ? "done" : "nothing to do");
	return r;
}

int main(int argc, char **argv)
{
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	int r;

	if (argc < 3) {
		fprintf(stderr, "usage: editvhdx put DISK BYTES | "
				"remove|replay|hold DISK\n");
		return 2;
	}
	r = edit_open(argv[2], &e, &err);
	if (!r && !strcmp(argv[1], "hold")) {
		puts("held");
		(void)fflush(stdout);
		while (getchar() != EOF)
			;
	} else if (!r) {
		r = do_edit(e, argv[1],
			    argc > 3 ? strtoul(argv[3], NULL, 10) : 0, &err);
	}
	if (r < 0)
		fprintf(stderr, "editvhdx: %s (%s)\n", err.msg,
			err.reason ? err.reason : "-");
	return r < 0;
}
