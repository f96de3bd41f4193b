/* SPDX-License-Identifier: MIT */
/* Which option helps where a command failed. */
#include "cli/advice.h"

#include "base/auto.h"
#include "base/line.h"

#include <string.h>

static const struct {
	const char *reason;
	const char *option; /* the command must have it; NULL: all have */
	const char *text;
} advice[] = {
	{ "exists", NULL, "--force replaces it" },
	{ "has-catalog", NULL, "--force replaces it" },
	{ "coverage", "require", "--require os accepts it" },
	{ "certificate-expired", "allow-expired",
	  "--allow-expired accepts it" },
	{ "untrusted-guardian", "guardian-fingerprint",
	  "use --guardian-fingerprint, --guardian-ca or "
	  "--allow-untrusted-root" },
	{ "several-accounts", "account", "--account NAME chooses the account" },
	{ "no-os-volume", "partition", "--partition N names it" },
	{ "several-os-volumes", "partition", "--partition N names it" },
	{ "not-ntfs", "partition", "--partition N names another one" },
	{ "no-windows", "partition", "--partition N names another one" },
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
