/* SPDX-License-Identifier: MIT */
/* The editor when the system says no; the Makefile wraps the calls for it. */
#include "vhdx/edit.h"

#include "tests/unit/support_image.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct shvm_guid id = { { 7 } };
static const struct gen_disk small = { .size = 4 * GEN_MIB };

/* What each call fails with; 0: it does its work. */
static struct {
	int flock, fcntl, faccessat, fsync, seek_data;
} fails;

static long file_system; /* what every file is on; 0: where it is */

#define FAIL_OR_GO_ON(name)                                                    \
	do {                                                                   \
		if (fails.name) {                                              \
			errno = fails.name;                                    \
			return -1;                                             \
		}                                                              \
	} while (0)

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);
int __wrap_flock(int fd, int operation)
{
	FAIL_OR_GO_ON(flock);
	return __real_flock(fd, operation);
}

/* All that the program's files call here has a lock as its argument. */
int __real_fcntl64(int fd, int command, void *lock);
int __wrap_fcntl64(int fd, int command, void *lock);
int __wrap_fcntl64(int fd, int command, void *lock)
{
	if (command == F_OFD_SETLK)
		FAIL_OR_GO_ON(fcntl);
	return __real_fcntl64(fd, command, lock);
}

int __real_faccessat(int folder, const char *path, int mode, int flags);
int __wrap_faccessat(int folder, const char *path, int mode, int flags);
int __wrap_faccessat(int folder, const char *path, int mode, int flags)
{
	FAIL_OR_GO_ON(faccessat);
	return __real_faccessat(folder, path, mode, flags);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	FAIL_OR_GO_ON(fsync);
	return __real_fsync(fd);
}

off_t __real_lseek64(int fd, off_t at, int whence);
off_t __wrap_lseek64(int fd, off_t at, int whence);
off_t __wrap_lseek64(int fd, off_t at, int whence)
{
	if (whence == SEEK_DATA)
		FAIL_OR_GO_ON(seek_data);
	return __real_lseek64(fd, at, whence);
}

/* In the place of the C library's. */
int fstatfs(int fd, struct statfs *ret)
{
	const int r = (int)syscall(SYS_fstatfs, fd, ret);

	if (file_system)
		ret->f_type = file_system;
	return r;
}

static void tells_why_it_does_not_open(void **state)
{
	static const struct {
		int *call, error;
		const char *reason, *says; /* says NULL: it opens */
	} cases[] = {
		{ &fails.flock, EWOULDBLOCK, "in-use", "in use by another" },
		{ &fails.flock, ENOLCK, NULL, "lock: No locks available" },
		{ &fails.flock, EBADF, NULL, NULL }, /* NFS */
		{ &fails.fcntl, EAGAIN, "in-use", "in use by another" },
		{ &fails.fcntl, EACCES, "in-use", "in use by another" },
		{ &fails.fcntl, ENOLCK, NULL, "lock: No locks available" },
		{ &fails.faccessat, EROFS, "read-only", "cannot be written" },
		{ &fails.faccessat, EPERM, "read-only", "cannot be written" },
		{ &fails.faccessat, EACCES, "read-only", "cannot be written" },
		{ &fails.faccessat, EIO, NULL, "Input/output error" },
	};
	AUTOFREE char *path = image_write(&small, "system.vhdx");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(edit_ptr) e = NULL;
		struct shvm_err err = { 0 };
		int r;

		*cases[i].call = cases[i].error;
		r = edit_open(path, &e, &err);
		*cases[i].call = 0;
		if (!cases[i].says) {
			assert_ok(r, err);
			continue;
		}
		assert_failed(r, err, SHVM_E_IO, cases[i].says);
		if (!err.reason != !cases[i].reason ||
		    (err.reason && strcmp(err.reason, cases[i].reason) != 0))
			fail_msg("case %zu: %s", i, err.reason);
	}
}

static void does_not_go_on_after_a_failed_sync(void **state)
{
	AUTOFREE char *path = image_write(&small, "sync.vhdx");
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	bool done = false;
	int r;

	(void)state;
	assert_ok(edit_open(path, &e, &err), err);
	fails.fsync = EIO;
	r = edit_put_item(e, &id, "x", 1, &err);
	fails.fsync = 0;
	assert_failed(r, err, SHVM_E_IO, "sync: Input/output error");
	assert_null(strstr(err.msg, "in the log"));
	assert_failed(edit_put_item(e, &id, "x", 1, &err), err, SHVM_E_IO,
		      "an earlier write failed");
	assert_failed(edit_remove_item(e, &id, &done, &err), err, SHVM_E_IO,
		      "an earlier write failed");
	assert_failed(edit_replay(e, &done, &err), err, SHVM_E_IO,
		      "an earlier write failed");
}

/* A log writes zeros over data: a seek that fails is no hole, and a hole on a
 * network file system may be data that its server does not know yet. */
static void writes_zeros_where_it_cannot_tell_holes(void **state)
{
	static const struct {
		int seek; /* ENXIO: all is one hole */
		long file_system;
	} cases[] = {
		{ EIO, 0 }, { EINVAL, 0 }, { 0, 0 }, { ENXIO, NFS_SUPER_MAGIC }
	};
	const struct gen_disk d = {
		.size = 4 * GEN_MIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 0 }),
		GEN_ENTRIES({ 7, 0, 0,
			      GEN_DESCS({ GEN_ZEROS, 4 * GEN_MIB, GEN_MIB }) }),
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTOFREE char *path = image_write(&d, "zeros.vhdx");
		AUTO(edit_ptr) e = NULL;
		AUTOFREE uint8_t *after = NULL;
		struct shvm_err err = { 0 };
		bool replayed = false;
		size_t len;
		int r;

		after = test_file_read(path, &len);
		assert_int_not_equal(after[4 * GEN_MIB + 5], 0); /* junk */
		free(after);
		after = NULL;
		assert_ok(edit_open(path, &e, &err), err);
		fails.seek_data = cases[i].seek;
		file_system = cases[i].file_system;
		r = edit_replay(e, &replayed, &err);
		fails.seek_data = 0;
		file_system = 0;
		assert_ok(r, err);
		assert_true(replayed);
		after = test_file_read(path, &len);
		for (size_t k = 0; k < GEN_MIB; k++)
			assert_int_equal(after[4 * GEN_MIB + k], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_why_it_does_not_open),
		cmocka_unit_test(does_not_go_on_after_a_failed_sync),
		cmocka_unit_test(writes_zeros_where_it_cannot_tell_holes),
	};

	return cmocka_run_group_tests_name("edit system", tests, NULL, NULL);
}
