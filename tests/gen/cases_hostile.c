/* SPDX-License-Identifier: MIT */
/* All tables of files that must be refused. */
#include "tests/gen/cases.h"

const struct gen_case *const gen_hostile[] = { NULL };
