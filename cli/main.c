/* SPDX-License-Identifier: MIT */
/* The program; everything is in cli.c. */
#include "base/wipe.h"
#include "cli/cli.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	if (!wipe_what_is_released()) {
		(void)fputs("shvm: memory cannot be wiped on release\n",
			    stderr);
		return 1;
	}
	return cli_main(argc, argv);
}
