/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over files and over mutations of them, without libFuzzer.
 * usage: fuzz_X [-n MUTATIONS] FILE|FOLDER ...
 * The mutations depend on the file's bytes and their number only, so a crash
 * comes back; the number that ran is printed when it does.
 */
#include "base/buf.h"
#include "base/file.h"
#include "base/version.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	INPUT_MAX = 16 << 20,
	SECONDS_MAX = 10
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is running, for the handlers. */
static char running[512];

static void say_what_ran(int number)
{
	static const char text[] = "fuzz: failed or too slow: ";

	/* Nothing can be done about a write that fails here. */
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)!write(STDERR_FILENO, running, strlen(running));
	(void)!write(STDERR_FILENO, "\n", 1);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13; /* xorshift64, Marsaglia 2003 */
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t seed_from(const struct buf *b, uint64_t number)
{
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a */

	for (size_t i = 0; i < b->len; i++)
		h = (h ^ b->data[i]) * 0x100000001b3;
	return (h ^ number) * 0x100000001b3 | 1;
}

/* Numbers that parsers get wrong. */
static const uint64_t odd_numbers[] = {
	0,
	1,
	0x7f,
	0xff,
	0x7fff,
	0xffff,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	INT64_MAX,
	(uint64_t)INT64_MAX + 1,
	UINT64_MAX,
};

static size_t mutate(uint8_t *data, size_t size, uint64_t *state)
{
	size_t at = size ? next_random(state) % size : 0;
	size_t n;
	uint64_t v;

	switch (next_random(state) % 6) {
	case 0: /* cut short */
		return at;
	case 1: /* flip a bit */
		if (size > 0)
			data[at] ^= (uint8_t)(1u << next_random(state) % 8);
		return size;
	case 2: /* an odd number */
		v = odd_numbers[next_random(state) % ARRAY_SIZE(odd_numbers)];
		n = (size_t)1 << next_random(state) % 4;
		if (n <= size - at)
			memcpy(data + at, &v, n);
		return size;
	case 3: /* a random byte */
		if (size > 0)
			data[at] = (uint8_t)next_random(state);
		return size;
	case 4: /* a piece taken out */
		n = next_random(state) % (size - at + 1);
		memmove(data + at, data + at + n, size - at - n);
		return size - n;
	default: /* a piece copied over another */
		n = size ? next_random(state) % size : 0;
		if (size > 0) {
			size_t len = size - (at > n ? at : n);

			if (len > 64)
				len = 64;
			memmove(data + at, data + n, len);
		}
		return size;
	}
}

static void run(const uint8_t *data, size_t size)
{
	/* A copy of the exact size lets the sanitizer see one byte too far. */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		exit(EXIT_FAILURE);
	if (size > 0)
		memcpy(copy, data, size);
	(void)alarm(SECONDS_MAX);
	(void)LLVMFuzzerTestOneInput(copy, size);
	(void)alarm(0);
	free(copy);
}

static int run_file(const char *path, uint64_t mutations)
{
	AUTO_DONE(buf) b = { 0 };
	AUTOFREE uint8_t *work = NULL;
	struct shvm_err err = { 0 };

	if (file_read_all(path, INPUT_MAX, &b, &err) < 0) {
		fprintf(stderr, "fuzz: %s\n", err.msg);
		return -1;
	}
	work = malloc(b.len ? b.len : 1);
	if (!work)
		return -1;
	(void)snprintf(running, sizeof(running), "%s", path);
	run(b.data, b.len);
	for (uint64_t i = 0; i < mutations; i++) {
		uint64_t state = seed_from(&b, i);
		size_t size = b.len;

		if (b.len > 0)
			memcpy(work, b.data, b.len);
		for (uint64_t n = 1 + next_random(&state) % 4; n > 0; n--)
			size = mutate(work, size, &state);
		(void)snprintf(running, sizeof(running), "%s, mutation %ju",
			       path, (uintmax_t)i);
		run(work, size);
	}
	return 0;
}

static int run_path(const char *path, uint64_t mutations, size_t *files)
{
	struct dirent **names;
	struct stat st;
	int n, r = 0;

	if (stat(path, &st) < 0) {
		perror(path);
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		++*files;
		return run_file(path, mutations);
	}
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char inner[4096];

		if (names[i]->d_name[0] != '.' && r == 0 &&
		    snprintf(inner, sizeof(inner), "%s/%s", path,
			     names[i]->d_name) < (int)sizeof(inner))
			r = run_path(inner, mutations, files);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return n < 0 ? -1 : r;
}

int main(int argc, char **argv)
{
	uint64_t mutations = 0;
	size_t files = 0;
	int i = 1;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		if (number_parse(argv[2], 0, 1 << 30, &mutations, NULL) < 0)
			return 2;
		i = 3;
	}
	(void)signal(SIGALRM, say_what_ran);
	(void)signal(SIGABRT, say_what_ran);
	for (; i < argc; i++)
		if (run_path(argv[i], mutations, &files) < 0)
			return 1;
	printf("%zu files, %ju runs\n", files,
	       (uintmax_t)files * (mutations + 1));
	return files > 0 ? 0 : 1;
}
