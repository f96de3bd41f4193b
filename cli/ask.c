/* SPDX-License-Identifier: MIT */
/* Where passphrases come from: a file, "fd:N" or the terminal, never argv. */
#include "cli/ask.h"

#include "base/auto.h"
#include "base/version.h"
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int complain(const char *fmt, ...)
{
	va_list ap;

	fputs("shvm: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -1;
}

/*
 * The next line of fd without its end, byte by byte: what follows belongs to
 * the next passphrase from the same descriptor. wait_mask: the signals that
 * are let through while waiting, NULL for a plain read.
 */
static int read_line(int fd, const char *name, const sigset_t *wait_mask,
		     char *buf, size_t size)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	bool any = false;

	for (;;) {
		ssize_t n;
		char c;

		if (wait_mask && ppoll(&pfd, 1, NULL, wait_mask) < 0)
			return errno == EINTR ? -1
					      : complain("%s: %s", name,
							 strerror(errno));
		n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR && !signals_caught())
			continue;
		if (n < 0)
			return complain("%s: %s", name, strerror(errno));
		if (n == 0 && !any)
			return complain("%s: holds no passphrase", name);
		if (n == 0 || c == '\n')
			break;
		any = true;
		if (len == size)
			return complain(
				"%s: the passphrase is longer than %zu bytes",
				name, size);
		buf[len++] = c;
	}
	if (len > 0 && buf[len - 1] == '\r')
		buf[--len] = '\0';
	return (int)len;
}

/*
 * Without echo, which comes back also when the wait ends by a signal: all
 * signals are held but while ppoll() waits.
 */
static int read_terminal(int fd, const char *what, char *buf, size_t size)
{
	sigset_t hold, old, wait;
	struct termios before, silent;
	int n;

	if (tcgetattr(fd, &before) < 0)
		return complain("/dev/tty: %s", strerror(errno));
	signals_set(&hold);
	sigaddset(&hold, SIGTSTP); /* would leave a shell without echo */
	sigaddset(&hold, SIGQUIT);
	sigprocmask(SIG_BLOCK, &hold, &old);
	wait = old;
	sigaddset(&wait, SIGTSTP);
	sigaddset(&wait, SIGQUIT);

	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	if (tcsetattr(fd, TCSAFLUSH, &silent) < 0) {
		n = complain("/dev/tty: %s", strerror(errno));
	} else {
		(void)dprintf(fd, "Passphrase for %s: ", what); /* a prompt */
		n = read_line(fd, "/dev/tty", &wait, buf, size);
		(void)tcsetattr(fd, TCSAFLUSH, &before); /* nothing better */
		(void)dprintf(fd, "\n");
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return n;
}

static int ask_terminal(const char *what, char *buf, size_t size)
{
	AUTOCLOSE int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return complain(
			"no terminal to ask for the passphrase of %s: use a -pass-file option with a FILE or fd:N",
			what);
	return read_terminal(fd, what, buf, size);
}

/* ask_check() said more, unless things have changed since. */
static int ask_descriptor(const char *from, const char *what, char *buf,
			  size_t size)
{
	uint64_t fd;

	if (number_parse(from + 3, 0, INT_MAX, &fd, NULL) < 0)
		return complain("passphrase of %s: not fd:N with a number N",
				what);
	return read_line((int)fd, from, NULL, buf, size);
}

static int ask_file(const char *path, const char *what, char *buf, size_t size)
{
	AUTOCLOSE int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return complain("file with the passphrase of %s: %s", what,
				strerror(errno));
	if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)))
		(void)complain(
			"warning: %s: others can read this passphrase file (mode %04o), make it 0600",
			path, (unsigned int)st.st_mode & 07777);
	return read_line(fd, path, NULL, buf, size);
}

int ask_passphrase(void *ctx, const char *what, char *buf, size_t size)
{
	const struct ask *ask = ctx;

	if (!ask->from)
		return -1;
	if (size > INT_MAX)
		size = INT_MAX;
	if (strcmp(ask->from, "-") == 0)
		return ask_terminal(what, buf, size);
	if (strncmp(ask->from, "fd:", 3) == 0)
		return ask_descriptor(ask->from, what, buf, size);
	return ask_file(ask->from, what, buf, size);
}

static bool is_open_descriptor(const char *number)
{
	uint64_t fd;

	return number_parse(number, 0, INT_MAX, &fd, NULL) == SHVM_OK &&
	       fcntl((int)fd, F_GETFD) >= 0;
}

static int check_source(const char *option, const char *from,
			struct shvm_err *err)
{
	struct stat st;

	if (strcmp(from, "-") == 0)
		return SHVM_OK;
	if (strncmp(from, "fd:", 3) == 0)
		return is_open_descriptor(from + 3)
			       ? SHVM_OK
			       : err_set(err, SHVM_E_ARG,
					 "--%s: fd:N wants the number of an open descriptor",
					 option);
	errno = EISDIR;
	if (stat(from, &st) == 0 && !S_ISDIR(st.st_mode) &&
	    access(from, R_OK) == 0)
		return SHVM_OK;
	return err_set(
		err, SHVM_E_ARG,
		"--%s: the file cannot be read: %s (it takes the name of a file, fd:N or -, never the secret itself, and does not repeat it here)",
		option, strerror(errno));
}

bool ask_is_source(const struct cli_opt *opt)
{
	const size_t len = strlen(opt->name);

	return opt->value &&
	       (strstr(opt->value, "fd:N") ||
		(len >= 9 && strcmp(opt->name + len - 9, "pass-file") == 0));
}

int ask_check(const struct cli_cmd *cmd, const void *args, struct shvm_err *err)
{
	for (const struct cli_opt *o = cmd->opts; o && o->name; o++) {
		const void *field = (const char *)args + o->field;
		struct cli_list list = { (const char **)(uintptr_t)field, 1 };

		if (!ask_is_source(o))
			continue;
		if (o->kind == CLI_PATHS)
			list = *(const struct cli_list *)field;
		for (size_t i = 0; i < list.count; i++) {
			const char *from = list.items[i];
			int r;

			if (!from || (strstr(o->value, "|random") &&
				      strcmp(from, "random") == 0))
				continue;
			r = check_source(o->name, from, err);
			if (r < 0)
				return r;
		}
	}
	return SHVM_OK;
}

struct shvm_key_source ask_key(struct ask *ask, const char *uri,
			       const char *pass_file)
{
	ask->from = pass_file;
	return (struct shvm_key_source){
		.uri = uri,
		.passphrase = pass_file ? ask_passphrase : NULL,
		.passphrase_ctx = ask,
	};
}
