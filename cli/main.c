/* SPDX-License-Identifier: MIT */
/* The program; everything is in cli.c. */
#include "base/wipe.h"
#include "cli/cli.h"
#include "cli/wipe_yaml.h"

/*
 * Runs before the constructors of the libraries: that of libssh (used by
 * libcurl) allocates with OpenSSL, and then it is too late. If the C library
 * does not support such functions, the call in main() still covers libxml2.
 */
static void before_constructors(void)
{
	(void)wipe_what_is_released();
}

typedef void (*early_fn)(void);
__attribute__((section(".preinit_array"), used)) static const early_fn early =
	before_constructors;

int main(int argc, char **argv)
{
	(void)wipe_what_is_released();
	wipe_yaml();
	(void)secure_heap_start(); /* optional: only protects secrets better */
	return cli_main(argc, argv);
}
