/* SPDX-License-Identifier: MIT */
/* Starts libguestfs' appliance, with KVM where that works. */
#include "guest/appliance.h"

#include "guest/appliance_parts.h"
#include "guest/appliance_watch.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	MEMORY_MB = 512
};

const char *appliance_reason(guestfs_h *g)
{
	const char *text = guestfs.last_error(g);

	return text ? text : "libguestfs gave no reason";
}

/* Everything is set here, so that nothing depends on the environment. */
static int appliance_new(bool force_tcg, guestfs_h **ret, struct shvm_err *err)
{
	AUTO(guestfs_ptr)
	g = guestfs.create_flags(GUESTFS_CREATE_NO_ENVIRONMENT);

	TRY(err_null(err, g, "libguestfs"));
	guestfs.set_error_handler(g, NULL, NULL);
	if (guestfs.set_backend(g, "direct") < 0 ||
	    guestfs.set_memsize(g, MEMORY_MB) < 0 ||
	    guestfs.set_autosync(g, 0) < 0 || guestfs.set_network(g, 0) < 0 ||
	    (force_tcg && guestfs.set_backend_setting(g, "force_tcg", "1") < 0))
		return err_set(err, SHVM_E_UNSUPPORTED, "libguestfs: %s",
			       appliance_reason(g));
	*ret = STEAL(g);
	return SHVM_OK;
}

/*
 * The first line of libguestfs' error, and what is missing according to our
 * checks.
 */
static int launch_failed(guestfs_h *g, struct shvm_err *err)
{
	const char *text = appliance_reason(g);
	const int len = (int)strcspn(text, "\n");
	AUTO_DONE(checks) parts = { 0 };

	TRY(appliance_parts(&parts, NULL, err));
	for (size_t i = 0; i < parts.count; i++) {
		const struct shvm_check *p = &parts.items[i];

		/* It starts without these, and reports them later; nbdkit is not
		 * its own. */
		if (p->outcome == SHVM_CHECK_PASSED ||
		    strstr(p->id, "-driver") || strstr(p->id, "nbdkit"))
			continue;
		return err_reason(err, SHVM_E_UNSUPPORTED, "no-appliance",
				  "libguestfs: %.*s; %s%s%s", len, text,
				  p->text, p->fix ? "; " : "",
				  p->fix ? p->fix : "");
	}
	return err_reason(err, SHVM_E_UNSUPPORTED, "no-appliance",
			  "libguestfs: %.*s; run libguestfs-test-tool for "
			  "details",
			  len, text);
}

static int drive_add(guestfs_h *g, const struct appliance_drive *d,
		     struct shvm_err *err)
{
	char server[128] = "";
	char *servers[] = { server, NULL };
	int r;

	if (!d->socket) {
		r = guestfs.add_drive_opts(g, "/dev/null",
					   GUESTFS_ADD_DRIVE_OPTS_READONLY, 1,
					   GUESTFS_ADD_DRIVE_OPTS_FORMAT, "raw",
					   -1);
		return r < 0 ? launch_failed(g, err) : SHVM_OK;
	}
	(void)snprintf(server, sizeof(server), "unix:%s", d->socket);
	r = guestfs.add_drive_opts(g, "", GUESTFS_ADD_DRIVE_OPTS_READONLY, 1,
				   GUESTFS_ADD_DRIVE_OPTS_FORMAT, "raw",
				   GUESTFS_ADD_DRIVE_OPTS_PROTOCOL, "nbd",
				   GUESTFS_ADD_DRIVE_OPTS_SERVER, servers,
				   GUESTFS_ADD_DRIVE_OPTS_BLOCKSIZE,
				   d->sector_size, -1);
	return r < 0 ? launch_failed(g, err) : SHVM_OK;
}

int appliance_try_kvm(struct shvm_err *say)
{
	AUTOCLOSE int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	AUTOCLOSE int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);

	return vm >= 0 ? SHVM_OK : err_set_errno(say, "/dev/kvm");
}

int appliance_start(const struct appliance_drive *drive, bool force_tcg,
		    guestfs_h **ret, const char **engine, struct shvm_err *err)
{
	const bool use_kvm = !force_tcg && access("/dev/kvm", R_OK | W_OK) == 0;
	AUTO(guestfs_ptr) g = NULL;
	struct appliance_watch watch;
	int r;

	TRY(guestfs_load(err));

	*engine = use_kvm ? "libguestfs (KVM)" : "libguestfs (TCG)";
	TRY(appliance_new(force_tcg, &g, err));
	TRY(drive_add(g, drive, err));
	if (use_kvm)
		TRY(appliance_watch_start(&watch, g, err));
	r = guestfs.launch(g);
	if (use_kvm)
		appliance_watch_end(&watch);
	if (r < 0 && use_kvm)
		return appliance_start(drive, true, ret, engine, err);
	if (r < 0)
		return launch_failed(g, err);
	*ret = STEAL(g);
	return SHVM_OK;
}
