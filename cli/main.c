/* SPDX-License-Identifier: MIT */
/* The program; everything is in cli.c. */
#include "base/wipe.h"
#include "cli/cli.h"
#include "cli/wipe_yaml.h"

/*
 * Before the constructors of the libraries: libssh (behind libcurl) allocates
 * with OpenSSL in its own, and then it is too late. Where the C library knows
 * no such functions, the one call in main() still reaches libxml2.
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
	(void)secure_heap_start(); /* without it all works, less well kept */
	return cli_main(argc, argv);
}
