/* SPDX-License-Identifier: MIT */
/* For tests of the editor. */
#ifndef TESTS_UNIT_SUPPORT_EDIT_H
#define TESTS_UNIT_SUPPORT_EDIT_H

#include "vhdx/edit.h"

/* Says yes to every write and does nothing. */
extern const struct edit_io edit_io_idle;

#endif
