/* SPDX-License-Identifier: MIT */
/* Starts nbdkit with our plugin, and ends it. */
#include "guest/nbd_server.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum {
	ARGUMENTS_MAX = 20,
	START_MS = 120 * 1000, /* ours: opening a disk takes less */
	POLL_NS = 10 * 1000 * 1000
};

struct nbd_server {
	pid_t pid;
	char folder[64], socket[80], ready[80];
	int log; /* what nbdkit says, in memory */
};

/* The command line of nbdkit; what is made for it is freed by _done(). */
struct arguments {
	char *items[ARGUMENTS_MAX];
	size_t count;
	bool failed;
};

static void arguments_done(struct arguments *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->items[i]);
}

static void add(struct arguments *a, const char *key, const char *value)
{
	char *text = NULL;

	if (!value)
		return;
	if (a->failed || a->count == ARGUMENTS_MAX - 1 ||
	    asprintf(&text, "%s%s", key, value) < 0) {
		a->failed = true;
		return;
	}
	a->items[a->count++] = text;
}

static const char *on(bool is)
{
	return is ? "1" : NULL;
}

static int make_arguments(const struct nbd_server *s, const char *plugin,
			  const char *disk, const struct shvm_disk_params *how,
			  struct arguments *a, struct shvm_err *err)
{
	const uint32_t sector = how->raw_sector_size;

	add(a, NBD_SERVER_PROGRAM, "");
	add(a, "--foreground", "");
	add(a, "--readonly", "");
	add(a, "--unix=", s->socket);
	add(a, "--pidfile=", s->ready); /* it comes once nbdkit listens */
	add(a, plugin, "");
	add(a, "file=", disk);
	add(a, "parent=", how->parent);
	add(a, "no-parent-lookup=", on(how->no_parent_lookup));
	add(a, "parent-anywhere=", on(how->parent_anywhere));
	add(a, "no-replay=", on(how->no_replay));
	add(a, "raw=", on(how->raw));
	add(a, "sector-size=", sector == 4096 ? "4096" : sector ? "512" : NULL);
	return a->failed ? err_nomem(err, "nbdkit") : SHVM_OK;
}

/* The child. Without environment, terminal, and descriptors but these. */
static _Noreturn void run(const struct nbd_server *s, char *const *arguments,
			  int null, pid_t parent)
{
	char *const environment[] = { NULL };
	sigset_t none;

	/* nbdkit 1.32 may abort when its client ends: that is no core dump. */
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (getppid() != parent || setsid() < 0 || dup2(null, 0) < 0 ||
	    dup2(s->log, 1) < 0 || dup2(s->log, 2) < 0 ||
	    close_range(3, ~0u, 0) < 0)
		_exit(1);
	(void)execve(NBD_SERVER_PROGRAM, arguments, environment);
	_exit(1);
}

/* What nbdkit said first, as the text of an error. */
static int say_log(const struct nbd_server *s, struct shvm_err *err)
{
	static const char prefix[] = "nbdkit: error: ";
	char text[SHVM_MSG_SIZE] = "";
	const char *line = text;
	const ssize_t n = pread(s->log, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (strncmp(line, prefix, strlen(prefix)) == 0)
		line += strlen(prefix);
	return err_reason(err, SHVM_E_UNSUPPORTED, "no-appliance", "nbdkit: %s",
			  *line ? line : "ended without a message");
}

static int wait_until_ready(struct nbd_server *s, struct shvm_err *err)
{
	const int64_t until = clock_ms() + START_MS;
	const struct timespec soon = { .tv_nsec = POLL_NS };
	struct stat st;

	while (clock_ms() < until) {
		if (stat(s->ready, &st) == 0 && st.st_size > 0)
			return SHVM_OK;
		if (waitpid(s->pid, NULL, WNOHANG) != 0) {
			s->pid = 0;
			return say_log(s, err);
		}
		(void)nanosleep(&soon, NULL);
	}
	return err_reason(err, SHVM_E_UNSUPPORTED, "no-appliance",
			  "nbdkit: not ready after %d seconds",
			  START_MS / 1000);
}

/* A folder of its own, which only we may enter. */
static int make_folder(struct nbd_server *s, struct shvm_err *err)
{
	(void)snprintf(s->folder, sizeof(s->folder), "/tmp/shvm-nbd-XXXXXX");
	if (!mkdtemp(s->folder)) {
		s->folder[0] = '\0';
		return err_set_errno(err, "/tmp: folder for a socket");
	}
	(void)snprintf(s->socket, sizeof(s->socket), "%s/disk", s->folder);
	(void)snprintf(s->ready, sizeof(s->ready), "%s/pid", s->folder);
	return SHVM_OK;
}

static int look_parts(const char *plugin, struct shvm_err *err)
{
	if (access(NBD_SERVER_PROGRAM, X_OK) != 0)
		return err_reason(err, SHVM_E_UNSUPPORTED, "no-appliance",
				  NBD_SERVER_PROGRAM " cannot be run: "
						     "libguestfs reads the "
						     "disk through it; install "
						     "nbdkit");
	if (access(plugin, R_OK) != 0)
		return err_reason(err, SHVM_E_UNSUPPORTED, "no-appliance",
				  "%.200s cannot be read: libguestfs reads the "
				  "disk through this plugin of nbdkit, which "
				  "is built where nbdkit-plugin-dev is "
				  "installed",
				  plugin);
	return SHVM_OK;
}

int nbd_server_open(const char *disk, const struct shvm_disk_params *how,
		    struct nbd_server **ret, struct shvm_err *err)
{
	const char *plugin = how->plugin ? how->plugin : plugin_installed;
	const pid_t parent = getpid();
	AUTO(nbd_server_ptr) s = calloc(1, sizeof(*s));
	AUTO_DONE(arguments) a = { 0 };
	AUTOCLOSE int null = -1;

	TRY(err_null(err, s, "nbdkit"));
	s->log = -1;
	TRY(look_parts(plugin, err));
	TRY(make_folder(s, err));
	TRY(make_arguments(s, plugin, disk, how, &a, err));
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s->log = memfd_create("nbdkit", MFD_CLOEXEC);
	if (null < 0 || s->log < 0)
		return err_set_errno(err, "nbdkit: descriptors");
	s->pid = fork();
	if (s->pid < 0)
		return err_set_errno(err, "fork");
	if (s->pid == 0)
		run(s, a.items, null, parent);
	TRY(wait_until_ready(s, err));
	*ret = STEAL(s);
	return SHVM_OK;
}

const char *nbd_server_socket(const struct nbd_server *s)
{
	return s->socket;
}

void nbd_server_close(struct nbd_server *s)
{
	if (!s)
		return;
	if (s->pid > 0) {
		(void)kill(s->pid, SIGKILL); /* it may be gone already */
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (s->folder[0]) {
		(void)unlink(s->socket); /* what is left is found in /tmp */
		(void)unlink(s->ready);
		(void)rmdir(s->folder);
	}
	if (s->log >= 0)
		(void)close(s->log); /* only memory */
	free(s);
}
