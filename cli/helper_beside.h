/* SPDX-License-Identifier: MIT */
/* Helper and plugin of a program that was not installed, as in a build folder. */
#ifndef CLI_HELPER_BESIDE_H
#define CLI_HELPER_BESIDE_H

/*
 * The path of the shvm-guest-helper in the folder of the program; NULL when
 * there is none, which means the installed one. A user who can write to that
 * folder can usually replace the program itself. The exception is a folder like
 * /tmp, where everyone may create files: the helper there is not used, nor is
 * one next to a program that has more rights than its caller.
 */
const char *helper_beside(void);
/* The same for nbdkit-shvm-plugin.so. */
const char *plugin_beside(void);

#endif
