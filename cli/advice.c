/* SPDX-License-Identifier: MIT */
/* Which option of the failed command helps. */
#include "cli/advice.h"

#include "base/auto.h"
#include "base/line.h"

#include <string.h>

static const struct {
	const char *reason;
	const char *option; /* the command must have it; NULL: all have */
	const char *text;
} advice[] = {
	{ "exists", NULL, "use --force to replace it" },
	{ "has-catalog", NULL, "use --force to replace it" },
	{ "coverage", "require", "use --require os to accept it" },
	{ "certificate-expired", "allow-expired",
	  "use --allow-expired to accept it" },
	{ "untrusted-guardian", "guardian-fingerprint",
	  "use --guardian-fingerprint, --guardian-ca or "
	  "--allow-untrusted-root" },
	{ "several-accounts", "account",
	  "use --account NAME to choose the account" },
	{ "no-os-volume", "partition", "use --partition N to choose it" },
	{ "several-os-volumes", "partition", "use --partition N to choose it" },
	{ "not-ntfs", "partition", "use --partition N to choose another one" },
	{ "no-windows", "partition",
	  "use --partition N to choose another one" },
};

void advice_add(const struct opt_table *opts, struct shvm_err *err)
{
	char text[SHVM_MSG_SIZE];

	for (size_t i = 0; err->reason && i < ARRAY_SIZE(advice); i++) {
		const char *option = advice[i].option;

		if (strcmp(err->reason, advice[i].reason) != 0 ||
		    (option && !opt_find(opts, option, strlen(option))))
			continue;
		line_put(text, sizeof(text), "%s; %s", err->msg,
			 advice[i].text);
		memcpy(err->msg, text, sizeof(text));
		return;
	}
}
