/* SPDX-License-Identifier: MIT */
/* Arrays that grow by one item at a time. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdbool.h>
#include <stdlib.h>

/*
 * Room for one more item after count of them; NULL when there is no memory.
 * For an array that starts as NULL and only grows through this function: its
 * capacity is the power of two that count reached, so it need not be stored.
 */
#define ARRAY_GROW(items, count)                                               \
	({                                                                     \
		const size_t count_ = (count);                                 \
		void *grown_ = (items);                                        \
		if ((count_ & (count_ - 1)) == 0)                              \
			grown_ =                                               \
				reallocarray((items), count_ ? 2 * count_ : 1, \
					     sizeof(*(items)));                \
		if (grown_)                                                    \
			(items) = grown_;                                      \
		grown_;                                                        \
	})

#endif
