/* SPDX-License-Identifier: MIT */
/* dlopen() and dlsym() with a text that says what to install. */
#include "base/dynlib.h"

#include <assert.h>
#include <dlfcn.h>
#include <string.h>

/* POSIX: an object pointer of dlsym() holds a function's address. */
static_assert(sizeof(void *) == sizeof(void (*)(void)), "POSIX dlsym()");

static int load(struct dynlib *l, struct shvm_err *err)
{
	/* All at once: a child in the sandbox can load nothing later. */
	void *so = dlopen(l->soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!so) {
		const char *why = dlerror();

		return err_reason(err, SHVM_E_UNSUPPORTED, "missing-library",
				  "%s cannot be loaded (%s); install %s",
				  l->soname, why ? why : "no reason given",
				  l->package);
	}
	for (size_t i = 0; i < l->count; i++) {
		const void *call = dlsym(so, l->names[i]);

		if (!call) {
			(void)dlclose(so); /* it stays: RTLD_NODELETE */
			return err_reason(
				err, SHVM_E_UNSUPPORTED, "missing-library",
				"%s has no function %s; install a newer %s",
				l->soname, l->names[i], l->package);
		}
		memcpy((char *)l->calls + i * sizeof(call), &call,
		       sizeof(call));
	}
	return SHVM_OK;
}

int dynlib_load(struct dynlib *l, struct shvm_err *err)
{
	int r = SHVM_OK;

	/* A mutex without error checking cannot fail here. */
	(void)pthread_mutex_lock(&l->lock);
	if (!l->is_loaded)
		r = load(l, err);
	l->is_loaded = r == SHVM_OK;
	(void)pthread_mutex_unlock(&l->lock);
	return r;
}
