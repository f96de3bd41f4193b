/* SPDX-License-Identifier: MIT */
/* Looks for the helper next to the program. */
#include "cli/helper_beside.h"

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "/shvm-guest-helper"

/* Written once, by find(). */
static char path[PATH_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* May users put files there who cannot replace the program? */
static bool is_open_to_others(const char *folder)
{
	struct stat st;

	return stat(folder, &st) < 0 ||
	       ((st.st_mode & S_ISVTX) && (st.st_mode & (S_IWGRP | S_IWOTH)));
}

static void find(void)
{
	char folder[PATH_MAX - sizeof(NAME)];
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
	(void)snprintf(path, sizeof(path), "%s" NAME, folder);
	if (access(path, X_OK) != 0)
		path[0] = '\0';
}

const char *helper_beside(void)
{
	(void)pthread_once(&once, find); /* cannot fail */
	return *path ? path : NULL;
}
