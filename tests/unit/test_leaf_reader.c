/* SPDX-License-Identifier: MIT */
/* Every way of reading leaves gives the same digest, and each refusal its fallback. */
#include "hash/digest.h"

#include "base/file.h"
#include "hash/sigbus.h"
#include "source/source_file.h"
#include "tests/unit/support.h"
#include "tests/unit/support_sparse.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#define KiB (UINT64_C(1) << 10)
#define MiB (UINT64_C(1) << 20)

static const struct sparse_run runs[] = {
	{ 9 * MiB + 4096, SHVM_EXTENT_DATA, 1 },
	{ 10 * MiB, SHVM_EXTENT_HOLE, 0 },
	{ 3 * MiB + 512, SHVM_EXTENT_DATA, 2 },
	{ 100 * KiB, SHVM_EXTENT_HOLE, 0 },
	{ 5 * MiB + 1024, SHVM_EXTENT_DATA, 3 },
};

/* A file with the runs' bytes, open for reading and writing, no name left. */
static int make_file(struct sparse *s)
{
	AUTOFREE char *path = test_own_path("leaf_reader");
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	uint8_t *data;
	uint64_t at = 0;

	sparse_init(s, runs, ARRAY_SIZE(runs));
	data = sparse_bytes(s);
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ftruncate(fd, (off_t)s->source.size), 0);
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		if (runs[i].state == SHVM_EXTENT_DATA)
			assert_int_equal(file_pwrite(fd, "test", data + at,
						     runs[i].len, at, NULL),
					 SHVM_OK);
		at += runs[i].len;
	}
	free(data);
	assert_int_equal(fsync(fd), 0);
	return fd;
}

static uint64_t past_cache(const struct shvm_digest *d)
{
	return d->io.direct + d->io.io_uring;
}

static void expect_same(struct sparse *s, enum shvm_digest_io way,
			uint32_t block, struct shvm_digest *ret)
{
	const struct shvm_digest_params params = { .io = way,
						   .block_size = block,
						   .jobs = 2 };
	uint8_t root[64], digest[64];
	struct shvm_err err = { 0 };
	uint8_t *data = sparse_bytes(s);

	slow_digest(data, s->source.size, block, SHVM_HASH_SHA256, root,
		    digest);
	free(data);
	if (digest_run(&s->source, &params, NULL, ret, &err) != SHVM_OK)
		fail_msg("way %d: %s", way, err.msg);
	if (memcmp(ret->digest, digest, 32))
		fail_msg("way %d, block %u: another digest", way, block);
}

static void gives_the_same_digest_every_way(void **state)
{
	struct sparse s;
	struct shvm_digest d;
	int fd = make_file(&s);

	(void)state;
	s.fd = fd;
	assert_int_equal(sigbus_install(NULL), SHVM_OK);
	for (enum shvm_digest_io way = SHVM_IO_AUTO; way <= SHVM_IO_MMAP;
	     way++) {
		for (uint32_t block = 4096; block <= MiB; block *= 16) {
			expect_same(&s, way, block, &d);
			if (way == SHVM_IO_READ)
				assert_int_equal(d.io.read, s.read_bytes);
			if (way == SHVM_IO_MMAP)
				assert_true(d.io.mapped > 12 * MiB);
		}
	}
	(void)close(fd);
}

/* A piece at an odd place of the file, or whose file ends early, is read by
 * the source; so is all of a file that cannot be opened with O_DIRECT. */
static void direct_reads_fall_back_to_the_source(void **state)
{
	struct sparse s;
	struct shvm_digest d;
	int memory = memfd_create("test", MFD_CLOEXEC);
	int fd = make_file(&s);

	(void)state;
	s.fd = fd;
	assert_int_equal(sigbus_install(NULL), SHVM_OK);
	expect_same(&s, SHVM_IO_DIRECT, 4096, &d);
	if (!past_cache(&d))
		print_message("[  NOTE    ] no O_DIRECT in /tmp\n");
	s.fd_skew = 512;
	expect_same(&s, SHVM_IO_DIRECT, 4096, &d);
	assert_int_equal(past_cache(&d), 0);
	s.fd_skew = (uint64_t)1 << 40; /* far beyond the end: short reads */
	expect_same(&s, SHVM_IO_DIRECT, 4096, &d);
	assert_int_equal(past_cache(&d), 0);
	s.fd_skew = 0;
	s.fd = 1 << 20; /* not a descriptor */
	expect_same(&s, SHVM_IO_DIRECT, 4096, &d);
	expect_same(&s, SHVM_IO_MMAP, 4096, &d);
	expect_same(&s, SHVM_IO_AUTO, 4096, &d);
	assert_int_equal(past_cache(&d) + d.io.mapped, 0);
	s.fd = memory;
	expect_same(&s, SHVM_IO_DIRECT, 4096, &d);
	(void)close(memory);
	(void)close(fd);
}

/* From now on this process gets an error from one system call. */
static bool refuse(int call, int error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	const bool done =
		filter &&
		seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint16_t)error), call,
				 0) == 0 &&
		seccomp_load(filter) == 0;

	seccomp_release(filter);
	return done;
}

enum {
	RIGHT = 40,
	RIGHT_NOT_DIRECT,
	WRONG,
	NOT_REFUSED
};

/* In a child of its own, which the filter stays with. */
static int digest_refused(struct sparse *s, int call, int error,
			  const uint8_t digest[32])
{
	const struct shvm_digest_params params = { .io = SHVM_IO_DIRECT,
						   .jobs = 2 };
	struct shvm_digest d;

	if (!refuse(call, error))
		return NOT_REFUSED;
	if (call == SYS_io_uring_setup &&
	    (syscall(call, 1, NULL) != -1 || errno != error))
		return NOT_REFUSED;
	if (digest_run(&s->source, &params, NULL, &d, NULL) != SHVM_OK ||
	    memcmp(d.digest, digest, 32))
		return WRONG;
	if (d.io.io_uring)
		return NOT_REFUSED;
	return d.io.direct ? RIGHT : RIGHT_NOT_DIRECT;
}

/*
 * Containers refuse io_uring with EPERM or ENOSYS; with the sysctl
 * kernel.io_uring_disabled (1 for most, 2 for all) the kernel itself answers
 * io_uring_setup() with EPERM. A filter can also let a ring be made and refuse
 * its use. In each case O_DIRECT stays, read with pread().
 */
static void a_refused_ring_falls_back_to_direct_pread(void **state)
{
	static const struct {
		const char *name;
		int call, error;
	} cases[] = {
		{ "setup EPERM", SYS_io_uring_setup, EPERM },
		{ "setup ENOSYS", SYS_io_uring_setup, ENOSYS },
		{ "setup ENOMEM", SYS_io_uring_setup, ENOMEM },
		{ "enter EPERM", SYS_io_uring_enter, EPERM },
		{ "enter ENOSYS", SYS_io_uring_enter, ENOSYS },
	};
	uint8_t root[64], digest[64];
	struct sparse s;
	struct shvm_digest d;
	int fd = make_file(&s);
	uint8_t *data = sparse_bytes(&s);

	(void)state;
	s.fd = fd;
	slow_digest(data, s.source.size, 4096, SHVM_HASH_SHA256, root, digest);
	free(data);
	expect_same(&s, SHVM_IO_DIRECT, 4096, &d);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int status = 0;
		pid_t child = fork();

		if (child == 0) {
			(void)alarm(60);
			_exit(digest_refused(&s, cases[i].call, cases[i].error,
					     digest));
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		if (!WIFEXITED(status) ||
		    (WEXITSTATUS(status) != RIGHT &&
		     (WEXITSTATUS(status) != RIGHT_NOT_DIRECT ||
		      past_cache(&d))))
			fail_msg("%s: status %x", cases[i].name, status);
	}
	(void)close(fd);
}

static void reads_what_is_not_cached_past_the_cache(void **state)
{
	struct sparse s;
	struct shvm_digest d;
	int fd = make_file(&s);

	(void)state;
	s.fd = fd;
	expect_same(&s, SHVM_IO_AUTO, 4096, &d);
	assert_int_equal(past_cache(&d), 0); /* it was just written */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	expect_same(&s, SHVM_IO_AUTO, 4096, &d);
	if (!past_cache(&d))
		print_message("[  NOTE    ] the cache was not dropped\n");
	(void)close(fd);
}

/* However many read, and however large their leaves are. */
static void buffers_are_bounded_for_any_number_of_threads(void **state)
{
	(void)state;
	for (unsigned int n = 1; n <= 256; n++) {
		struct leaf_reader_shared shared;
		uint64_t read, direct;

		assert_int_equal(leaf_reader_shared_init(&shared, SHVM_IO_AUTO,
							 n, NULL),
				 SHVM_OK);
		read = shared.read_size;
		direct = (uint64_t)shared.direct_size * LEAF_READER_BATCHES;
		assert_true(read >= 64 * KiB && read % 4096 == 0);
		assert_true(direct >= 256 * KiB && direct % 4096 == 0);
		assert_true(n * read <= 16 * MiB);
		assert_true(n * direct <= 16 * MiB || direct == 256 * KiB);
		if (n <= 4) /* measured: what a disk and a cache like best */
			assert_true(read == 256 * KiB && direct == 4 * MiB);
		leaf_reader_shared_done(&shared);
	}
}

static int cut_short(void *ctx, uint64_t done, uint64_t total)
{
	(void)total;
	if (!done) /* the mapping is made after this */
		return ftruncate(*(int *)ctx, 4 * MiB) != 0;
	return 0;
}

static void a_mapped_file_that_shrinks_is_an_error(void **state)
{
	struct shvm_err err = { 0 };
	struct sparse s;
	struct shvm_digest d;
	int fd = make_file(&s);
	const struct shvm_digest_params params = { .io = SHVM_IO_MMAP,
						   .jobs = 2,
						   .progress = cut_short,
						   .progress_ctx = &fd };

	(void)state;
	s.fd = fd;
	assert_int_equal(sigbus_install(NULL), SHVM_OK);
	assert_int_equal(digest_run(&s.source, &params, NULL, &d, &err),
			 SHVM_E_IO);
	assert_string_equal(err.reason, "changed");
	assert_non_null(strstr(err.msg, "truncated"));
	(void)close(fd);
}

static void mapping_without_the_guard_is_refused(void **state)
{
	const struct shvm_digest_params params = { .io = SHVM_IO_MMAP };
	struct shvm_err err = { 0 };
	struct sparse s;
	struct shvm_digest d;

	(void)state;
	sparse_init(&s, runs, ARRAY_SIZE(runs));
	assert_false(sigbus_is_installed());
	assert_int_equal(digest_run(&s.source, &params, NULL, &d, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "handler for SIGBUS"));
}

static void a_sigbus_elsewhere_still_ends_the_program(void **state)
{
	int status = 0;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		(void)signal(SIGBUS, SIG_DFL);
		if (sigbus_install(NULL) != SHVM_OK)
			_exit(0);

		int fd = memfd_create("empty", MFD_CLOEXEC);
		volatile char *p =
			mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

		(void)alarm(60);
		_exit(*p);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGBUS);
}

static void reads_a_file_source_as_it_is(void **state)
{
	const struct shvm_digest_params params = { .jobs = 1 };
	AUTO(source_ptr) file = NULL;
	uint8_t root[64], digest[64];
	struct sparse s;
	struct shvm_digest d;
	uint8_t *data;
	int fd = make_file(&s);

	(void)state;
	data = sparse_bytes(&s);
	slow_digest(data, s.source.size, 4096, SHVM_HASH_SHA256, root, digest);
	free(data);
	assert_int_equal(source_file_new(fd, "test", 0, &file, NULL), SHVM_OK);
	assert_int_equal(digest_run(file, &params, NULL, &d, NULL), SHVM_OK);
	assert_memory_equal(d.digest, digest, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapping_without_the_guard_is_refused),
		cmocka_unit_test(gives_the_same_digest_every_way),
		cmocka_unit_test(direct_reads_fall_back_to_the_source),
		cmocka_unit_test(a_refused_ring_falls_back_to_direct_pread),
		cmocka_unit_test(reads_what_is_not_cached_past_the_cache),
		cmocka_unit_test(buffers_are_bounded_for_any_number_of_threads),
		cmocka_unit_test(a_mapped_file_that_shrinks_is_an_error),
		cmocka_unit_test(a_sigbus_elsewhere_still_ends_the_program),
		cmocka_unit_test(reads_a_file_source_as_it_is),
	};

	return cmocka_run_group_tests_name("leaf_reader", tests, NULL, NULL);
}
