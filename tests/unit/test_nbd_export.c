/* SPDX-License-Identifier: MIT */
#include "guest/nbd_export.h"

#include "base/be.h"
#include "tests/unit/support.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	SIZE = 1 << 20
};

static uint8_t disk[SIZE];

static int fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		disk[i] = (uint8_t)(i * 7 + (i >> 8));
	return 0;
}

static int dial(const struct nbd_export *e)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	strcpy(name.sun_path, nbd_export_socket(e));
	assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)),
			 0);
	return fd;
}

static void say(int fd, const void *data, size_t len)
{
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
}

static void hear(int fd, void *buf, size_t len)
{
	assert_int_equal(recv(fd, buf, len, MSG_WAITALL), len);
}

/* Greeting, and an option without data. */
static void greet(int fd, uint32_t option)
{
	uint8_t b[20];

	hear(fd, b, 18);
	assert_memory_equal(b, "NBDMAGICIHAVEOPT\0\3", 18);
	be32_put(b, 3);
	memcpy(b + 4, "IHAVEOPT", 8);
	be32_put(b + 12, option);
	be32_put(b + 16, 0);
	say(fd, b, 20);
}

static void option(int fd, uint32_t number)
{
	uint8_t b[16] = "IHAVEOPT";

	be32_put(b + 8, number);
	be32_put(b + 12, 0);
	say(fd, b, 16);
}

static void ask(int fd, uint32_t command, uint64_t at, uint32_t len)
{
	uint8_t b[28] = { 0 };

	be32_put(b, 0x25609513);
	be32_put(b + 4, command);
	memcpy(b + 8, "cookie!!", 8);
	be64_put(b + 16, at);
	be32_put(b + 24, len);
	say(fd, b, sizeof(b));
}

static uint32_t answer(int fd)
{
	uint8_t b[16];

	hear(fd, b, sizeof(b));
	assert_int_equal(be32_get(b), 0x67446698);
	assert_memory_equal(b + 8, "cookie!!", 8);
	return be32_get(b + 4);
}

static void serves_what_the_source_reads(void **state)
{
	AUTO(source_ptr) s = NULL;
	AUTO(nbd_export_ptr) e = NULL;
	struct shvm_err err = { 0 };
	uint8_t b[4096];
	int fd;

	(void)state;
	assert_ok(source_memory(disk, SIZE, 512, &s, &err), err);
	assert_ok(nbd_export_open(s, &e, &err), err);
	for (unsigned int round = 0; round < 2; round++) {
		fd = dial(e);
		greet(fd, 1);
		hear(fd, b, 10);
		assert_int_equal(be64_get(b), SIZE);
		assert_int_equal(b[9], 3); /* read-only */
		ask(fd, 0, 12345, 4096);
		assert_int_equal(answer(fd), 0);
		hear(fd, b, 4096);
		assert_memory_equal(b, disk + 12345, 4096);
		ask(fd, 0, SIZE - 1, 1);
		assert_int_equal(answer(fd), 0);
		hear(fd, b, 1);
		assert_int_equal(b[0], disk[SIZE - 1]);
		assert_int_equal(close(fd), 0);
	}
}

static void refuses_what_a_reader_does_not_ask(void **state)
{
	static const struct {
		uint32_t command, len, error;
		uint64_t at;
	} cases[] = {
		{ 0, 1, EINVAL, SIZE },
		{ 0, 2, EINVAL, SIZE - 1 },
		{ 0, 1, EINVAL, UINT64_MAX },
		{ 0, UINT32_MAX, EINVAL, 0 },
		{ 3, 0, EINVAL, 0 },
		{ 9, 0, EINVAL, 0 },
		{ 1, 512, EPERM, 0 },
		{ 0, 1, EINVAL, SIZE + 1 },
		{ 0, 0, 0, SIZE },
	};
	AUTO(source_ptr) s = NULL;
	AUTO(nbd_export_ptr) e = NULL;
	struct shvm_err err = { 0 };
	uint8_t b[512] = { 0 };
	int fd;

	(void)state;
	assert_ok(source_memory(disk, SIZE, 512, &s, &err), err);
	assert_ok(nbd_export_open(s, &e, &err), err);
	fd = dial(e);
	greet(fd, 1);
	hear(fd, b, 10);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ask(fd, cases[i].command, cases[i].at, cases[i].len);
		if (cases[i].command == 1)
			say(fd, b, sizeof(b));
		assert_int_equal(answer(fd), cases[i].error);
	}
	assert_memory_equal(disk, ((uint8_t[]){ 0, 7, 14, 21 }), 4);
	ask(fd, 2, 0, 0);
	assert_int_equal(recv(fd, b, 1, 0), 0); /* it hung up */
	assert_int_equal(close(fd), 0);
}

static void negotiates_as_qemu_does(void **state)
{
	AUTO(source_ptr) s = NULL;
	AUTO(nbd_export_ptr) e = NULL;
	struct shvm_err err = { 0 };
	uint8_t b[32];
	int fd;

	(void)state;
	assert_ok(source_memory(disk, SIZE, 512, &s, &err), err);
	assert_ok(nbd_export_open(s, &e, &err), err);
	fd = dial(e);
	greet(fd, 8); /* structured replies: not here */
	hear(fd, b, 20);
	assert_int_equal(be32_get(b + 12), 0x80000001);
	option(fd, 7); /* go */
	hear(fd, b, 32);
	assert_int_equal(be32_get(b + 12), 3);
	assert_int_equal(be64_get(b + 22), SIZE);
	hear(fd, b, 20);
	assert_int_equal(be32_get(b + 12), 1);
	ask(fd, 0, 0, 4);
	assert_int_equal(answer(fd), 0);
	hear(fd, b, 4);
	assert_memory_equal(b, disk, 4);
	assert_int_equal(close(fd), 0);

	fd = dial(e);
	say(fd, "\0\0\0\0", 4); /* no fixed newstyle */
	hear(fd, b, 18);
	assert_int_equal(recv(fd, b, 1, 0), 0);
	assert_int_equal(close(fd), 0);
}

/* What an option carries is passed over, up to 8 KiB. */
static void passes_over_what_options_carry(void **state)
{
	static const uint32_t lens[] = { 1, 4095, 4096, 4097, 8192 };
	static uint8_t carried[8192];
	AUTO(source_ptr) s = NULL;
	AUTO(nbd_export_ptr) e = NULL;
	struct shvm_err err = { 0 };
	uint8_t b[32] = "IHAVEOPT";
	int fd;

	(void)state;
	assert_ok(source_memory(disk, SIZE, 512, &s, &err), err);
	assert_ok(nbd_export_open(s, &e, &err), err);
	fd = dial(e);
	greet(fd, 6); /* tell about it, and go on */
	hear(fd, b, 32);
	assert_int_equal(be32_get(b + 12), 3);
	hear(fd, b, 20);
	assert_int_equal(be32_get(b + 12), 1);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		memcpy(b, "IHAVEOPT", 8);
		be32_put(b + 8, 99);
		be32_put(b + 12, lens[i]);
		say(fd, b, 16);
		say(fd, carried, lens[i]);
		hear(fd, b, 20);
		assert_int_equal(be32_get(b + 8), 99);
		assert_int_equal(be32_get(b + 12), 0x80000001);
	}
	option(fd, 2); /* abort */
	hear(fd, b, 20);
	assert_int_equal(be32_get(b + 12), 1);
	assert_int_equal(recv(fd, b, 1, 0), 0);
	assert_int_equal(close(fd), 0);
}

enum nonsense {
	OPTION_MAGIC,
	OPTION_LENGTH,
	OPTION_COUNT,
	REQUEST_MAGIC,
	NONSENSES
};

static void hangs_up_on_nonsense(void **state)
{
	AUTO(source_ptr) s = NULL;
	AUTO(nbd_export_ptr) e = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(source_memory(disk, SIZE, 512, &s, &err), err);
	assert_ok(nbd_export_open(s, &e, &err), err);
	for (int what = 0; what < NONSENSES; what++) {
		const struct timeval soon = { .tv_sec = 20 };
		uint8_t b[32] = "IHAVEOPT";
		const int fd = dial(e);
		ssize_t n;

		greet(fd, what == REQUEST_MAGIC ? 1 : 99);
		hear(fd, b, what == REQUEST_MAGIC ? 10 : 20);
		memcpy(b, "IHAVEOPT", 8);
		be32_put(b + 8, 99);
		be32_put(b + 12, 0);
		switch (what) {
		case OPTION_MAGIC:
			b[7] = 't';
			break;
		case OPTION_LENGTH:
			be32_put(b + 12, 8193);
			break;
		case OPTION_COUNT:
			for (int i = 1; i < 64; i++) {
				uint8_t reply[20];

				say(fd, b, 16);
				hear(fd, reply, 20);
			}
			break;
		default:
			memset(b, 0, sizeof(b)); /* a request of 28 bytes */
			say(fd, b, 12);
		}
		/* It may have gone before it gets this. */
		(void)send(fd, b, 16, MSG_NOSIGNAL);
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon,
					    sizeof(soon)),
				 0);
		n = recv(fd, b, 1, 0);
		if (n > 0 || (n < 0 && errno == EAGAIN))
			fail_msg("case %d: the connection goes on", what);
		assert_int_equal(close(fd), 0);
	}
}

/* The most that is read in one go is what its buffer holds. */
static void reads_32_mib_and_no_more(void **state)
{
	enum {
		MOST = 32 << 20
	};
	AUTOFREE uint8_t *large = calloc(1, MOST + 512);
	AUTOFREE uint8_t *is = malloc(MOST);
	AUTO(source_ptr) s = NULL;
	AUTO(nbd_export_ptr) e = NULL;
	struct shvm_err err = { 0 };
	uint8_t b[16];
	int fd;

	(void)state;
	assert_true(large && is);
	large[MOST - 1] = 77;
	assert_ok(source_memory(large, MOST + 512, 512, &s, &err), err);
	assert_ok(nbd_export_open(s, &e, &err), err);
	fd = dial(e);
	greet(fd, 1);
	hear(fd, b, 10);
	ask(fd, 0, 0, MOST + 1);
	assert_int_equal(answer(fd), EINVAL);
	ask(fd, 0, 0, MOST);
	assert_int_equal(answer(fd), 0);
	hear(fd, is, MOST);
	assert_int_equal(is[MOST - 1], 77);
	assert_int_equal(close(fd), 0);
}

static void leaves_nothing_behind(void **state)
{
	AUTO(source_ptr) s = NULL;
	struct shvm_err err = { 0 };
	struct nbd_export *e = NULL;
	char path[128];

	(void)state;
	assert_ok(source_memory(disk, SIZE, 512, &s, &err), err);
	assert_ok(nbd_export_open(s, &e, &err), err);
	assert_true(strlen(nbd_export_socket(e)) < sizeof(path));
	strcpy(path, nbd_export_socket(e));
	assert_int_equal(access(path, F_OK), 0);
	nbd_export_close(e);
	assert_int_equal(access(path, F_OK), -1);
	*strrchr(path, '/') = '\0';
	assert_int_equal(access(path, F_OK), -1);
	nbd_export_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serves_what_the_source_reads),
		cmocka_unit_test(refuses_what_a_reader_does_not_ask),
		cmocka_unit_test(negotiates_as_qemu_does),
		cmocka_unit_test(passes_over_what_options_carry),
		cmocka_unit_test(hangs_up_on_nonsense),
		cmocka_unit_test(reads_32_mib_and_no_more),
		cmocka_unit_test(leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("nbd_export", tests, fill, NULL);
}
