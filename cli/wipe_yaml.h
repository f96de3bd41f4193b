/* SPDX-License-Identifier: MIT */
/* libyaml wipes what it releases: it reads the owner's user-data. */
#ifndef CLI_WIPE_YAML_H
#define CLI_WIPE_YAML_H

/*
 * libyaml has no functions to set, but calls its own allocator through its public
 * names. A program that has functions of these names gets its calls; this one is
 * there so that the linker takes them into the program. As
 * wipe_what_is_released() for other libraries.
 */
void wipe_yaml(void);

#endif
