/* SPDX-License-Identifier: MIT */
/* Texts with places for what was found. */
#include "base/found.h"

#include "base/line.h"

#include <assert.h>
#include <string.h>

const char *found_text(char ret[SHVM_MSG_SIZE], const char *text,
		       const struct found *values, size_t count)
{
	size_t n = 0, used = 0;

	*ret = '\0';
	for (;;) {
		const size_t len = strcspn(text, "{");

		line_put(ret + used, SHVM_MSG_SIZE - used, "%.*s", (int)len,
			 text);
		used += strlen(ret + used);
		text += len;
		if (*text == '\0')
			break;
		assert(n < count);
		if (values[n].text)
			line_put(ret + used, SHVM_MSG_SIZE - used, "%s",
				 values[n].text);
		else
			line_put(ret + used, SHVM_MSG_SIZE - used, "%ju",
				 values[n].number);
		used += strlen(ret + used);
		n++;
		text += strcspn(text, "}") + 1;
	}
	assert(n == count);
	return ret;
}
