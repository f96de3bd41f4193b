/* SPDX-License-Identifier: MIT */
/* Reads passphrases from a file, "fd:N" or the terminal, never from argv. */
#include "cli/passphrase.h"

#include "base/auto.h"
#include "base/version.h"
#include "cli/out.h"
#include "cli/secret_line.h"
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/*
 * Reads without echo. Echo is restored also when a signal ends the wait: signals
 * are delivered only while ppoll() waits.
 */
static int read_terminal(int fd, const char *what, char *buf, size_t size,
			 struct shvm_err *err)
{
	sigset_t hold, old, wait;
	struct termios before, silent;
	int n;

	if (tcgetattr(fd, &before) < 0)
		return err_set_errno(err, "/dev/tty");
	signals_set(&hold);
	sigaddset(&hold, SIGTSTP); /* would leave a shell without echo */
	sigaddset(&hold, SIGQUIT);
	sigprocmask(SIG_BLOCK, &hold, &old);
	wait = old;
	sigaddset(&wait, SIGTSTP);
	sigaddset(&wait, SIGQUIT);

	if (signals_caught()) { /* no prompt; echo is unchanged */
		sigprocmask(SIG_SETMASK, &old, NULL);
		return -1;
	}
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	if (tcsetattr(fd, TCSAFLUSH, &silent) < 0) {
		n = err_set_errno(err, "/dev/tty");
	} else {
		out_prompt(fd, "Passphrase for %s: ", what);
		n = secret_line_read(fd, "/dev/tty", &wait, buf, size, err);
		(void)tcsetattr(fd, TCSAFLUSH,
				&before); /* no way to handle a failure */
		(void)dprintf(fd, "\n");  /* as above */
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return n;
}

static int passphrase_terminal(const char *what, char *buf, size_t size,
			       struct shvm_err *err)
{
	AUTOCLOSE int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return err_reason(
			err, SHVM_E_CRYPTO, "no-passphrase",
			"there is no terminal to enter the passphrase: use a -pass-file option with FILE or fd:N");
	return read_terminal(fd, what, buf, size, err);
}

/* passphrase_check() reported details, unless something changed since. */
static int passphrase_descriptor(const char *from, char *buf, size_t size,
				 struct shvm_err *err)
{
	uint64_t fd;

	if (number_parse(from + 3, 0, INT_MAX, &fd, NULL) < 0)
		return err_set(err, SHVM_E_ARG,
			       "expected fd:N with a number N");
	return secret_line_read((int)fd, from, NULL, buf, size, err);
}

static int passphrase_file(const char *path, char *buf, size_t size,
			   struct shvm_err *err)
{
	AUTOCLOSE int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set_errno(err, "the passphrase file");
	if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)))
		out_warn(
			NULL,
			"%s: other users can read this passphrase file (mode %04o): change its mode to 0600",
			path, (unsigned int)st.st_mode & 07777);
	return secret_line_read(fd, path, NULL, buf, size, err);
}

static int passphrase_any(const struct passphrase *passphrase, const char *what,
			  char *buf, size_t size, struct shvm_err *err)
{
	int n;

	if (size > INT_MAX)
		size = INT_MAX;
	if (strcmp(passphrase->from, "-") == 0)
		n = passphrase_terminal(what, buf, size, err);
	else if (strncmp(passphrase->from, "fd:", 3) == 0)
		n = passphrase_descriptor(passphrase->from, buf, size, err);
	else
		n = passphrase_file(passphrase->from, buf, size, err);

	if (passphrase->is_text && n == 0)
		return err_reason(err, SHVM_E_CRYPTO, "no-passphrase",
				  "%s: the passphrase is empty",
				  passphrase->from);
	return n;
}

int passphrase_ask(void *ctx, const char *what, char *buf, size_t size,
		   struct shvm_err *err)
{
	const struct passphrase *passphrase = ctx;
	int n;

	if (!passphrase->from)
		return -1;
	n = passphrase_any(passphrase, what, buf, size, err);
	/* After a signal there is no error to report, and err is not set. */
	return n < 0 && err->code < 0 ? err_prefix(err, n, "%s", what) : n;
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
					 "--%s: expected fd:N with the number of an open descriptor",
					 option);
	errno = EISDIR;
	if (stat(from, &st) == 0 && !S_ISDIR(st.st_mode) &&
	    access(from, R_OK) == 0)
		return SHVM_OK;
	return err_set(
		err, SHVM_E_ARG,
		"--%s: the file cannot be read: %s (the value must be the name of a file, fd:N or -, never the secret itself; it is not repeated here)",
		option, strerror(errno));
}

int passphrase_check(const struct parsed *p, struct shvm_err *err)
{
	for (const struct cli_opt *o = p->opts.rows; o->name; o++) {
		struct cli_list list;

		if (!opt_is_secret(o))
			continue;
		list = opt_values(o, p->args);
		for (size_t i = 0; i < list.count; i++)
			if (o->kind != CLI_DRAWN ||
			    strcmp(list.items[i], "random") != 0)
				TRY(check_source(o->name, list.items[i], err));
	}
	return SHVM_OK;
}

/* Of shvm_key_source. */
static void note_key(const char *text)
{
	out_warn(NULL, "%s", text);
}

struct shvm_key_source passphrase_key(struct passphrase *passphrase,
				      const char *uri, const char *pass_file)
{
	*passphrase = (struct passphrase){ .from = pass_file };
	return (struct shvm_key_source){
		.uri = uri,
		.passphrase = pass_file ? passphrase_ask : NULL,
		.passphrase_ctx = passphrase,
		.note = note_key,
	};
}
