/* SPDX-License-Identifier: MIT */
/* libyaml wipes what it releases: it reads the owner's user-data. */
#include "cli/wipe_yaml.h"

#include "base/wipe.h"

#include <stdlib.h>

#define OVERRIDES __attribute__((visibility("default"), used))

/* Of yaml_private.h: no public header of libyaml has them. */
OVERRIDES void *yaml_malloc(size_t size);
OVERRIDES void *yaml_realloc(void *p, size_t size);
OVERRIDES void yaml_free(void *p);

void *yaml_malloc(size_t size)
{
	return malloc(size > 0 ? size : 1);
}

void *yaml_realloc(void *p, size_t size)
{
	return wipe_realloc(p, size > 0 ? size : 1);
}

void yaml_free(void *p)
{
	wipe_free(p);
}

void wipe_yaml(void)
{
}
