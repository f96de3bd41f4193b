/* SPDX-License-Identifier: MIT */
/* Finds the helper and the plugin in the folder of the program. */
#include "cli/helper_beside.h"

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/* Written once, by find(). */
static char helper[PATH_MAX], plugin[PATH_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Can users create files there who cannot replace the program? */
static bool is_open_to_others(const char *folder)
{
	struct stat st;

	return stat(folder, &st) < 0 ||
	       ((st.st_mode & S_ISVTX) && (st.st_mode & (S_IWGRP | S_IWOTH)));
}

static void take(char ret[PATH_MAX], const char *folder, const char *name,
		 int mode)
{
	if (snprintf(ret, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX ||
	    access(ret, mode) != 0)
		ret[0] = '\0';
}

static void find(void)
{
	char folder[PATH_MAX];
	const ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder));
	char *end;

	if (getauxval(AT_SECURE) || n <= 0 || n == (ssize_t)sizeof(folder))
		return;
	folder[n] = '\0';
	end = strrchr(folder, '/');
	if (!end)
		return;
	*end = '\0';
	if (is_open_to_others(*folder ? folder : "/"))
		return;
	take(helper, folder, "shvm-guest-helper", X_OK);
	take(plugin, folder, "nbdkit-shvm-plugin.so", R_OK);
}

const char *helper_beside(void)
{
	(void)pthread_once(&once, find); /* cannot fail */
	return *helper ? helper : NULL;
}

const char *plugin_beside(void)
{
	(void)pthread_once(&once, find); /* as above */
	return *plugin ? plugin : NULL;
}
