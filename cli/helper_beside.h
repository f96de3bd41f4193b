/* SPDX-License-Identifier: MIT */
/* Helper and plugin of a program that was not installed, as in a build folder. */
#ifndef CLI_HELPER_BESIDE_H
#define CLI_HELPER_BESIDE_H

/*
 * The path of the shvm-guest-helper in the folder of the program; NULL when
 * there is none, and the installed one is meant. A user who can write to that
 * folder can replace the program itself, except in a folder like /tmp, where
 * everyone may add files: there it does not count, nor for a program that has
 * more rights than its caller.
 */
const char *helper_beside(void);
/* The same for nbdkit-shvm-plugin.so. */
const char *plugin_beside(void);

#endif
